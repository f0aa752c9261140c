"""The data version advances with every committed change of directory data, whatever made it."""

import pytest
from django.core.management import call_command
from django.db import transaction

from partners import triggers
from partners.models import AgreementParty, DataVersion, LoadedRow, Organization, Sector
from partners.models.belonging import models_with_data
from tests.database import execute
from tests.records import (
    add_amount,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
)

pytestmark = pytest.mark.django_db


CHANGES = {
    "save": lambda: Organization.objects.get(slug="alpha").save(),
    "create": lambda: make_sector("New"),
    "update": lambda: Organization.objects.update(city="Delft"),
    "bulk_create": lambda: Sector.objects.bulk_create(
        [Sector(slug="x", name_en="X"), Sector(slug="y", name_en="Y")]
    ),
    "bulk_update": lambda: Organization.objects.bulk_update(Organization.objects.all(), ["city"]),
    "delete": lambda: AgreementParty.objects.all().delete(),
    "many-to-many": lambda: Organization.objects.get(slug="alpha").sectors.add(make_sector("Another")),
    "raw update": lambda: execute("UPDATE partners_organization SET city = 'Delft'"),
    "raw delete": lambda: execute("DELETE FROM partners_citation"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_version_advances_with_every_way_to_write(change):
    make_agreement("One", partners=[make_organization("Alpha")])
    before = DataVersion.current()

    change()

    assert DataVersion.current() > before


@pytest.mark.parametrize("table", [model._meta.db_table for model in models_with_data()])
def test_version_advances_with_a_change_in_every_table(table):
    make_programme()
    alpha = make_organization("Alpha", names=["A"], sectors=[make_sector()])
    areas = [make_mission_area()]
    event = make_event()
    event.organizations.add(alpha)
    add_amount(make_agreement("One", partners=[alpha], mission_areas=areas, announcement=event))
    before = DataVersion.current()

    execute(f"UPDATE {table} SET id = id")  # noqa: S608 (the name comes from our own models)

    assert DataVersion.current() > before


def test_reading_and_bookkeeping_leave_the_version_alone():
    make_organization("Alpha")
    before = DataVersion.current()

    list(Organization.objects.published())
    LoadedRow.objects.create(table="t", key="k", digest="d")

    assert DataVersion.current() == before


def test_change_that_is_rolled_back_leaves_the_version_alone():
    make_organization("Alpha")
    before = DataVersion.current()

    with pytest.raises(RuntimeError), transaction.atomic():
        make_organization("Beta")
        raise RuntimeError

    assert DataVersion.current() == before


def test_version_never_comes_back_after_the_table_was_emptied():
    make_organization("Alpha")
    before = DataVersion.current()
    DataVersion.objects.all().delete()

    make_organization("Beta")

    assert DataVersion.current() >= before


def test_triggers_can_be_put_in_place_again():
    triggers.install()
    call_command("migrate", verbosity=0)
    before = DataVersion.current()

    make_organization("Alpha")

    assert DataVersion.current() > before
