"""Amounts of agreements: what is kept and refused, what pages tell of them, and that hidden ones stay hidden."""

import re
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import DatabaseError, transaction
from django.db.models import RestrictedError
from django.http import QueryDict
from django.urls import reverse

from partners.exchange.package import SHIPPED
from partners.models import Agreement, AgreementAmount, Citation
from partners.money import NOT_MONEY, currencies, in_every_form
from partners.selection.listings import AgreementListing
from partners.selection.selection import Selection
from tests.curation import change_form
from tests.packages import copy_shipped, dump_dataset, files_of, load_dataset, read_table, write_table
from tests.records import add_amount, cite, make_agreement, make_organization, make_source

pytestmark = pytest.mark.django_db

# What is kept


@pytest.fixture
def agreement(db):
    return make_agreement("Big machine")


def refusals(**fields) -> dict[str, list[str]]:
    agreement = Agreement.objects.get(slug="big-machine")
    defaults = {"kind": "award", "amount": Decimal(5), "currency": "USD", "slug": "x"}
    with pytest.raises(ValidationError) as refused:
        AgreementAmount(agreement=agreement, **defaults | fields).full_clean()
    return refused.value.message_dict


def test_what_is_wrong_with_an_amount_is_told_by_its_field(agreement):
    assert refusals(currency="") == {"currency": ["This field cannot be blank."]}
    assert refusals(amount=None) == {"amount": ["This field cannot be null."]}
    assert "one that ISO 4217 lists" in refusals(currency="usd")["currency"][0]
    assert "one that ISO 4217 lists" in refusals(currency="XAU")["currency"][0]
    assert "JPY has no smaller unit" in refusals(currency="JPY", amount=Decimal("0.5"))["amount"][0]
    assert "at most 15 in all" in str(refusals(amount=Decimal("99999999999999.99"))["amount"])
    assert "greater than or equal to 0.01" in str(refusals(amount=Decimal(0))["amount"])


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": 0},
        {"amount": -5},
        {"currency": ""},
        {"kind": "gift"},
        {"exactness": "nearly"},
        {"period_start": "2026-02-01", "period_end": "2026-01-31"},
        {"giver_name": "Somebody"},
    ],
    ids=str,
)
def test_the_database_refuses_what_no_form_may_let_through(agreement, fields):
    amount = add_amount(agreement, giver=make_organization())

    with pytest.raises(DatabaseError), transaction.atomic():
        AgreementAmount.objects.filter(pk=amount.pk).update(**fields)


def test_a_key_is_made_once_and_is_free(agreement):
    first, second = add_amount(agreement), add_amount(agreement)
    first.kind = "ceiling"
    first.save()

    assert [first.slug, second.slug] == ["big-machine-amount", "big-machine-amount-2"]


def test_currencies_are_money():
    assert {"USD", "EUR", "JPY", "XOF"} <= currencies().keys()
    assert not currencies().keys() & NOT_MONEY


def test_a_directory_without_amounts_asks_for_none():
    make_agreement()

    (box,) = [box for box in Selection(AgreementListing, QueryDict()).ranges if box.name == "amount"]

    assert not box.is_of_use


# Pages


def page_of(client, address: str) -> str:
    """A page in one line."""
    return " ".join(client.get(address).content.decode().split())


def test_the_page_of_an_agreement_tells_each_amount_and_no_total(client, agreement):
    giver, hidden = make_organization("Giver"), make_organization("Hidden", publication_state="draft")
    add_amount(agreement, exactness="at-least", giver=giver, note_en="For the machine")
    add_amount(
        agreement, 50, "EUR", kind="award", giver=hidden, period_start="2026-01-01", period_end="2026-12-31"
    )
    add_amount(agreement, 70, "EUR", kind="award", giver_name="A fund")

    page = page_of(client, agreement.get_absolute_url())

    money = '<data value="600000000" title="USD 600,000,000">$600 million</data>'
    assert f"Contract value of at least {money}" in page
    assert "For the machine. Given by <a" in page
    assert '<data value="50" title="EUR 50">€50</data>' in page
    assert "For 1 January 2026 to 31 December 2026." in page
    assert "Given by A fund." in page
    assert "Hidden" not in page
    assert "€120" not in page and "600,000,120" not in page


