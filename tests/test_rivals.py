"""Rivals: accepting one proposal settles the others for the same values, rows and records."""

import pytest

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.models import Organization, Proposal, Sector
from tests.curation import add_form, change_form, save
from tests.proposals import accept_each, address_of, cell, press, propose, somebody
from tests.records import make_agreement, make_organization, make_sector, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def contributor(db):
    return somebody(CONTRIBUTOR)


@pytest.fixture
def reviewer(db):
    return somebody(REVIEWER)


@pytest.fixture
def alpha(db):
    return make_organization("Alpha", city="Santa Clara", names=["A"], sectors=[make_sector("Chips")])


def test_accepting_one_settles_its_rivals(contributor, reviewer, alpha):
    first = propose(contributor, alpha, city="San José")
    second = propose(somebody(CONTRIBUTOR, "bob"), alpha, city="Fresno", ticker="ALF")
    third = propose(somebody(CONTRIBUTOR, "cecil"), alpha, city="Oakland")

    accept_each(reviewer, first)

    for each in (first, second, third):
        each.refresh_from_db()
    assert (first.state, second.state, third.state) == ("applied", "open", "superseded")
    assert (cell(second, "city").state, cell(second, "ticker").state) == ("superseded", "open")
    told = third.events.last()
    assert (told.kind, told.comment) == (
        "superseded",
        f"Proposal {first.pk} was accepted for the same value.",
    )


def test_a_new_row_of_one_proposal_is_no_rival_of_a_row_with_its_number(contributor, reviewer, alpha):
    form = change_form(contributor, alpha)
    form.add_row("names", value="Aleph", type="alias")
    save(form)
    first = Proposal.objects.get()
    assert {each.row for each in first.cells.all()} == {-each for each in [-first.cells.get().row]}
    form = change_form(contributor, alpha)
    form.add_row("names", value="Alif", type="alias")
    save(form)
    second = Proposal.objects.first()

    accept_each(reviewer, first)
    accept_each(reviewer, second)

    assert {name.value for name in alpha.names.all()} == {"A", "Aleph", "Alif"}


# What is added twice ---------------------------------------------------------------------------------------------------


def add(client, model, rows=(), button="_save", **values) -> Proposal:
    """What comes of the form of a new record."""
    form = add_form(client, model)
    form.data |= values
    for prefix, row in rows:
        form.add_row(prefix, **row)
    answer = form.send(button)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return Proposal.objects.first()


def partner(slug, name, **values) -> dict:
    return {"slug": slug, "name": name, "type": "company", "summary_en": "It computes.", **values}


SAME_RECORD = {
    "slug": ({}, {"slug": "acme"}),
    "name": ({}, {"name": "ACME"}),
    "another name": ({"rows": {"value": "Acme Works", "type": "alias"}}, {"name": "Acmé works"}),
    "website": ({"website": "https://acme.example/"}, {"website": "http://www.acme.example/about"}),
    "registry": ({"ror_id": "https://ror.org/00njsd438"}, {"ror_id": "https://ror.org/00njsd438"}),
    "wikidata": ({"wikidata_id": "Q95"}, {"wikidata_id": "Q95"}),
}


@pytest.mark.parametrize("first, second", SAME_RECORD.values(), ids=SAME_RECORD)
def test_of_two_that_add_one_record_the_second_is_settled(contributor, reviewer, first, second):
    source, other_source = make_source(), make_source("Another")
    names = [("names", first["rows"])] if "rows" in first else []
    own = partner("acme", "Acme") | {name: value for name, value in first.items() if name != "rows"}
    one = add(contributor, "organization", [("citations", {"source": source}), *names], "_publish", **own)
    others = partner("other", "Other") | second
    rows = [("citations", {"source": other_source}), ("names", {"value": "Zenith", "type": "alias"})]
    two = add(somebody(CONTRIBUTOR, "bob"), "organization", rows, "_publish", **others)

    assert accept_each(reviewer, one).status_code == 302

    record = Organization.objects.get()
    two.refresh_from_db()
    of_record = two.cells.get(table="organization")
    assert (of_record.state, of_record.written_row) == ("superseded", record.pk)
    assert two.events.last().comment == f"Proposal {one.pk} was accepted for the same value."
    # What else it says is about the one that is there, and can still be accepted.
    assert two.state == "open"
    assert accept_each(reviewer, two).status_code == 302
    assert {each.source for each in record.citations.all()} == {source, other_source}
    assert "Zenith" in {each.value for each in record.names.all()}
    two.refresh_from_db()
    assert two.state == "partly"


def test_one_that_was_settled_and_is_another_record_after_all_can_be_taken_up(contributor, reviewer):
    rows = [("citations", {"source": make_source()})]
    one = add(contributor, "organization", rows, "_publish", **partner("acme", "Acme"))
    two = add(contributor, "organization", rows, "_publish", **partner("acme-2", "Acme"))
    accept_each(reviewer, one)
    assert two.cells.get(table="organization").state == "superseded"
    press(reviewer, two, "decline", comment="Is it another one?")

    assert press(contributor, two, "reopen", comment="Yes, in Delft.").status_code == 302
    assert accept_each(reviewer, two).status_code == 302

    assert Organization.objects.published().count() == 2
    assert [each.citations.count() for each in Organization.objects.all()] == [1, 1]


def test_a_record_that_came_by_another_way_is_said_to_be_there(contributor, reviewer):
    proposal = add(contributor, "sector", name_en="Chips", slug="chips")
    make_sector("Chips")

    page = reviewer.get(address_of(proposal)).content.decode()
    assert "There is such a record by now" in page
    refused = press(reviewer, proposal, "decide", **{f"cell-{proposal.cells.get().pk}": "accept"})
    assert "“chips”: there is such a record by now" in refused.content.decode()
    assert Sector.objects.count() == 1


ROWS = {
    "name": lambda: ("names", {"value": "Aleph", "type": "alias"}, {"value": "ALEPH", "type": "former"}),
    "citation": lambda: ("citations", *[{"source": make_source("Said"), "field": "city"}] * 2),
    "party": lambda: ("parties", *[{"organization": make_organization("Beta"), "role": "partner"}] * 2),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_of_two_that_add_one_row_the_second_is_settled(contributor, reviewer, alpha, row):
    prefix, *rows = row()
    record = make_agreement(partners=[alpha]) if prefix == "parties" else alpha
    proposals = []
    for values in rows:
        form = change_form(contributor, record)
        form.add_row(prefix, **values)
        save(form)
        proposals.append(Proposal.objects.first())

    accept_each(reviewer, proposals[0])

    proposals[1].refresh_from_db()
    assert proposals[1].state == "superseded"


def test_of_two_that_choose_one_sector_the_second_is_settled(contributor, reviewer, alpha):
    chips, cloud = Sector.objects.get(), make_sector("Cloud")
    first = propose(contributor, alpha, sectors=[chips.pk, cloud.pk])
    second = propose(contributor, alpha, sectors=[chips.pk, cloud.pk], ticker="ALF")

    accept_each(reviewer, first)

    second.refresh_from_db()
    states = {each.column: each.state for each in second.cells.all()}
    assert states == {"": "superseded", "ticker": "open"}
