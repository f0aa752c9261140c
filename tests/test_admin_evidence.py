"""Whoever changes a cited value in curation says what its sources say now."""

import pytest
from django.urls import reverse

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.models import Citation, Organization, Proposal, Revision
from tests.curation import Form, change_form, change_url, errors, list_url
from tests.database import execute, queries_of
from tests.proposals import accept_each, address_of, somebody
from tests.records import (
    add_amount,
    cite,
    make_agreement,
    make_curator,
    make_event,
    make_organization,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(client):
    client.force_login(make_curator())
    return client


@pytest.fixture
def nvidia():
    """Its founding year is cited, and its legal name."""
    nvidia = make_organization("NVIDIA", established=1993, legal_name="NVIDIA Corporation")
    cite(nvidia, "established", source=make_source("Newsroom"))
    return nvidia


def citation_of(record, field="established") -> Citation:
    return record.citations.get(field=field)


def asked(page) -> str:
    """The words of the questions of a page."""
    html = page.content.decode()
    return " ".join(part.split("</fieldset>")[0] for part in html.split('class="evidence-question"')[1:])


def typed_1999(client, record):
    form = change_form(client, record)
    form["established"], form["curator_note"] = "1999", "Typed with care."
    return form


def test_a_published_record_waits_for_the_answer_and_nothing_typed_is_lost(curator, nvidia):
    form = typed_1999(curator, nvidia)
    assert asked(curator.get(form.url)) == ""

    page = form.send()
    assert page.status_code == 200
    assert "Newsroom" in asked(page) and "1993" in asked(page) and "Only tidied" in asked(page)
    assert any(
        "This value was cited, and has changed" in each
        for each in page.context["adminform"].form.errors["established"]
    )
    nvidia.refresh_from_db()
    assert nvidia.established == 1993 and nvidia.curator_note == ""
    back = form.returned(page)
    assert (back["established"], back["curator_note"]) == ("1999", "Typed with care.")


@pytest.mark.parametrize(
    ("answer", "kept"), [("same", "the same source says so"), ("tidying", "only tidying")]
)
def test_the_same_source_follows_and_the_journal_keeps_why(curator, nvidia, answer, kept):
    form = typed_1999(curator, nvidia)
    back = form.returned(form.send())
    citation = citation_of(nvidia)

    back.data[f"_evidence-{citation.pk}"] = answer
    assert back.send().status_code == 302
    citation.refresh_from_db()
    assert (citation.value, citation.supports_current) == ("1999", True)
    assert Revision.objects.order_by("-number").first().why == f"Founded: {kept}"
    assert asked(curator.get(form.url)) == ""


@pytest.mark.parametrize(
    ("quote", "is_asked"),
    [
        ("founded in 1999", False),
        ("in the year when it began", False),
        ("founded in 1998", True),
        ("founded in 1993", True),
        ("", True),
    ],
)
def test_who_quotes_the_source_anew_has_said_what_it_says(curator, nvidia, quote, is_asked):
    """Other words of the source answer the question, unless they say another value; those of before do not."""
    citation = citation_of(nvidia)
    Citation.objects.filter(pk=citation.pk).update(quote="founded in 1993")
    form = typed_1999(curator, nvidia)
    rows = {form[name]: name.removesuffix("-id") for name in form.data if name.endswith("-id")}
    form[f"{rows[citation.pk]}-quote"] = quote

    assert (form.send().status_code == 200) is is_asked
    citation.refresh_from_db()
    is_kept = ("1993", "founded in 1993") if is_asked else ("1999", quote)
    assert (citation.value, citation.quote) == is_kept and citation.supports_current


def test_another_source_comes_as_a_row_below(curator, nvidia):
    form = typed_1999(curator, nvidia)
    back = form.returned(form.send())
    name = f"_evidence-{citation_of(nvidia).pk}"
    back.data[name] = "another"

    page = back.send()
    assert page.status_code == 200
    assert "Add the other source below" in str(page.context["adminform"].form.errors["established"])
    assert 'value="another" checked' in asked(page)
    again = back.returned(page)
    again.data[name] = "another"
    again.add_row("citations", source=make_source("Almanac"), field="established")
    assert again.send().status_code == 302

    found = nvidia.citations.filter(field="established").values_list(
        "source__title", "value", "supports_current"
    )
    assert set(found) == {("Newsroom", "1993", False), ("Almanac", "1999", True)}
    assert asked(curator.get(form.url)) == ""


def test_a_dropped_citation_goes_unless_it_is_the_last_source(curator, nvidia):
    form = typed_1999(curator, nvidia)
    back = form.returned(form.send())
    back.data[f"_evidence-{citation_of(nvidia).pk}"] = "drop"
    assert back.send().status_code == 302
    assert not nvidia.citations.filter(field="established").exists()

    Citation.objects.all().delete()
    only = cite(nvidia, "established")
    form = change_form(curator, nvidia)
    form["established"] = "2001"
    form.data[f"_evidence-{only.pk}"] = "drop"
    page = form.send()
    assert page.status_code == 200 and "a source" in str(errors(page))
    assert nvidia.citations.count() == 1


def test_a_citation_that_is_deleted_or_given_another_source_in_its_row_asks_nothing(curator, nvidia):
    for change in ("delete", "source"):
        form = typed_1999(curator, nvidia)
        number = next(
            n
            for n in range(int(form["citations-TOTAL_FORMS"]))
            if form[f"citations-{n}-field"] == "established"
        )
        if change == "source":
            form["established"] = "2001"
            form[f"citations-{number}-source"] = make_source("Almanac").pk
        else:
            form["established"] = "1999"
            form.delete_row("citations", number)
        assert form.send().status_code == 302, errors(form.send())
        if change == "source":
            assert citation_of(nvidia).value == "2001"
        else:
            cite(nvidia, "established")


def test_a_draft_may_leave_it_open_until_it_is_published(curator):
    draft = make_organization("Draft", established=1993, publication_state="draft")
    cite(draft, "established", source=make_source("Newsroom"))

    assert typed_1999(curator, draft).send().status_code == 302
    assert not citation_of(draft).supports_current
    form = change_form(curator, draft)
    assert "Newsroom" in asked(curator.get(form.url))

    page = form.send("_publish")
    assert page.status_code == 200 and "This value was cited" in str(errors(page))
    back = form.returned(page)
    back.data[f"_evidence-{citation_of(draft).pk}"] = "same"
    assert back.send("_publish").status_code == 302
    draft.refresh_from_db()
    assert draft.is_published and citation_of(draft).supports_current


def test_sectors_amounts_and_terms_are_asked_for_too(curator):
    firm = make_organization("Firm", sectors=[make_sector("Chips")])
    sectors = cite(firm, "sectors")
    agreement = make_agreement()
    amount = add_amount(agreement, 5)
    of_amount = cite(agreement, "amounts", agreement_amount=amount)
    term = make_sector("Fusion")
    of_name = cite(term, "name_en")
    changes = [
        (firm, "sectors", [make_sector("Energy").pk], sectors, "energy"),
        (agreement, "amounts-0-amount", "6", of_amount, "contract-value exact 6 USD"),
        (term, "name_en", "Fission", of_name, "Fission"),
    ]

    for record, name, value, citation, after in changes:
        form = change_form(curator, record)
        form[name] = value
        page = form.send()
        assert page.status_code == 200 and f"_evidence-{citation.pk}" in asked(page), name
        back = form.returned(page)
        back.data[f"_evidence-{citation.pk}"] = "same"
        assert back.send().status_code == 302
        citation.refresh_from_db()
        assert (citation.value, citation.supports_current) == (after, True)


def test_what_changes_back_and_forth_or_not_at_all_asks_nothing(curator, nvidia):
    form = change_form(curator, nvidia)
    form["curator_note"] = "Looked at it."
    assert form.send().status_code == 302
    assert Revision.objects.order_by("-number").first().why == ""


def test_a_value_changed_by_others_is_asked_for_when_the_form_is_opened(curator, nvidia):
    execute("UPDATE partners_organization SET established = 1999")
    form = change_form(curator, nvidia)
    assert "1993" in asked(curator.get(form.url))

    # It may still wait: this form has not changed it.
    form["curator_note"] = "Later."
    assert form.send().status_code == 302
    form = change_form(curator, nvidia)
    form.data[f"_evidence-{citation_of(nvidia).pk}"] = "same"
    assert form.send().status_code == 302
    assert citation_of(nvidia).value == "1999"


def test_answers_about_citations_of_no_value_of_such_a_record_say_nothing(curator, nvidia):
    """Somebody else has made them citations of the whole record meanwhile, or of a record of another kind."""
    event = make_event()
    form = change_form(curator, nvidia)
    form["curator_note"] = "Later."
    for citation in (citation_of(nvidia, ""), cite(event, "date")):
        form.data[f"_evidence-{citation.pk}"] = "same"

    assert form.send().status_code == 302
    assert Revision.objects.first().why == ""


def test_answers_about_citations_of_others_do_nothing(curator, nvidia):
    other = make_organization("Other", established=1990)
    cite(other, "established")
    execute("UPDATE partners_organization SET established = 2000 WHERE slug = 'other'")

    form = change_form(curator, nvidia)
    form.data[f"_evidence-{citation_of(other).pk}"] = "drop"
    form.data["_evidence-x"] = form.data["_evidence-99999999999999999999999"] = "drop"
    assert form.send().status_code == 302
    assert citation_of(other).value == "1990"


def test_a_source_that_says_otherwise_is_told_in_its_row(curator, nvidia):
    form = change_form(curator, nvidia)
    form.add_row("citations", source=make_source("Blog"), field="established", says="2016", reason="official")
    assert form.send().status_code == 302
    found = nvidia.citations.get(source__title="Blog")
    assert (found.value, found.says, found.reason) == ("1993", "2016", "official")

    form = change_form(curator, nvidia)
    form.add_row("citations", source=make_source("Post"), field="", says="2016")
    page = form.send()
    assert page.status_code == 200 and "Only a citation of a single value" in str(errors(page))


def test_nobody_says_otherwise_what_stands_here(curator, nvidia):
    Organization.objects.filter(pk=nvidia.pk).update(ownership="public-company")
    for field, says in (("established", "1993"), ("ownership", "public company")):
        form = change_form(curator, nvidia)
        form.add_row("citations", source=make_source(), field=field, says=says)
        assert "That is the value here" in str(errors(form.send()))


def test_a_source_that_comes_to_say_the_same_says_nothing_otherwise(curator, nvidia):
    nvidia.citations.filter(field="established").update(says="1999", reason="official")
    back = typed_1999(curator, nvidia)
    page = back.send()
    assert "That is the value here" in str(errors(page))
    back = back.returned(page)
    row = next(name for name, value in back.data.items() if name.endswith("-says") and value == "1999")
    back.data |= {row: "1998", f"_evidence-{citation_of(nvidia).pk}": "same"}

    assert back.send().status_code == 302

    citation = citation_of(nvidia)
    assert (citation.value, citation.says, citation.reason) == ("1999", "", "")


def test_the_reviewer_of_a_proposal_reads_what_its_author_said_of_the_sources(nvidia):
    form = typed_1999(somebody(CONTRIBUTOR), nvidia)
    back = form.returned(form.send())
    back.data |= {f"_evidence-{citation_of(nvidia).pk}": "same", "_why": "The registry was wrong."}
    assert back.send().status_code == 302

    said = "The registry was wrong.; Founded: the same source says so"
    proposal = Proposal.objects.get()
    assert proposal.why == said
    # Of which source, and of which value, its page and that of the revision say.
    reviewer = somebody(REVIEWER)
    page = reviewer.get(address_of(proposal)).content.decode()
    accept_each(reviewer, proposal)
    revision = reverse("admin:partners_revision_change", args=[Revision.newest()])
    assert "Newsroom" in page and "kept by its author: the same source says the new value" in page
    assert "Citation “Newsroom, established”" in reviewer.get(revision).content.decode()


def queued(curator, url: str) -> int:
    """What the first page says of how long the queue behind an address is."""
    needs = curator.get(reverse("admin:index")).context["work"]["needs"]
    return next(need.count for need in needs if need.url == url)


def test_the_queue_lists_published_values_that_are_cited_for_earlier_ones_only(curator, nvidia):
    queue = list_url("citation", "holds=only_earlier")
    hidden = make_organization("Draft", established=1993, publication_state="draft")
    both = make_organization("Both", established=1993)
    for record in (hidden, both):
        cite(record, "established")
    assert queued(curator, queue) == 0
    Organization.objects.update(established=1999)
    cite(both, "established", source=make_source())

    assert queued(curator, queue) == 1
    assert list(curator.get(queue).context["cl"].queryset) == [citation_of(nvidia)]
    Organization.objects.update(established=None)
    assert not curator.get(queue).context["cl"].queryset


def test_a_form_costs_no_query_more_for_each_citation(curator, nvidia):
    url = change_url(nvidia)
    curator.get(url)
    few = queries_of(curator.get, url)
    for _number in range(3):
        cite(nvidia, "ticker", value="OLD")
    assert queries_of(curator.get, url) <= few + 3


def test_the_form_is_the_same_after_an_error_elsewhere(curator, nvidia):
    form = typed_1999(curator, nvidia)
    form.data[f"_evidence-{citation_of(nvidia).pk}"] = "tidying"
    form["website"] = "no address"
    page = form.send()
    assert page.status_code == 200 and 'value="tidying" checked' in asked(page)
    assert isinstance(form.returned(page), Form)
