"""Review: each change beside its evidence and what is found of it; nothing with a warning is accepted unseen."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from hypothesis import given
from hypothesis import strategies as st

from partners.admin.cells import with_changes_marked
from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.history import RowStep
from partners.changes.images import row_of
from partners.changes.proposing import keep_proposal
from partners.findings.kept_texts import TEXT_KEPT_FOR
from partners.links.page_texts import keep_text
from partners.models import AgreementParty, Citation, Organization, PageText, Proposal, Revision, Source
from tests.database import queries_of
from tests.proposals import accept_each, address_of, cell, decision, press, propose, somebody
from tests.records import cite, make_agreement, make_curator, make_organization, make_partner, make_source

db = pytest.mark.django_db


@pytest.fixture
def contributor(db):
    return somebody(CONTRIBUTOR)


@pytest.fixture
def reviewer(db):
    return somebody(REVIEWER)


@pytest.fixture
def alpha(db):
    return make_organization("Alpha", city="Oslo", established=1993)


def shown(client, proposal) -> dict[str, dict]:
    """What the table says of each cell: texts, findings, and whether it may be accepted with others."""
    tables = client.get(address_of(proposal)).context["tables"]
    return {
        row.title: {
            "texts": ["".join(text for _kind, text in part.text.pieces) for part in row.parts if part.text],
            "findings": [each.message for part in row.parts for each in part.findings],
            "quotes": [each.words for part in row.parts for each in part.quotes],
            "is_sound": row.is_sound,
        }
        for table in tables
        for row in table.rows
    }


@given(st.text(), st.text())
def test_what_is_marked_is_all_that_differs(before, after):
    left, right = with_changes_marked(before, after)
    assert "".join(text for _kind, text in left) == before
    assert "".join(text for _kind, text in right) == after
    assert [text for kind, text in left if not kind] == [text for kind, text in right if not kind]
    assert before != after or not any(kind for kind, _text in left + right)


def test_words_that_stay_are_not_marked():
    assert with_changes_marked("Santa Clara", "Santa Monica") == (
        [("", "Santa "), ("del", "Clara")],
        [("", "Santa "), ("ins", "Monica")],
    )


def test_each_change_stands_beside_its_evidence_and_findings(contributor, reviewer, alpha):
    cite(alpha, "established", quote="founded in 1993", source=make_source("Register", stance="official"))
    answers = {f"_evidence-{each.pk}": "same" for each in alpha.citations.exclude(field="")}
    proposal = propose(contributor, alpha, established="1994", city="Bergen", curator_note="Seen.", **answers)

    rows = shown(reviewer, proposal)

    assert rows["Founded"]["texts"] == ["1993", "1994"]
    assert rows["Founded"]["quotes"] == ["founded in 1993"]
    assert "The quote says 1993." in rows["Founded"]["findings"]
    assert rows["City"]["findings"] == ["No source says so."]
    assert [title for title, row in rows.items() if row["is_sound"]] == ["Curator's note"]


@pytest.mark.parametrize("answer", ["same", "tidying"])
def test_what_a_source_says_of_a_new_value_goes_with_it(contributor, reviewer, alpha, answer):
    """That the same source says so is no cell of its own: it is accepted, and left, with the value."""
    cited = [cite(alpha, name, quote="So it is.") for name in ("established", "city")]
    answers = {f"_evidence-{each.pk}": answer for each in cited}
    proposal = propose(contributor, alpha, established="1994", city="Bergen", **answers)
    assert proposal.cells.count() == 4 and list(shown(reviewer, proposal)) == ["Founded", "City"]

    press(reviewer, proposal, "decide", **decision(reviewer, proposal, established="accept", city="leave"))

    assert [
        (each.value, each.supports_current) for each in alpha.citations.exclude(field="").order_by("pk")
    ] == [
        ("1994", True),
        ("Oslo", True),
    ]
    proposal.refresh_from_db()
    assert proposal.state == "partly" and not proposal.cells.filter(state="open").exists()
    press(contributor, proposal, "reopen")
    accept_each(reviewer, proposal)
    assert [each.value for each in alpha.citations.exclude(field="").order_by("pk")] == ["1994", "Bergen"]


def test_nothing_with_a_warning_is_accepted_with_others(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="Bergen", curator_note="Seen.")

    press(reviewer, proposal, "accept_all")

    alpha.refresh_from_db()
    proposal.refresh_from_db()
    assert (alpha.city, alpha.curator_note, proposal.state) == ("Oslo", "Seen.", "open")
    assert press(reviewer, proposal, "accept_all").status_code == 409
    press(reviewer, proposal, "decide", **decision(reviewer, proposal, city="accept"))
    alpha.refresh_from_db()
    assert alpha.city == "Bergen"


def test_what_needs_something_with_a_warning_waits_with_it(reviewer, alpha):
    """A source like another one comes with a citation that nothing is to be said of."""
    make_source("Twin")
    about = frozenset({("organization", alpha.pk)})
    source = row_of(Source(pk=-1, title="Twin", slug="twin-2", kind="news", stance="official"))
    citation = row_of(Citation(pk=-2, source_id=-1, organization=alpha, field="city", quote="Oslo"))
    steps = [
        RowStep(Source, -1, frozenset({("source", -1)}), None, source),
        RowStep(Citation, -2, about, None, citation),
        RowStep(type(alpha), alpha.pk, about, {"curator_note": ""}, {"curator_note": "Seen."}),
    ]
    proposal = keep_proposal(steps, Revision.newest(), user=make_curator("bob"), title="Alpha")

    press(reviewer, proposal, "accept_all")

    assert not alpha.citations.filter(field="city").exists()
    assert [each.state for each in proposal.cells.order_by("pk")] == ["open", "open", "applied"]
    answer = accept_each(reviewer, proposal)
    assert answer.status_code == 302, answer.context["problems"]
    assert alpha.citations.filter(field="city").exists()


def test_what_is_left_goes_back_to_its_author_with_the_comment(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="Bergen", established="1994", ticker="ALF")
    sent = decision(reviewer, proposal, city="accept", ticker="accept", established="leave")

    press(reviewer, proposal, "decide", **sent, comment="Which source says 1994?")

    ((returned, said),) = contributor.get(reverse("admin:index")).context["work"]["returned"]
    assert (returned, said.comment) == (proposal, "Which source says 1994?")
    page = contributor.get(address_of(proposal)).content.decode()
    assert "Left as it is" in page and "Which source says 1994?" in page
    press(contributor, proposal, "reopen", comment="This one.", url="https://example.org/1994")
    assert cell(proposal, "established").state == "open"
    assert contributor.get(reverse("admin:index")).context["work"]["returned"] == []


def test_choices_are_not_lost_where_the_whole_is_returned(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="Bergen", ticker="ALF")
    sent = decision(reviewer, proposal, city="accept")
    refused = press(reviewer, proposal, "decline", **sent, comment="No.")
    assert refused.status_code == 409
    assert "You have accepted some of these" in refused.context["problems"][0]
    assert 'value="accept" data-mark="yes" checked' in refused.content.decode()
    proposal.refresh_from_db()
    assert proposal.is_open


def test_a_comment_can_be_about_a_cell_and_both_sides_see_it(contributor, reviewer, alpha):
    proposal = propose(contributor, alpha, city="Bergen", ticker="ALF")
    about = cell(proposal, "city")
    press(reviewer, proposal, "comment", comment="Which page?", about=str(about.pk))
    for client in (contributor, reviewer):
        page = client.get(address_of(proposal)).content.decode()
        assert f'on <a href="#c{about.pk}">City</a>' in page and "Which page?" in page
    # Of another proposal it cannot be.
    other = propose(contributor, make_organization("Beta"), city="Bergen")
    assert press(reviewer, other, "comment", comment="?", about=str(about.pk)).status_code == 200
    assert other.events.count() == 1


def test_other_proposals_for_the_record_are_told(contributor, reviewer, alpha):
    first = propose(contributor, alpha, city="Bergen")
    propose(contributor, make_organization("Beta"), city="Bergen")
    second = propose(contributor, alpha, ticker="ALF")
    assert reviewer.get(address_of(first)).context["others"] == [second]


def test_a_quote_is_looked_for_in_the_text_of_its_source(reviewer, alpha):
    """That of a source which comes with it, and of one that is there; told too where nobody has the text. Work counts it."""
    known = make_source("Known", url="https://known.example/a")
    about = frozenset({("organization", alpha.pk)})
    new = {
        "title": "New",
        "slug": "new",
        "url": "https://www.new.example/b/",
        "kind": "news",
        "stance": "official",
    }
    steps = [RowStep(Source, -1, frozenset({("source", -1)}), None, row_of(Source(pk=-1, **new)))]
    for key, source_id in ((-2, -1), (-3, known.pk)):
        said = Citation(
            pk=key, source_id=source_id, organization=alpha, field="city", quote="It sits in Oslo […] since"
        )
        steps.append(RowStep(Citation, key, about, None, row_of(said)))
    proposal = keep_proposal(steps, Revision.newest(), user=make_curator("bob"), title="Quotes")

    def told() -> list[list[str]]:
        tables = reviewer.get(address_of(proposal)).context["tables"]
        found = [
            [each.message for part in row.parts for each in part.findings]
            for table in tables
            for row in table.rows
        ]
        (waiting,) = reviewer.get(reverse("admin:index")).context["work"]["rows"]
        assert sum(int(words.split()[0]) for _mark, words in waiting.findings) == len(sum(found, []))
        # The first row is the source that comes.
        return [[each for each in row if "the quote" in each.lower()] for row in found[1:]]

    unread = ["Nobody has read the page of the source in the last day: the quote was not looked for there."]
    assert told() == [unread, unread]
    keep_text("https://new.example/b", "it sits in OSLO, and has since.")
    keep_text("https://known.example/a", "It sits in Oslo.")
    day = date_format(timezone.localdate(), "j F Y")
    assert told() == [[], [f"The quote is not in the text of the source, as it was read on {day}."]]
    PageText.objects.update(read_at=timezone.now() - TEXT_KEPT_FOR)
    assert told() == [unread, unread]


def test_a_page_with_more_cells_costs_no_more_queries(reviewer, alpha):
    def kept(number: int) -> Proposal:
        steps = []
        for place in range(number):
            record = make_organization(f"Record {number} {place}", city="Oslo")
            cite(record, "city", quote="Oslo")
            about = frozenset({("organization", record.pk)})
            steps.append(RowStep(type(record), record.pk, about, {"city": "Oslo"}, {"city": "Bergen"}))
        return keep_proposal(steps, Revision.newest(), user=make_curator(f"bob{number}"), title="Many")

    few, many = kept(2), kept(12)
    assert queries_of(reviewer.get, address_of(few)) == queries_of(reviewer.get, address_of(many))


def as_it_would_be(client, proposal, record, **said):
    """What the page of a proposal shows of a record as it would be; nothing is written."""
    before = (Revision.newest(), proposal.cells.filter(state="open").count(), proposal.events.count())
    key = record.pk if record else -1
    page = client.post(address_of(proposal), {"preview": f"organization {key}", **said})
    assert before == (Revision.newest(), proposal.cells.filter(state="open").count(), proposal.events.count())
    return page


def test_a_record_is_shown_as_it_would_be_and_nothing_is_saved(contributor, reviewer):
    alpha = make_partner("Alpha", city="Oslo", established=1993)
    answers = {f"_evidence-{each.pk}": "same" for each in alpha.citations.exclude(field="")}
    proposal = propose(contributor, alpha, established="1994", city="Bergen", **answers)
    city, year = cell(proposal, "city"), cell(proposal, "established")

    for client in (reviewer, contributor):
        page = as_it_would_be(client, proposal, alpha).content.decode()
        assert "Preview" in page and "Bergen" in page and "1994" in page
    page = as_it_would_be(reviewer, proposal, alpha, **{f"cell-{city.pk}": "accept"}).content.decode()
    assert "Bergen" in page and "1993" in page
    page = as_it_would_be(reviewer, proposal, alpha, **{f"cell-{year.pk}": "leave"}).content.decode()
    assert "Bergen" in page and "1993" in page
    alpha.refresh_from_db()
    assert (alpha.city, alpha.established) == ("Oslo", 1993)
    assert f'value="organization {alpha.pk}"' in reviewer.get(address_of(proposal)).content.decode()
    assert reviewer.post(address_of(proposal), {"preview": "organization 999999"}).status_code == 404


def test_what_stands_in_the_way_of_a_preview_is_told(reviewer, alpha):
    about = frozenset({("organization", alpha.pk)})
    step = RowStep(Organization, alpha.pk, about, {"summary_en": alpha.summary_en}, {"summary_en": ""})
    proposal = keep_proposal([step], Revision.newest(), user=make_curator("bob"), title="Alpha")
    page = as_it_would_be(reviewer, proposal, alpha)
    assert page.templates[0].name == "admin/no_preview.html"
    (reason,) = page.context["reasons"]
    assert "refuses" in reason


def test_a_record_that_is_to_come_is_shown_as_it_would_be(reviewer):
    coming = {("organization", -1)}
    image = row_of(Organization(pk=-1, name="Fresh", slug="fresh", type="company", summary_en="It is new."))
    citation = row_of(Citation(pk=-2, organization_id=-1, source=make_source("Press")))
    party = row_of(AgreementParty(pk=-3, agreement=make_agreement(), organization_id=-1, role="partner"))
    steps = [
        RowStep(Organization, -1, frozenset(coming), None, image | {"publication_state": "draft"}),
        RowStep(Citation, -2, frozenset(coming), None, citation),
        RowStep(AgreementParty, -3, frozenset({("agreement", party["agreement_id"])}), None, party),
    ]
    proposal = keep_proposal(steps, Revision.newest(), user=make_curator("bob"), title="Fresh")

    page = as_it_would_be(reviewer, proposal, None).content.decode()

    assert "It is new." in page and not Organization.objects.filter(slug="fresh").exists()
