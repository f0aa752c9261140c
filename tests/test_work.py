"""The first page of the desk: what waits, what came back, what is missing; each number leads to as many rows."""

import re
from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.history import RowStep
from partners.changes.images import row_of
from partners.changes.proposing import keep_proposal
from partners.findings.records import FirstRows, bring_at_hand
from partners.models import (
    Citation,
    Claim,
    DataVersion,
    OpenForm,
    Organization,
    OrganizationName,
    Proposal,
    Revision,
    Source,
)
from partners.models.presence import HOLDS_FOR
from tests.curation import change_url, list_url, listed
from tests.proposals import address_of, press, propose, somebody
from tests.records import cite, make_agreement, make_curator, make_event, make_organization, make_source

pytestmark = pytest.mark.django_db
WORK = reverse("admin:index")


def work(curator, **query) -> dict:
    return curator.get(WORK, query).context["work"]


def titles(curator, **query) -> list[str]:
    return [row.title for row in work(curator, **query)["rows"]]


@pytest.fixture
def reviewer():
    return somebody(REVIEWER, "rosa")


@pytest.fixture
def contributor():
    return somebody(CONTRIBUTOR, "carl")


def test_every_number_of_the_first_page_leads_to_as_many_rows(admin_client):
    """Whatever the queue is about."""
    make_organization(publication_state="draft")
    make_organization(publication_state="in_review", summary_nl="Wat het is.")
    half = make_organization(summary_nl="", established=1993)
    cite(half, "established", quote="founded in 1993", source=make_source(stance="partner"))
    cite(make_organization(established=1993), "established")
    make_agreement(partners=[make_organization(publication_state="withheld")])
    make_event(publication_state="in_review")

    shown = work(admin_client)

    records = [cell for _name, cells in shown["records"] for cell in cells]
    needs = [(need.count, need.url) for need in shown["needs"]]
    assert sum(count for count, _url in records) == 7
    assert sum(count for count, _url in needs) > 8
    for count, url in records + needs:
        page = admin_client.get(url)
        rows = page.context.get("rows") if "rows" in page.context else listed(page)
        assert len(rows) == count, url
    for need in shown["needs"]:
        for label, url in need.parts:
            assert len(listed(admin_client.get(url))) == int(re.search(r"\((\d+)\)$", label)[1])


def test_a_value_needs_evidence_until_a_source_says_it(admin_client):
    def gaps(lacking) -> list[str]:
        page = admin_client.get(reverse("admin:gaps"), {"lacks": lacking})
        return [str(column) for record, _url, column in page.context["rows"] if record == alpha]

    alpha = make_organization("Alpha", established=1993)
    assert "Founded" in gaps("evidence")
    weak = cite(alpha, "established", source=make_source(stance="reporting"), quote="in 1993")
    assert "Founded" not in gaps("evidence") and "Founded" in gaps("strong")
    weak.source.stance = "partner"
    weak.source.save()
    assert "Founded" not in gaps("strong")
    Organization.objects.update(established=1994)
    assert "Founded" in gaps("evidence")
    Organization.objects.update(publication_state="draft")
    assert gaps("evidence") == []


def test_what_waits_comes_by_whom_and_since_when(contributor, reviewer):
    alpha = make_organization("Alpha")
    proposal = propose(contributor, alpha, city="Delft")
    incomplete = make_organization("Beta", publication_state="in_review", type="", cited=False)

    rows = {row.title: row for row in work(reviewer)["rows"]}

    assert rows[proposal.title].by == "carl"
    assert rows[proposal.title].cells == 1
    assert rows[proposal.title].warning == "no source is given"
    assert rows["Beta"].error == "lacks type, a source (a citation)"
    assert rows["Beta"].url == change_url(incomplete)
    assert titles(reviewer, kind="organization") == ["Beta"]
    assert titles(reviewer, by="carl") == [proposal.title]
    assert titles(reviewer, by="nobody") == titles(reviewer, days="7") == []


