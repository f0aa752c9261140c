"""Rows of amounts in the form of their agreement, with the citations that name them."""

import pytest

from partners.models import Agreement, AgreementAmount
from tests.curation import change_form, errors, save
from tests.records import add_amount, cite, make_agreement, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement(db):
    """Of one source, two sums and another value are cited, so that no citation can be taken for another."""
    agreement = make_agreement("Big machine", publication_state="draft")
    source = make_source("Order")
    for amount in (add_amount(agreement, 5), add_amount(agreement, 7)):
        cite(agreement, "amounts", agreement_amount=amount, source=source)
    cite(agreement, source=source)
    return agreement


def amounts_cited(agreement) -> set[str]:
    citations = agreement.citations.exclude(agreement_amount=None)
    assert {each.agreement_amount.agreement for each in citations} <= {agreement}
    return {str(each.agreement_amount) for each in citations}


def test_citations_of_a_copy_are_of_its_own_amounts(admin_client, agreement):
    answer = change_form(admin_client, agreement).send("_saveasnew", title_en="Copy", slug="copy")

    assert answer.status_code == 302, errors(answer)
    assert amounts_cited(Agreement.objects.get(slug="copy")) == amounts_cited(agreement)
    assert len(amounts_cited(agreement)) == 2


def test_agreement_that_others_deleted_is_added_anew_with_what_supports_its_amounts(admin_client, agreement):
    cited = amounts_cited(agreement)
    form = change_form(admin_client, agreement)
    agreement.delete()

    save(form.returned(form.send(curator_note="Much work")))

    assert amounts_cited(Agreement.objects.get(curator_note="Much work")) == cited


def test_row_of_a_copy_that_is_taken_away_is_no_value_to_cite(admin_client, agreement):
    form = change_form(admin_client, agreement)
    form.delete_row("amounts")

    answer = form.send("_saveasnew", title_en="Copy", slug="copy")

    assert "Select a valid choice" in str(errors(answer))
    assert not Agreement.objects.filter(slug="copy").exists()


def test_amount_goes_together_with_the_citations_that_support_it(admin_client, agreement):
    form = change_form(admin_client, agreement)
    form.delete_row("amounts")
    answer = form.send()
    assert "is cited. Delete these citations as well: Order" in str(errors(answer))
    assert AgreementAmount.objects.count() == 2

    first = AgreementAmount.objects.get(pk=form["amounts-0-id"])
    (row,) = (
        each for each in range(4) if form.data.get(f"citations-{each}-field") == f"amounts.{first.slug}"
    )
    form.delete_row("citations", row)
    save(form)

    assert len(amounts_cited(agreement)) == agreement.amounts.count() == 1
