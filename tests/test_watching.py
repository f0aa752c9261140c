"""A facet is one declaration: the index follows whatever its querysets read, and nothing is named a second time.

The facets here are declared over every column of the directory, and what is written to is every column too. Neither list
is that of the product.
"""

import random
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, models, transaction
from django.db.models import Exists, QuerySet
from django.db.models.expressions import RawSQL

from partners.models import Agreement, Event, Organization, Programme
from partners.selection import index
from partners.selection.facets import Facet
from partners.selection.listings import LISTINGS, LaboratoryListing, PartnerListing
from partners.selection.terms import TextTerms
from partners.selection.watching import Unwatchable, dependencies
from partners.triggers import listings as watched
from tests.database import db_of_file, execute  # noqa: F401 (a fixture)
from tests.records import add_amount
from tests.test_facet_index import indexed
from tests.watching import COLUMNS, TABLES, change, declared, put_back, take_out
from tests.worlds import build_world

# Rows that are tried for a column, or of a table, before it counts as one that does not matter.
TRIES = 10
# Columns that cannot matter alone: no facet reads a point in time or a fraction, the database puts right at once what is
# written, or a rule wants another column to change with it.
UNREAD = {
    *("created_at", "updated_at", "published_at", "retrieved_at", "amount"),
    *("is_public", "only_one", "supports_current"),
    # What a source says otherwise needs a field of which it says it.
    *("says", "reason"),
    *("agreement_amount_id", "event_id", "sector_id", "mission_area_id", "programme_id"),
}


def readable(model: type[models.Model]) -> list[str]:
    """The fields of a model of which a facet can be made; not those that are made of others, and would tell of them."""
    kinds = models.CharField | models.TextField | models.IntegerField | models.DateField
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, kinds) and not isinstance(field, models.DateTimeField | models.AutoField)
        if not hasattr(field, "read_from")
    ]


def paths(model: type[models.Model], without: str = "") -> list[str]:
    """The lookups from a row to everything in it, and in the records to which it leads."""
    keys = [field for field in model._meta.concrete_fields if field.is_relation and field.name != without]
    further = [f"{field.name}__{name}" for field in keys for name in readable(field.related_model)]
    return [*readable(model), *further]


def facets_over(model: type[models.Model]) -> Iterator[tuple[list[str], Callable[[], QuerySet], str]]:
    """Lookups to values, with the links and the owner that a facet needs for them."""
    for path in paths(model):
        yield [path], None, ""
    for table in TABLES.values():
        for field in table._meta.concrete_fields:
            if field.related_model is model:
                yield paths(table, field.name), table._base_manager.all, field.name


def with_every_facet(listing: type) -> type:
    """A listing with facets over all that belongs to its records, besides its own facets."""
    facets = {
        f"every_{number}": Facet("Every", TextTerms(), *codes, says="with %s", links=links, owner=owner)
        for number, (codes, links, owner) in enumerate(facets_over(listing._meta.model))
    }
    return type(listing.__name__, (listing,), facets)


class World:
    """A directory with something in every table, whose listings have every facet."""

    def __init__(self):
        build_world(3, organizations=14, agreements=16)
        Programme.objects.update(announcement=Event.objects.published().first())
        for agreement in Agreement.objects.published():
            add_amount(agreement, 5, "EUR", slug=f"more-of-{agreement.pk}")
        # Those of laboratories are the same as those of partners, and take as long.
        self.listings = [each if each is LaboratoryListing else with_every_facet(each) for each in LISTINGS]

    def start(self) -> None:
        # What Django makes of a declaration is the same every time, and takes longer than the database.
        self.selects = {each.name: self.prepared(each) for each in self.listings}
        self.before = self.places()

    def prepared(self, listing: type) -> str:
        """A SELECT of the places of all records in a listing; PostgreSQL would plan it longer than it runs."""
        everything = f"SELECT id FROM {listing._meta.model._meta.db_table}"  # noqa: S608
        entries = index.entries_of_listing(listing, connection, listing.members())
        select = entries.replace(index.THOSE, everything)
        if connection.vendor == "sqlite":
            return select
        execute(f"PREPARE places_{listing.name} AS {select}")
        return f"EXECUTE places_{listing.name}"

    def end(self) -> None:
        if connection.vendor == "postgresql":
            execute("DEALLOCATE ALL")

    def places(self) -> set[tuple]:
        """Where every record stands, as the declarations say."""
        found = set()
        with connection.cursor() as cursor:
            for name, select in self.selects.items():
                cursor.execute(select)
                found |= {(name, facet, value, record) for facet, record, value in cursor.fetchall()}
        return found

    def assert_index_follows(self) -> bool:
        """Whether it had anything to follow."""
        index.bring_up_to_date()
        now = self.places()
        assert indexed() == now
        return now != self.before


@pytest.fixture(scope="module")
def world(db):
    world = World()
    with declared(
        (index, "LISTINGS", world.listings),
        (index, "write_words", lambda *_: None),
        (watched, "SEARCHED", world.listings),
    ):
        world.start()
        yield world
        world.end()


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_index_follows_every_column(world, table, column):
    dice, mattered = random.Random(f"{table}.{column}"), False
    with transaction.atomic():
        for _ in range(1 if column in UNREAD else TRIES):
            if not mattered and change(dice, table, column):
                mattered = world.assert_index_follows()
        transaction.set_rollback(True)

    assert mattered or column in UNREAD


@pytest.mark.parametrize("table", TABLES)
def test_index_follows_rows_that_come_and_go(world, table):
    dice, mattered = random.Random(table), False
    with transaction.atomic():
        for _ in range(TRIES):
            if not mattered and (row := take_out(dice, table)):
                mattered = world.assert_index_follows()
                put_back(table, row)
                assert not world.assert_index_follows()
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "links",
    [
        lambda: Organization.objects.filter(pk__in=Organization.objects.order_by("name")[:3]),
        lambda: Organization.objects.filter(
            pk__in=RawSQL("SELECT organization_id FROM partners_citation", ())
        ),
        lambda: Organization.objects.filter(Exists(Event.objects.published())),
    ],
    ids=["a slice", "SQL by hand", "records that nothing ties to it"],
)
def test_facet_that_cannot_be_followed_is_refused(links):
    """Rather than followed in part."""
    facets = {"odd": Facet("Odd", TextTerms(), "name", says="%s", links=links, owner="pk")}
    listing = type("Odd", (PartnerListing,), facets)

    with pytest.raises(Unwatchable):
        dependencies([listing])