def test_a_list_tells_the_amounts_of_its_agreements(client, agreement):
    add_amount(agreement, kind="ceiling", exactness="about")
    (partner,) = [party.organization for party in agreement.parties.all()]

    for address in (reverse("agreement_list"), partner.get_absolute_url()):
        page = page_of(client, address)
        assert "Ceiling of about <data" in page


def test_amounts_of_what_is_not_public_stand_nowhere(client, db):
    draft = make_agreement("Secret", publication_state="in_review")
    add_amount(draft, "123456789", "CHF")
    make_agreement()

    for address in (
        reverse("agreement_list"),
        reverse("agreement_csv"),
        reverse("agreement_json"),
        reverse("data"),
        reverse("openapi"),
        reverse("package"),
    ):
        response = client.get(address)
        content = response.getvalue()
        for given_away in (b"123456789", b"123,456,789", b"Swiss", b"secret-amount"):
            assert given_away not in content, (address, given_away)
    for parameter in ("amount_in", "amount_currency"):
        page = client.get(f"{reverse('agreement_list')}?{parameter}=CHF")
        assert "“CHF” is not one of its values." in page.content.decode()


# Evidence


def cite_amount(amount, **fields):
    return cite(amount.agreement, "amounts", agreement_amount=amount, **fields)


def test_each_amount_has_its_own_evidence(agreement):
    first, second, source = add_amount(agreement), add_amount(agreement), make_source("Paper")

    assert cite_amount(first, source=source).value_name == "amounts.big-machine-amount"
    assert cite_amount(second, source=source).value_name == "amounts.big-machine-amount-2"
    for again in (lambda: cite_amount(first, source=source), lambda: cite(agreement, "amounts")):
        with pytest.raises(DatabaseError), transaction.atomic():
            again()
    with pytest.raises(DatabaseError), transaction.atomic():
        cite(make_organization(), "amounts", agreement_amount=first)
    with pytest.raises(DatabaseError), transaction.atomic():
        cite(agreement, "status", agreement_amount=first)


def test_an_amount_of_another_agreement_is_no_evidence(agreement):
    citation = Citation(
        source=make_source(),
        agreement=make_agreement(),
        field="amounts",
        agreement_amount=add_amount(agreement),
    )

    with pytest.raises(ValidationError) as refused:
        citation.full_clean()

    assert refused.value.message_dict == {"agreement_amount": ["This is an amount of another agreement."]}


def test_a_cited_amount_goes_with_its_agreement_and_not_alone(agreement):
    amount = add_amount(agreement)
    cite_amount(amount)

    with pytest.raises(RestrictedError):
        amount.delete()
    agreement.delete()

    assert not AgreementAmount.objects.exists()
    assert not Citation.objects.filter(field="amounts").exists()


def test_a_record_as_json_says_what_supports_its_amount(client, agreement):
    cite_amount(add_amount(agreement), source=make_source("Paper"), quote="worth $600 million")

    described = client.get(f"{agreement.get_absolute_url().rstrip('/')}.json").json()

    (cited,) = (each for each in described["citations"] if each["field"] == "amounts")
    assert (cited["source"], cited["agreement_amount"]) == ("paper", "big-machine-amount")
    assert described["record"]["amounts"][0]["amount"] == 600_000_000


# Curation


def test_amounts_are_added_and_changed_in_the_form_of_the_agreement(admin_client, agreement):
    form = change_form(admin_client, agreement)
    form.add_row("amounts", kind="pledge", exactness="up-to", amount="1234.50", currency="EUR")
    assert form.send().status_code == 302

    amount = agreement.amounts.get()
    assert (amount.slug, amount.amount, amount.currency) == ("big-machine-amount", Decimal("1234.50"), "EUR")
    form = change_form(admin_client, agreement)
    assert form["amounts-0-amount"] == "1234.5"
    assert form.send().status_code == 302


def test_what_was_not_touched_does_not_undo_what_others_changed(admin_client, agreement):
    amount = add_amount(agreement)
    mine = change_form(admin_client, agreement)
    theirs = change_form(admin_client, agreement)
    assert theirs.send(**{"amounts-0-amount": "700"}).status_code == 302

    refused = mine.send(title_nl="Grote machine")

    assert refused.status_code == 409
    (row,) = (
        row
        for inline in refused.context["inline_admin_formsets"]
        if inline.formset.prefix == "amounts"
        for row in inline.formset.initial_forms
    )
    assert Decimal(row["amount"].value()) == 700
    amount.refresh_from_db()
    assert amount.amount == 700


