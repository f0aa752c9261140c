"""Laws: what two people change at once is there in the end, or was shown; what is accepted is what a reviewer would have written."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from partners.admin.roles import CONTRIBUTOR, REVIEWER
from partners.changes.standing import CellStanding
from partners.models import DataVersion, Organization, Proposal, ProposedCell
from tests.curation import act, change_form, errors, list_url, messages
from tests.database import db_of_file  # noqa: F401
from tests.laws import examples
from tests.past import whole_state
from tests.proposals import accept_each, address_of, ended, press, public_package, somebody
from tests.records import cite, make_organization, make_sector, make_source

FIELDS = ("city", "ticker", "legal_name", "country_code", "region_code")
VALUES = {
    "city": ["Ottawa", "Delft", ""],
    "ticker": ["ALF", "BET", ""],
    "legal_name": ["Alpha, Inc.", "Alpha Ltd.", ""],
    "country_code": ["CA", "US"],
    "region_code": ["CA-ON", "US-CA", ""],
}
NAMES = ["A", "B", "Ä", "Aleph"]


@pytest.fixture(scope="module")
def world(db):
    """An organization with rows of every kind, and two people; each example begins with it."""
    sectors, sources = [make_sector(name) for name in ("Chips", "Cloud")], [make_source() for _ in range(3)]
    alpha = make_organization(
        "Alpha", city="Ottawa", country_code="CA", region_code="CA-ON", names=["A", "B"], sectors=sectors[:1]
    )
    cite(alpha, source=sources[0])
    ended()
    people = somebody(CONTRIBUTOR), somebody(REVIEWER), somebody(REVIEWER, "ada")
    return alpha, sectors, sources, people


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# What is accepted ------------------------------------------------------------------------------------------------------

# Each piece of an edit, by the cell of the proposal that it becomes: table, row (0 for a new one), column.
EDITS = st.fixed_dictionaries(
    {},
    optional={
        **{("organization", name): st.sampled_from(VALUES[name]) for name in FIELDS},
        ("names", 0): st.sampled_from(NAMES),
        ("names", 1): st.sampled_from([*NAMES, None]),
        ("names", "new"): st.sampled_from(NAMES),
        ("citations", 0): st.none(),
        ("citations", 1): st.none(),
        ("citations", "new"): st.sampled_from([1, 2]),
        ("sectors", "chosen"): st.sampled_from([(), (0,), (1,), (0, 1)]),
    },
)


def typed(form, edit, sectors, sources):
    """Types an edit, or those pieces of it, into a form."""
    for (where, what), value in edit.items():
        if where == "organization":
            form[what] = value
        elif where == "sectors":
            form["sectors"] = [sectors[each].pk for each in value]
        elif what == "new":
            row = {"value": value, "type": "alias"} if where == "names" else {"source": sources[value]}
            form.add_row(where, **row)
        elif value is None:
            form.delete_row(where, what)
        else:
            form[f"{where}-{what}-value"] = value
    return form


def piece_of(cell: ProposedCell, form) -> tuple:
    """The piece of an edit that a cell came from."""
    if cell.table == "organization":
        return "organization", cell.column
    prefix = {"organizationname": "names", "citation": "citations"}.get(cell.table)
    if prefix is None:
        return "sectors", cell.row
    if cell.row < 0:
        return prefix, "new"
    return prefix, next(
        number for number in range(3) if str(form.data.get(f"{prefix}-{number}-id")) == str(cell.row)
    )


def rows_as_said() -> dict[str, list]:
    """Every row without its number, which another way in gives otherwise, and without stamps."""
    unsaid = {"id", "updated_at", "created_at", "published_at"}
    return {
        table: sorted(repr({name: row[name] for name in row if name not in unsaid}) for row in rows.values())
        for table, rows in whole_state().items()
    }


def part_of(edit, accepted: set[tuple], form) -> dict:
    """The pieces of an edit that were accepted. Of sectors each row is a piece by itself."""
    return {piece: value for piece, value in edit.items() if piece in accepted}


@examples(10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=EDITS, data=st.data())
def test_what_is_accepted_of_a_proposal_is_what_a_reviewer_would_have_written(world, edit, data):
    alpha, sectors, sources, (contributor, reviewer, _ada) = world
    with taken_back():
        before, version = public_package(), DataVersion.current()
        opened = change_form(contributor, alpha)
        form = typed(change_form(contributor, alpha), edit, sectors, sources)
        answer = form.send()
        # Readers see nothing of it. To save what stands there already is no proposal.
        assert public_package() == before
        proposal = Proposal.objects.first()
        if answer.status_code != 302 or proposal is None:
            return
        assert DataVersion.current() == version
        cells = list(proposal.cells.all())
        accepted = {each.pk for each in cells if data.draw(st.booleans())}
        pieces = {piece_of(each, opened) for each in cells if each.pk in accepted}
        parts = [{each for each in accepted if data.draw(st.booleans())}]
        parts.append(accepted - parts[0])
        with taken_back():
            mine = change_form(reviewer, alpha)
            chosen = [
                row.sector_id
                for row in Organization.sectors.through.objects.all()
                if ("sectors", row.pk) not in pieces
            ]
            added = [
                each.after["sector_id"]
                for each in cells
                if each.pk in accepted and each.table == "organization_sectors" and each.after
            ]
            mine["sectors"] = chosen + added
            typed(mine, {piece: value for piece, value in edit.items() if piece in pieces}, sectors, sources)
            is_refused = mine.send().status_code != 302
            as_reviewer = rows_as_said()
        together = press(reviewer, proposal, "decide", **{f"cell-{each}": "accept" for each in accepted})
        if accepted and not is_refused:
            assert together.status_code == 302, together.context["problems"]
        if together.status_code == 302:
            assert not is_refused
            assert rows_as_said() == as_reviewer


@examples(6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=EDITS, order=st.randoms(use_true_random=False))
def test_accepting_cell_by_cell_comes_to_the_whole(world, edit, order):
    alpha, sectors, sources, (contributor, reviewer, _ada) = world
    with taken_back():
        form = typed(change_form(contributor, alpha), edit, sectors, sources)
        if form.send().status_code != 302 or not Proposal.objects.exists():
            return
        proposal = Proposal.objects.get()
        with taken_back():
            assert accept_each(reviewer, proposal).status_code == 302
            whole = rows_as_said()
        left = [each.pk for each in proposal.cells.all()]
        order.shuffle(left)
        # One that needs another waits for it: a region for its country, a source for the one that goes.
        for _round in range(len(left)):
            for each in list(left):
                if press(reviewer, proposal, "decide", **{f"cell-{each}": "accept"}).status_code == 302:
                    left.remove(each)
        assert rows_as_said() == whole or left


# What two people do at once --------------------------------------------------------------------------------------------

ALL = "everything"


@dataclass
class Deed:
    """What somebody is about to do: the cells that he wants, and how he does it; that gives the cells of which the page
    said that somebody else has changed them."""

    wants: dict
    do: object
    told: set = field(default_factory=set)


def reads(alpha) -> dict:
    record = Organization.objects.get(pk=alpha.pk)
    found = {name: getattr(record, name) for name in FIELDS} | {"state": record.publication_state}
    return found | {("names", number): row.value for number, row in enumerate(record.names.order_by("pk"))}


# Each types something into each cell, perhaps what stands there: so they often want the same ones.
TEXTS = st.fixed_dictionaries(
    {
        **{name: st.sampled_from(VALUES[name]) for name in ("city", "ticker", "legal_name")},
        ("names", 0): st.sampled_from(["A", "Alef"]),
        ("names", 1): st.sampled_from(["B", "Beta"]),
    },
)


def field_of(cell) -> str:
    return cell if isinstance(cell, str) else f"names-{cell[1]}-value"


def what_changes(edit, was) -> dict:
    """The cells of an edit in which something else is typed than stood there."""
    _number, _before, now = was
    return {cell: value for cell, value in edit.items() if value != now[cell]}


def by_form(client, alpha, edit, was) -> Deed:
    form = change_form(client, alpha)
    form.data |= {field_of(cell): value for cell, value in edit.items()}

    def do():
        told, answer = set(), form.send()
        if answer.status_code == 409:
            said = errors(answer)
            told |= {
                name for name in FIELDS if any("Changed meanwhile" in each for each in said.get(name, ()))
            }
            told |= {("names", number) for number in range(2) if "names" in said}
            answer = form.returned(answer).choose(answer, "mine").send()
        assert answer.status_code == 302, errors(answer)
        return told

    return Deed(what_changes(edit, was), do)


def by_proposal(client, alpha, edit, was) -> Deed:
    contributor = somebody(CONTRIBUTOR)
    form = change_form(contributor, alpha)
    form.data |= {field_of(cell): value for cell, value in edit.items()}
    assert form.send().status_code == 302
    proposal = Proposal.objects.first()

    def do():
        if proposal is None:
            return set()
        accept_each(client, proposal)
        page = client.get(address_of(proposal))
        # Shown as changed meanwhile, or as settled by the proposal of the other one.
        changed = [
            each
            for row in page.context["rows"]
            for each in row.decisions
            if (each.is_open and each.standing is not CellStanding.FITS) or each.cell.state == "superseded"
        ]
        names = [row.pk for row in alpha.names.order_by("pk")]
        return {
            each.cell.column if each.cell.table == "organization" else ("names", names.index(each.cell.row))
            for each in changed
        }

    return Deed(what_changes(edit, was), do)


def by_list(client, alpha, edit, was) -> Deed:
    listed = client.get(list_url("organization")).context["listed"]

    def do():
        page = act(client, "withhold_selected", alpha, _listed=listed)
        return {"state"} if any("was left alone" in each for each in messages(page)) else set()

    return Deed({"state": "withheld"}, do)


def by_undoing(client, alpha, edit, was) -> Deed:
    number, before, after = was

    def do():
        page = client.get(reverse("admin:partners_revision_undo", args=[number]))
        refused = {column for _line, column, _reason in page.context["refused"]}
        client.post(reverse("admin:partners_revision_undo", args=[number]))
        return {name for name in FIELDS if name.replace("_", " ").capitalize() in refused} | {
            cell for cell in before if isinstance(cell, tuple) and "Value" in refused | {"Value"} and refused
        }

    return Deed({cell: value for cell, value in before.items() if value != after[cell]}, do)


WAYS = [by_form, by_proposal, by_list, by_undoing]


@pytest.mark.parametrize("later", WAYS)
@examples(5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(past=TEXTS, way=st.sampled_from(WAYS), edits=st.tuples(TEXTS, TEXTS))
def test_of_two_at_once_every_cell_is_there_or_the_second_one_was_told(world, later, past, way, edits):
    alpha, _sectors, _sources, (_contributor, *reviewers) = world
    with taken_back():
        before = reads(alpha)
        form = change_form(reviewers[0], alpha)
        # Something changes in any case, so that there is a revision to take back.
        form.data |= {"website": "https://alpha.example/"}
        form.data |= {field_of(cell): value for cell, value in past.items()}
        assert form.send().status_code == 302
        was = ended(), before, reads(alpha)
        first, second = (
            each(client, alpha, edit, was)
            for each, client, edit in zip((way, later), reviewers, edits, strict=True)
        )

        first.do()
        assert first.wants.items() <= reads(alpha).items()
        told, now = second.do(), reads(alpha)

    for cell in first.wants.keys() | second.wants.keys():
        is_there = all(now[cell] == each.wants[cell] for each in (first, second) if cell in each.wants)
        assert is_there or cell in told, (cell, now[cell], told)