def test_findings_of_what_waits_are_those_that_a_reviewer_sees(contributor, reviewer):
    """Law: Work counts what the page of each proposal tells, whatever else waits for the same record."""
    alpha = make_organization("Alpha", city="Oslo", established=1993, names=["First"])
    beta = make_organization("Beta", city="Bergen")
    cited = cite(alpha, "established", quote="founded in 1993", source=make_source(stance="official"))
    cite(alpha, "city", quote="in Oslo")
    same = {f"_evidence-{each.pk}": "same" for each in alpha.citations.exclude(field="")}
    drop = {f"_evidence-{cited.pk}": "drop"}
    propose(contributor, alpha, established="1954", city="Lund", curator_note="Seen.", **same)
    propose(contributor, alpha, established="1994", summary_nl="Het is Alpha.", **drop)
    propose(contributor, beta, city="Oslo", website="https://beta.example/")
    about = frozenset({("organization", beta.pk)})
    rows = [
        RowStep(
            Organization,
            alpha.pk,
            frozenset({("organization", alpha.pk)}),
            {"name": "Alpha"},
            {"name": "BETA"},
        ),
        RowStep(Organization, beta.pk, about, row_of(beta), None),
        RowStep(
            OrganizationName, -1, about, None, {"organization_id": beta.pk, "value": "First", "type": "alias"}
        ),
    ]
    quote = {"quote": cited.quote}, {"quote": "founded in 1983"}
    # What one proposal would make of a citation is nothing to another one.
    rows.append(RowStep(Citation, cited.pk, frozenset({("organization", alpha.pk)}), *quote))
    for step in rows:
        keep_proposal([step], Revision.newest(), user=User.objects.get(username="carl"), title=step.kind)
    Organization.objects.filter(pk=beta.pk).update(city="Malmö")

    rows = {row.key: row for row in work(reviewer)["rows"] if row.kind == "proposal"}
    shown = {key: dict(row.findings) for key, row in rows.items()}

    assert len(shown) == Proposal.objects.count() == 7
    for proposal in Proposal.objects.all():
        context = reviewer.get(address_of(proposal)).context
        page = context["tables"]
        assert rows[proposal.pk].cells == context["counts"]["open"]
        levels = [
            each.level.mark
            for table in page
            for row in table.rows
            for part in row.parts
            for each in part.findings
        ]
        told = {mark: int(words.split()[0]) for mark, words in shown[proposal.pk].items()}
        assert told == Counter(levels), proposal.title
    assert {mark for found in shown.values() for mark in found} >= {"w", "s"}


def test_of_a_large_proposal_the_first_records_are_looked_at(contributor, reviewer, monkeypatch):
    """Law: what Work counts of a part is what the page tells of the same cells. Queries do not grow with the rest."""
    monkeypatch.setattr("partners.admin.found_in_waiting.MOST_CELLS_LOOKED_AT", 7)
    small = propose(contributor, make_organization("Alpha"), city="Delft")
    reports = {"url": "https://a.example", "kind": "press_release", "stance": "partner", "language": "en"}

    def large(size: int) -> Proposal:
        """Cities, and the quotes that say something else, of a source that comes with them."""
        steps = [RowStep(Source, -1, frozenset({("source", -1)}), None, reports | {"title": "Report"})]
        for number in range(size):
            record = make_organization(f"Large {size} {number}", city="Oslo")
            about = frozenset({("organization", record.pk)})
            steps.append(RowStep(Organization, record.pk, about, {"city": "Oslo"}, {"city": "Lund"}))
            quote = {"field": "city", "value": "Lund", "quote": "It sits in Kiel."}
            cited = quote | {"source_id": -1, "organization_id": record.pk, "supports_current": True}
            steps.append(RowStep(Citation, -2 - number, about, None, cited))
        user = User.objects.get(username="carl")
        return keep_proposal(steps, Revision.newest(), user=user, title=f"Large {size}")

    def counted(proposal) -> tuple[object, int]:
        with CaptureQueriesContext(connection) as queries:
            row = next(row for row in work(reviewer)["rows"] if row.key == proposal.pk)
        return row, len(queries)

    of_ten, few = counted(large(10))
    Proposal.objects.exclude(pk=small.pk).delete()
    proposal = large(30)
    row, many = counted(proposal)

    assert many == few
    # A record is looked at whole: the sixth cell is of the third one, and so is the one after it.
    assert (row.looked_at, row.cells) == ("looked at 6 of 61 cells", 61)
    assert of_ten.looked_at == "looked at 6 of 21 cells"
    cells = sorted(proposal.cells.all(), key=lambda cell: (cell.model, cell.record, cell.pk))[:6]
    shown = {
        line.anchor: line
        for table in reviewer.get(address_of(proposal)).context["tables"]
        for line in table.rows
    }
    told = Counter(
        each.level.mark for cell in cells for part in shown[f"c{cell.pk}"].parts for each in part.findings
    )
    assert told and {mark: int(words.split()[0]) for mark, words in row.findings} == told