REFUSED = {
    "no currency": ({"currency": ""}, "currency", "This field is required."),
    "no figure": ({"amount": ""}, "amount", "This field is required."),
    "a word": ({"amount": "5 million"}, "amount", "Allowed: digits, such as 200000000 or 1234.50"),
    "nothing": ({"amount": "0"}, "amount", "greater than or equal to 0.01"),
    "too exact": ({"amount": "1.234"}, "amount", "no more than 2 decimal places"),
    "half a yen": ({"amount": "0.5", "currency": "JPY"}, "amount", "JPY has no smaller unit"),
    "too long": ({"amount": "1234567890123456"}, "amount", "no more than 17 digits"),
    "no money": ({"currency": "XAU"}, "currency", "not one of the available choices"),
    "backwards": (
        {"period_start": "2026-02-01", "period_end": "2026-01-01"},
        "period_end",
        "cannot end before it begins",
    ),
    "two givers": ({"giver_name": "A fund"}, "giver_name", "not both"),
}


@pytest.mark.parametrize(("fields", "name", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(
    admin_client, agreement, fields, name, says
):
    giver = make_organization("Giver")
    sound = {"kind": "award", "exactness": "exact", "amount": "5", "currency": "USD", "giver": giver.pk}
    form = change_form(admin_client, agreement)
    form.add_row("amounts", **sound | fields)

    response = form.send()

    (row,) = (
        row
        for inline in response.context["inline_admin_formsets"]
        if inline.formset.prefix == "amounts"
        for row in inline.formset.forms
    )
    assert list(row.errors) == [name]
    assert says in row.errors[name][0]
    assert row["kind"].value() == "award"
    assert not agreement.amounts.exists()


def test_a_citation_is_given_to_one_of_the_amounts(admin_client, agreement):
    amount, source = add_amount(agreement), make_source("Paper")
    form = change_form(admin_client, agreement)
    form.add_row("citations", source=source.pk, field="amounts.big-machine-amount", quote="worth it")
    assert form.send().status_code == 302

    citation = source.citations.get()
    assert (citation.agreement, citation.field, citation.agreement_amount) == (agreement, "amounts", amount)
    # It can be given to another value, in its own form and in that of the agreement.
    assert change_form(admin_client, citation).send(field="status").status_code == 302
    citation.refresh_from_db()
    assert (citation.field, citation.agreement_amount) == ("status", None)


# Packages


def test_amounts_and_their_citations_travel_in_the_package(agreement, tmp_path):
    giver = make_organization("Giver")
    amount = add_amount(
        agreement,
        "1234.5",
        "CHF",
        giver=giver,
        period_start="2026-01-01",
        period_end="2030-12-31",
        note_en="For it",
        note_nl="Ervoor",
    )
    cite_amount(amount, quote="Words")
    dump_dataset(tmp_path / "one")
    Citation.objects.all().delete()
    AgreementAmount.objects.all().delete()
    load_dataset(tmp_path / "one", overwrite=True)

    assert AgreementAmount.objects.get().amount == Decimal("1234.5")
    assert Citation.objects.get(field="amounts").agreement_amount == AgreementAmount.objects.get()
    assert dump_dataset(tmp_path / "two") == files_of(tmp_path / "one")


WRONG_CELLS = {
    "amount": [
        ("600,000,000", "is not an amount; allowed: digits, such as 600000000"),
        ("5.50", "no 0 as the last of these"),
        ("1E9", "is not an amount"),
        ("-5", "is not an amount"),
        ("0", "is too small; allowed: 0.01 or more"),
        ("99999999999999.99", "has too many digits; allowed: at most 15 in all"),
        ("", "is empty; a value is required"),
    ],
    "currency": [
        ("usd", "is the code of no currency; allowed: one that ISO 4217 lists"),
        ("XXX", "of no currency"),
        ("", "a value is required"),
    ],
    "kind": [("gift", "is not a term of this column; allowed: contract-value")],
    "exactness": [("nearly", "allowed: exact, about, at-least, up-to")],
    "period_end": [("2001-01-01", "cannot end before it begins")],
    "giver_name": [("A fund", "not both")],
    "agreement": [("nowhere", "is not in agreements.csv")],
}


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [(column, text, says) for column, cells in WRONG_CELLS.items() for text, says in cells],
)
def test_a_wrong_cell_is_named_with_what_is_allowed(tmp_path, column, text, says):
    assert says in refusal_of_a_row(
        tmp_path, column, giver="doe", period_start="2026-01-01", **{column: text}
    )


def test_a_currency_without_cents_has_none_in_a_package(tmp_path):
    says = refusal_of_a_row(tmp_path, "amount", amount="1234.5", currency="KRW")
    assert "has no smaller unit; allowed: a figure without a point" in says


def refusal_of_a_row(tmp_path, column: str, **cells: str) -> str:
    """What loading says of the first amount with other cells."""
    folder = copy_shipped(tmp_path)
    rows = read_table(folder, "agreement_amounts")
    rows[0] |= cells
    write_table(folder, "agreement_amounts", rows)

    with pytest.raises(CommandError) as refused:
        load_dataset(folder)

    assert f"agreement_amounts.csv:2: {column}: " in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            {"agreement": "frontier", "agreement_amount": "el-capitan-amount"},
            "is an amount of another agreement",
        ),
        ({"agreement": "frontier", "agreement_amount": ""}, "says which amount of its agreement"),
        ({"field": "status"}, "says which amount of its agreement"),
        ({"agreement_amount": "nothing"}, "is not in agreement_amounts.csv"),
    ],
    ids=str,
)
def test_a_citation_of_the_wrong_amount_is_refused(tmp_path, cells, says):
    folder = copy_shipped(tmp_path)
    rows = read_table(folder, "citations")
    sound = {"source": rows[0]["source"], "field": "amounts", "agreement": "frontier"}
    wrong = sound | {"agreement_amount": "frontier-amount"} | cells
    write_table(folder, "citations", [*rows, wrong])

    with pytest.raises(CommandError, match=says):
        load_dataset(folder)


