"""Differences between any two revisions: who applies them to what readers saw first, has what they saw last."""

import random

import pytest

from partners.changes.between import Between, compared_columns
from partners.changes.differences import BETWEEN_KEYS
from partners.changes.past import past
from partners.models import Agreement, Organization, Revision
from partners.tables.columns import as_text, read_rows
from partners.tables.definitions import TABLES
from partners.tables.public import public_rows
from tests import test_journal as steps
from tests.laws import seeds

transactional = pytest.mark.django_db(transaction=True)


def newest() -> int:
    return Revision.objects.order_by("-number").values_list("number", flat=True)[0]


def state_at(revision: int) -> dict[tuple[str, str], dict[str, str]]:
    """Every filled cell that readers see of a past, by table and key."""
    found = {}
    with past(revision):
        for table in TABLES:
            columns = compared_columns(table)
            names = [column.name for column in columns]
            for cells in read_rows(public_rows(table), columns):
                row = {name: as_text(cell) for name, cell in zip(names, cells, strict=True)}
                key = BETWEEN_KEYS.join(row[part] for part in table.key)
                found[table.name, key] = {name: text for name, text in row.items() if text}
    return found


def applied(state: dict, differences: list) -> dict:
    """A state with the differences; each says rightly what was there before."""
    state = {place: dict(row) for place, row in state.items()}
    came = {}
    for each in differences:
        keys = each.table.key
        before = {cell.column: cell.before for cell in each.row.cells}
        after = {cell.column: cell.after for cell in each.row.cells}
        last = tuple(each.row.key.split(BETWEEN_KEYS))
        first = BETWEEN_KEYS.join(before.get(part, now) for part, now in zip(keys, last, strict=True))
        row = (
            {}
            if each.row.kind == "added"
            else state.pop((each.table.name, first if each.row.kind == "changed" else each.row.key))
        )
        assert {name: row.get(name, "") for name in before} == before
        row = {name: text for name, text in (row | after).items() if text}
        if each.row.kind != "removed":
            came[each.table.name, each.row.key] = row
    return state | came


@transactional
@pytest.mark.parametrize("seed", seeds(2))
def test_differences_applied_to_the_first_state_give_the_last(seed):
    rng = random.Random(seed)  # noqa: S311
    steps.make_small_directory()
    revisions = [newest()]
    for _step in range(10):
        rng.choice((*steps.STEPS, rename, let_an_agreement_lose_its_partner))(rng)
        revisions.append(newest())
    states = {revision: state_at(revision) for revision in dict.fromkeys(revisions)}
    for _pair in range(6):
        first, last = rng.choice(revisions), rng.choice(revisions)
        found = Between(first, last).all(most=10_000)
        assert applied(states[first], found) == states[last]
        shown, pages = Between(first, last).page(1)
        assert (pages, [each.row for each in shown]) == (1, [each.row for each in found])


def rename(rng):
    record = steps.an_organization(rng)
    Organization.objects.filter(pk=record.pk).update(slug=f"renamed-{rng.randrange(10**9)}")


def let_an_agreement_lose_its_partner(rng):
    if agreements := Agreement.objects.order_by("pk"):
        rng.choice(agreements).parties.filter(role="partner").delete()
