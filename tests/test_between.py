"""Differences between any two revisions: who applies them to what readers saw first, has what they saw last."""

import csv
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
from tests.database import queries_of
from tests.laws import seeds
from tests.past import from_here_on
from tests.records import cite, make_organization, make_sector, make_source

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
        shown, _count = Between(first, last).page(1)
        assert [each.row for each in shown] == [each.row for each in found]


def rename(rng):
    record = steps.an_organization(rng)
    Organization.objects.filter(pk=record.pk).update(slug=f"renamed-{rng.randrange(10**9)}")


def let_an_agreement_lose_its_partner(rng):
    if agreements := Agreement.objects.order_by("pk"):
        rng.choice(agreements).parties.filter(role="partner").delete()


# Pages and files


@pytest.fixture
def moved(db):
    """A partner that has moved, with a source, and a name that is hidden by now. Gives the revisions around it."""
    alpha = make_organization("Alpha", city="Santa Clara")
    secret = make_organization("Xyzzy holding")
    make_organization("Beta")
    from_here_on()
    first = newest()
    Organization.objects.filter(pk=alpha.pk).update(city="San José", parent=secret)
    from_here_on()
    cite(alpha, "city", source=make_source("Register"))
    make_sector("Cloud")
    from_here_on()
    last = newest()
    Organization.objects.filter(pk=secret.pk).update(publication_state="withheld")
    Organization.objects.filter(slug="beta").update(city="Delft")
    return first, last


def test_a_page_and_its_files_tell_the_same(client, moved):
    query = "?from={}&to={}".format(*moved)
    page = " ".join(client.get(f"/changes/{query}").content.decode().split())
    assert "Santa Clara" in page and "San José" in page and "Register" in page and "Delft" not in page
    answer = client.get(f"/changes.json{query}").json()
    assert (answer["from"], answer["to"], answer["links"]["next"]) == (*moved, None)
    in_json = [
        [each["table"], each["key"], each["change"], cell["column"], cell["before"], cell["after"]]
        for each in answer["changes"]
        for cell in each["cells"]
    ]
    rows = list(csv.reader(client.get(f"/changes.csv{query}").getvalue().decode().splitlines()))[1:]
    assert rows == in_json
    assert ["organizations", "alpha", "changed", "city", "Santa Clara", "San José"] in rows
    assert ["sectors", "cloud", "added", "name_en", "", "Cloud"] in rows
    (said,) = [
        cell["sources"] for each in answer["changes"] for cell in each["cells"] if cell["column"] == "city"
    ]
    assert said == ["register"]
    only = client.get(f"/changes.json{query}&table=sectors").json()["changes"]
    assert {each["table"] for each in only} == {"sectors"}
    turned = client.get("/changes.csv?from={1}&to={0}".format(*moved)).getvalue().decode()
    assert "organizations,alpha,changed,city,San José,Santa Clara" in turned


def test_what_is_hidden_today_is_named_in_no_difference(client, moved):
    for address in ("/changes/", "/changes.csv", "/changes.json"):
        for query in ("from={}&to={}".format(*moved), f"from=1&to={newest()}"):
            answer = client.get(f"{address}?{query}")
            assert answer.status_code == 200 and b"xyzzy" not in answer.getvalue().lower(), address


def test_what_was_not_understood_is_said_beside_its_field(client, moved):
    page = client.get("/changes/?from=yesterday&table=x").content.decode()
    assert "is neither the number of a revision nor a day" in page and 'aria-invalid="true"' in page
    assert "San José" not in page
    for ending in ("csv", "json"):
        assert client.get(f"/changes.{ending}?to=99999").status_code == 400
        assert client.get(f"/changes.{ending}?as_of=1").status_code == 400
    assert client.get("/changes.json?page=2").status_code == 404


def test_differences_are_paged_by_a_constant_number_of_queries(client, moved, monkeypatch):
    monkeypatch.setattr("partners.changes.between.ROWS_ON_PAGE", 3)
    monkeypatch.setattr("partners.views.between.ROWS_ON_PAGE", 3)
    address = f"/changes.json?from={moved[0]}&table=organizations"

    def add(number: int) -> int:
        for each in range(number):
            make_organization(f"Other {each} of {number}")
        client.get("/partners/")
        return queries_of(client.get, address)

    few = add(4)
    assert add(9) == few
    seen, here = [], address
    while here:
        answer = client.get(here).json()
        seen += [each["key"] for each in answer["changes"]]
        here = answer["links"]["next"]
    assert len(seen) == len(set(seen)) == 15


@pytest.mark.django_db
def test_pages_are_full_of_what_differs(client, monkeypatch):
    """Not of what changed and was changed back."""
    monkeypatch.setattr("partners.changes.between.ROWS_ON_PAGE", 3)
    monkeypatch.setattr("partners.views.between.ROWS_ON_PAGE", 3)
    # As if so many rows had changed that nobody looks which of them matter.
    monkeypatch.setattr("partners.changes.between.MOST_NAMED_ROWS", 0)
    made = [make_organization(f"One {number}", city="Delft") for number in range(9)]
    from_here_on()
    first = newest()
    for record in made:
        record.city = "Leiden"
        record.save()
    from_here_on()
    for record in made[:5]:
        record.city = "Delft"
        record.save()

    pages = [
        client.get(f"/changes.json?from={first}&table=organizations&page={number}").json()
        for number in (1, 2)
    ]

    assert [len(page["changes"]) for page in pages] == [3, 1]
    assert pages[1]["links"]["next"] is None