# The shipped data


FIGURES = re.compile(r"\$([\d.]+) (million|billion)")
QUALIFIERS = {"at-least": "more than", "up-to": "up to"}


def test_every_shipped_amount_stands_in_words_that_were_quoted():
    """With its figure, its currency and what qualifies it."""
    load_dataset(SHIPPED)

    assert AgreementAmount.objects.count() == 5
    for amount in AgreementAmount.objects.prefetch_related("citations"):
        quotes = [citation.quote for citation in amount.citations.all()]
        assert quotes and all(citation.retrieved_date for citation in amount.citations.all())
        for quote in quotes:
            (digits, unit), *more = FIGURES.findall(quote)
            assert not more
            assert Decimal(digits) * {"million": 10**6, "billion": 10**9}[unit] == amount.amount
            assert amount.currency == "USD"
            assert QUALIFIERS.get(amount.exactness, "") in quote


# Search


@pytest.mark.parametrize(
    "query",
    [
        "$600 million",
        "600 million",
        "$600M",
        "600m",
        "600,000,000",
        "600 miljoen",
        "US$ 600 mln",
        "contract value",
    ],
)
def test_an_amount_is_found_as_people_write_it(client, agreement, query):
    add_amount(agreement)
    add_amount(make_agreement("Other"), 60_000_000, "EUR", kind="ceiling")
    add_amount(make_agreement("Secret", publication_state="draft"))

    rows = client.get(reverse("agreement_json"), {"q": query}).json()["rows"]
    page = page_of(client, f"{reverse('agreement_list')}?{urlencode({'q': query})}")

    assert [row["agreement"] for row in rows] == ["big-machine"]
    assert "Amount" in page.partition('id="results"')[2]


def test_every_form_of_an_amount_says_all_of_it():
    said = in_every_form("award", "up-to", Decimal(3_500_000_000), "USD")

    assert said == "Award of up to $3.5 billion ($3.5B, 3,500,000,000 US dollars)"


def test_an_amount_that_changes_is_found_anew(client, agreement):
    amount = add_amount(agreement)
    amount.amount, amount.currency = Decimal(70), "EUR"
    amount.save()

    def found(query: str) -> int:
        return client.get(reverse("agreement_json"), {"q": query}).json()["count"]

    assert (found("70 euros"), found("600 million")) == (1, 0)