def test_a_record_with_many_rows_is_looked_at_in_part(contributor, reviewer, monkeypatch):
    """Law: what is found of its values stays the same, since the best citation of each value is among those looked at."""
    record = make_organization("Large", city="Oslo", established=1993, publication_state="in_review")
    cite(record, "established", quote="founded in 1993", source=make_source(stance="reporting"))
    propose(contributor, record, curator_note="Seen.")

    def seen() -> tuple[dict[str, tuple], int]:
        # Counts that are made once for each state of the data are none of these queries.
        work(reviewer)
        with CaptureQueriesContext(connection) as queries:
            rows = work(reviewer)["rows"]
        return {row.kind: (row.findings, row.looked_at) for row in rows}, len(queries)

    few, queries_for_few = seen()
    for number in range(6):
        OrganizationName.objects.create(organization=record, value=f"Other {number}", type="alias")
        cite(record, "established", quote="in 1993", source=make_source(stance="reporting"))
    weak, _queries = seen()
    cite(record, "established", quote="since 1993", source=make_source(stance="official"))
    strong, _queries = seen()
    for place in ("waiting", "found_in_waiting"):
        monkeypatch.setattr(f"partners.admin.{place}.MOST_ROWS_LOOKED_AT", 3)
    many, queries_for_many = seen()

    assert queries_for_many == queries_for_few
    # The official source came last, and is among the first three all the same.
    assert weak["organization"][0] != strong["organization"][0] == many["organization"][0]
    assert {said for _found, said in many.values()} == {"looked at its first rows only"}
    assert {said for found in (few, strong) for _found, said in found.values()} == {""}
    hand = bring_at_hand([record], part=FirstRows(3))[record.pk]
    assert [len(hand.names), len(hand.citations), hand.is_part] == [3, 1 + 3, True]


def test_of_a_large_change_of_one_record_the_first_cells_are_looked_at(contributor, reviewer, monkeypatch):
    monkeypatch.setattr("partners.admin.found_in_waiting.MOST_CELLS_LOOKED_AT", 4)
    record = make_organization("Large", city="Oslo")
    about = frozenset({("organization", record.pk)})
    steps = [
        RowStep(
            OrganizationName,
            -1 - number,
            about,
            None,
            {"organization_id": record.pk, "value": f"Other {number}"},
        )
        for number in range(9)
    ]
    steps.append(RowStep(Organization, record.pk, about, {"city": "Oslo"}, {"city": "Lund"}))
    keep_proposal(steps, Revision.newest(), user=User.objects.get(username="carl"), title="Large")

    (row,) = [row for row in work(reviewer)["rows"] if row.kind == "proposal"]

    assert row.looked_at == "looked at 4 of 10 cells"
    # Its own row is looked at before the names, although it came after them.
    assert ("w", "1 warning") in row.findings


def test_two_do_not_do_the_same_work(reviewer):
    make_organization("Alpha", publication_state="in_review")
    make_organization("Beta", publication_state="in_review")
    other = somebody(REVIEWER, "otto")
    version = DataVersion.current()

    def tabs(who) -> list[int]:
        return [count for _whose, _label, count in work(who)["tabs"]]

    def take(who, title, way="waiting") -> None:
        row = next(row for row in work(who)["rows"] if row.title == title)
        assert row.may_take
        answer = who.post(reverse("admin:take"), {way: f"{row.kind} {row.key}", "query": "days=2"})
        assert answer.url == f"{WORK}?days=2"

    take(reviewer, "Alpha")
    assert (tabs(reviewer), tabs(other)) == ([2, 1, 1], [2, 0, 1])
    assert titles(reviewer, whose="mine") == ["Alpha"] and titles(other, whose="free") == ["Beta"]
    assert [row.taken_by for row in work(other)["rows"]] == ["rosa", ""]
    # Whoever is away cannot hold anything up.
    take(other, "Alpha")
    assert titles(other, whose="mine") == ["Alpha"] and titles(reviewer, whose="mine") == []
    # A second press, or that of a page of before, undoes nothing.
    take(other, "Alpha")
    take(reviewer, "Alpha", "given_back")
    assert titles(other, whose="mine") == ["Alpha"]
    take(other, "Alpha", "given_back")
    assert not Claim.objects.exists()
    # Who looks at what is no change of the directory.
    assert DataVersion.current() == version


def test_only_who_may_decide_takes(contributor, reviewer):
    record = make_organization("Alpha", publication_state="in_review")
    make_organization("Draft", publication_state="draft")

    def answer(who, waiting) -> int:
        return who.post(reverse("admin:take"), {"waiting": waiting}).status_code

    assert [row.may_take for row in work(contributor)["rows"]] == [False]
    assert answer(contributor, f"organization {record.pk}") == 403
    assert reviewer.get(reverse("admin:take")).status_code == 405
    for waiting in (
        "",
        "organization",
        "organization x",
        "organization 0",
        "user 1",
        "proposal 1",
        f"organization {'9' * 5000}",
    ):
        assert answer(reviewer, waiting) == 404
    assert not Claim.objects.exists()


def test_what_was_returned_comes_first_to_its_author(contributor, reviewer):
    proposal = propose(contributor, make_organization("Alpha"), city="Delft")
    assert [count for count, _url in [work(contributor)["sent"]]] == [1]
    press(reviewer, proposal, "decline", comment="Which page says so?")

    ((returned, said),) = work(contributor)["returned"]

    assert (returned, said.comment, said.name_of_who) == (proposal, "Which page says so?", "rosa")
    assert work(reviewer)["returned"] == []
    assert work(contributor)["sent"][0] == 0


def test_nobody_learns_of_what_he_may_not_see(client, contributor):
    make_organization("Secret", publication_state="in_review")
    make_organization("Open")
    propose(contributor, Organization.objects.get(name="Open"), city="Delft")
    client.force_login(make_curator(permissions=["view_source"]))

    html = client.get(WORK).content.decode()
    found = client.get(reverse("admin:everything"), {"q": "secret"}).content.decode()

    assert "Secret" not in html and "Delft" not in html
    assert client.get(reverse("admin:gaps")).status_code == 403
    assert change_url(Organization.objects.get(name="Secret")) not in found
    client.logout()
    assert client.get(reverse("admin:everything"), {"q": "secret"}).status_code == 302


def test_the_search_finds_records_of_every_kind(reviewer, contributor):
    alpha = make_organization("Alpha Works")
    agreement = make_agreement("Pact of Alpha", partners=[alpha])
    source = make_source("What Alpha said")
    proposal = propose(contributor, alpha, city="Delft")

    page = reviewer.get(reverse("admin:everything"), {"q": "ALPHA"})

    urls = {url for hits in page.context["found"] for _title, url in hits.records}
    assert {change_url(each) for each in (alpha, agreement, source, proposal)} <= urls
    assert not reviewer.get(reverse("admin:everything"), {"q": "nothing has this"}).context["found"]
    assert "Type a word" in reviewer.get(reverse("admin:everything")).content.decode()


def test_the_lists_ask_once_for_what_they_show(reviewer):
    """Found rows are not told apart, which none of them needs; what two choices have in common is asked once."""
    make_organization("Alpha")
    with CaptureQueriesContext(connection) as queries:
        reviewer.get(reverse("admin:everything"), {"q": "alpha"})
        reviewer.get(list_url("organization", "lacks=anything"))
    asked = [each["sql"] for each in queries]

    assert not [each for each in asked if "SELECT DISTINCT" in each]
    incomplete = [each for each in asked if "COUNT(*)" in each and "partners_agreementparty" in each]
    assert [each.count('FROM "partners_citation"') for each in incomplete] == [1]


def test_a_common_word_is_found_near_the_top_of_a_list(reviewer, monkeypatch):
    """Other tables are looked through only where too few rows near the top hold the word themselves."""
    for number in range(10):
        make_agreement(f"Alpha pact {number}", partners=[make_organization(f"Alpha {number}")])
    called = make_organization("Beta", names=["Gamma"])
    last = make_agreement("Zeta pact", partners=[called])

    def found(words: str) -> tuple[dict[str, list[str]], list[str]]:
        with CaptureQueriesContext(connection) as queries:
            page = reviewer.get(reverse("admin:everything"), {"q": words})
        hits = {each.label: [url for _title, url in each.records] for each in page.context["found"]}
        return hits, [each["sql"] for each in queries]

    def looked_elsewhere(asked: list[str]) -> bool:
        return any("partners_organizationname" in each or "partners_agreementparty" in each for each in asked)

    common, asked = found("alpha")
    assert not looked_elsewhere(asked)
    assert [len(common[label]) for label in ("Organizations", "Agreements", "Citations")] == [8, 8, 8]
    rare, asked_of_rare = found("gamma")
    assert looked_elsewhere(asked_of_rare) and rare == {"Organizations": [change_url(called)]}
    assert found("beta")[0]["Agreements"] == [change_url(last)]

    # Wherever the rows stand, what holds the words is found.
    for place in ("base.NEAR_THE_TOP", "citations.NEWEST_LOOKED_AT"):
        monkeypatch.setattr(f"partners.admin.{place}", 3)
    assert found("gamma")[0] == rare and found("alpha")[0] == common
    assert found("zeta pact")[0]["Agreements"] == [change_url(last)]


def test_what_is_searched_has_all_of_it_in_its_list(reviewer):
    for number in range(10):
        make_source(f"Report {number}")

    ((hits),) = reviewer.get(reverse("admin:everything"), {"q": "report"}).context["found"]

    assert hits.has_more and len(hits.records) == 8
    assert hits.url == list_url("source", "q=report")
    assert len(listed(reviewer.get(hits.url))) == 10


def test_queries_do_not_grow_with_what_waits(reviewer, contributor):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            work(reviewer)
        return len(captured)

    def more(number) -> None:
        record = make_organization(f"Open {number}")
        propose(contributor, record, city="Delft")
        make_organization(publication_state="in_review")
        make_event(publication_state="in_review")
        make_agreement(publication_state="in_review", partners=[record])

    more(0)
    work(reviewer)
    few = queries()
    for number in range(1, 4):
        more(number)
    work(reviewer)

    assert queries() == few


def test_curators_see_who_has_a_form_open_too(reviewer, contributor):
    record = make_organization("Alpha")
    about = {"kind": "organization", "key": record.pk}
    version = DataVersion.current()

    def others(who, **more) -> list[str]:
        return [each["name"] for each in who.post(reverse("admin:open"), about | more).json()["others"]]

    assert others(reviewer) == []
    assert others(contributor) == ["rosa"]
    assert others(reviewer) == others(reviewer) == ["carl"]
    assert others(contributor, left="yes") == []
    assert others(reviewer) == []
    # A tab that was closed without a word is forgotten.
    others(contributor)
    OpenForm.objects.update(seen=timezone.now() - HOLDS_FOR)
    assert others(reviewer) == []
    assert [each.name_of_who for each in OpenForm.objects.all()] == ["rosa"]
    assert DataVersion.current() == version


def test_nobody_asks_by_it_what_he_may_not_see(client, reviewer):
    record = make_organization("Alpha")
    client.force_login(make_curator(permissions=["view_source"]))

    def answer(who, **about) -> int:
        return who.post(reverse("admin:open"), about).status_code

    assert answer(client, kind="organization", key=record.pk) == 403
    assert answer(reviewer, kind="organization", key=record.pk + 1) == 404
    assert answer(reviewer, kind="organization", key="x") == answer(reviewer, kind="session", key="1") == 404
    assert not OpenForm.objects.exists()


@pytest.mark.parametrize(
    "page", ["?by=%00", "search/?q=%00", "search/?q=a%00b", "partners/organization/?type__exact=%00"]
)
def test_an_address_with_a_nul_is_answered(reviewer, page):
    """PostgreSQL refuses it in a question."""
    make_organization("Alpha", publication_state="in_review")

    assert reviewer.get(WORK + page).status_code in {200, 302}
