"""The database notes when each public value of a public record last changed, whoever writes it."""

import datetime

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from partners import triggers
from partners.models import (
    Agreement,
    AgreementAmount,
    AgreementParty,
    Citation,
    DataVersion,
    Event,
    MissionArea,
    Organization,
    OrganizationName,
    PublicChange,
    Source,
)
from partners.tables.columns import Table
from partners.tables.sources import TARGET_TABLES
from partners.triggers import public_changes
from partners.vocabularies import PartyRole
from tests.database import execute
from tests.past import forget_changes, from_here_on, note
from tests.records import (
    add_amount,
    add_party,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db

LONG_AGO = datetime.datetime(2026, 1, 15, 9, tzinfo=datetime.UTC)
PUBLISHABLE = (Organization, Agreement, Event)


# The kinds of records that readers see as soon as there is one, or as soon as something public names it.
WITHOUT_STATE = {
    table.model._meta.model_name: table.model
    for table in public_changes.WATCHED
    if table.model not in PUBLISHABLE
}


def grow_old() -> None:
    """Make every record one that was there long ago, and forget all changes."""
    for model in PUBLISHABLE:
        model.objects.update(created_at=LONG_AGO)
    forget_changes()


def noted() -> set[tuple[str, str, str]]:
    """The fields that were noted: model, slug of the record, field."""
    models = {table.model._meta.model_name: table.model for table in public_changes.WATCHED}
    return {
        (model, models[model].objects.get(pk=record).slug, field)
        for model, record, field in PublicChange.objects.values_list("model", "record_id", "field")
    }


@pytest.fixture
def directory():
    """Public records that are all old."""
    partner = make_organization("Alpha", sectors=[make_sector("Cloud")], names=["A"])
    site = make_organization("Site", type="facility")
    event = make_event("Launch")
    agreement = make_agreement(
        "One",
        partners=[partner],
        laboratories=[site],
        announcement=event,
        mission_areas=[make_mission_area("Fusion")],
    )
    add_amount(agreement)
    cite(partner, source=make_source("Paper"))
    grow_old()
    return agreement


def alpha() -> Organization:
    return Organization.objects.get(slug="alpha")


# Fields of a record

WAYS_TO_WRITE = {
    "save": lambda: save(alpha(), city="Delft"),
    "update": lambda: Organization.objects.filter(slug="alpha").update(city="Delft"),
    "bulk_update": lambda: Organization.objects.bulk_update([changed(alpha(), city="Delft")], ["city"]),
    "raw": lambda: execute("UPDATE partners_organization SET city = 'Delft' WHERE slug = 'alpha'"),
}


def changed(record, **values):
    for name, value in values.items():
        setattr(record, name, value)
    return record


def save(record, **values):
    changed(record, **values).save()


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
def test_every_way_to_write_is_noted(directory, write):
    write()

    assert noted() == {("organization", "alpha", "city")}


def stored_columns() -> list[tuple[Table, str]]:
    return [
        (table, name) for table in public_changes.WATCHED for name in public_changes.own_fields(table, "r")
    ]


MAKES = {Organization: make_organization, Event: make_event, MissionArea: make_mission_area}


def other_value(record, name: str):
    """A value of a field that it does not have, and that the rules allow."""
    field = record._meta.get_field(name)
    if field.is_relation:
        return MAKES[field.related_model]("Another")
    if field.choices:
        return next(value for value, _label in field.choices if value and value != getattr(record, name))
    if field.get_internal_type() == "DateField":
        return datetime.date(2027, 3, 4)
    if field.get_internal_type() == "PositiveSmallIntegerField":
        return 1999
    return {"region_code": "US-CA", "country_code": "US"}.get(name, "xx")


@pytest.mark.parametrize(("table", "name"), stored_columns(), ids=lambda value: getattr(value, "name", value))
def test_every_stored_column_is_watched(directory, table, name):
    # One programme is enough, and most tests need none.
    record = table.model.objects.order_by("slug").first() or make_programme()
    if name == "region_code":
        type(record).objects.filter(pk=record.pk).update(country_code="US")
    value = other_value(record, name)
    grow_old()

    type(record).objects.filter(pk=record.pk).update(**{name: value})

    own = {each for each in noted() if each[0] == record._meta.model_name}
    assert own == {(record._meta.model_name, record.slug, name)}


def test_the_watched_columns_are_the_public_ones():
    """Keys, notes of curators and what follows from other columns are not among them."""
    for table in public_changes.WATCHED:
        sets = [
            name for each in public_changes.all_sets() if each.record is table.model for name in each.columns
        ]
        told = [*public_changes.own_fields(table, "r"), *sets]
        columns = [column.name for column in table.public_columns]

        assert len(told) == len(set(told))
        assert set(told) <= set(columns) - set(table.key)
        assert not [name for name in set(columns) - set(told) - set(table.key) if table.column(name).stored]


def test_the_sets_of_a_record_are_watched():
    found = {(each.name, name) for each in public_changes.all_sets() for name in each.columns}

    assert found == {
        *(("organization", name) for name in ("other_names", "sectors", "agreements", "sources")),
        *(("agreement", name) for name in ("partners", "agencies", "laboratories")),
        *(("agreement", name) for name in ("mission_areas", "sources", "amounts")),
        *(("event", name) for name in ("organizations", "agreements", "sources")),
        *((name, "disputed") for name in ("organization", "agreement", "event")),
        *(("source", table.name) for table in TARGET_TABLES.values()),
    }


def test_saving_the_same_again_notes_nothing(directory):
    for table in public_changes.WATCHED:
        for record in table.model.objects.all():
            record.save()

    assert noted() == set()


def test_a_note_of_a_curator_is_nobody_elses_business(directory):
    Organization.objects.update(curator_note="to do")
    Citation.objects.update(curator_note="to do")
    Source.objects.update(curator_note="to do")

    assert noted() == set()


def test_what_is_not_public_is_not_watched(directory):
    draft = make_organization("Draft", publication_state="draft")
    orphan = make_agreement("Orphan", partners=[draft])
    hidden = make_sector("Hidden")
    grow_old()
    for record in (draft, orphan):
        record.refresh_from_db()

    save(draft, city="Delft")
    save(orphan, title_en="Orphans")
    draft.sectors.add(hidden)
    cite(draft, source=Source.objects.get(slug="paper"))
    add_party(Agreement.objects.get(slug="one"), draft)
    AgreementParty.objects.filter(organization=draft).delete()

    assert noted() == set()


def test_a_parent_that_nobody_may_see_is_no_change(directory):
    hidden = make_organization("Hidden", publication_state="draft")
    shown = make_organization("Shown")
    grow_old()

    save(alpha(), parent=hidden)
    assert noted() == set()

    save(alpha(), parent=shown)
    assert noted() == {("organization", "alpha", "parent")}


# Sets of a record

PAPER = ("source", "paper", "organizations")
CHANGES_OF_SETS = {
    "sector": (
        lambda: alpha().sectors.add(make_sector("Chips")),
        # A sector has no state: it is there for readers as soon as it is made.
        {("organization", "alpha", "sectors"), ("sector", "chips", "")},
    ),
    "sector away": (lambda: alpha().sectors.clear(), {("organization", "alpha", "sectors")}),
    "name": (
        lambda: OrganizationName.objects.create(organization=alpha(), value="B"),
        {("organization", "alpha", "other_names")},
    ),
    "name changed": (
        lambda: OrganizationName.objects.update(value="B"),
        {("organization", "alpha", "other_names")},
    ),
    "mission area": (
        lambda: Agreement.objects.get().mission_areas.clear(),
        {("agreement", "one", "mission_areas")},
    ),
    "citation": (
        lambda: cite(alpha(), "city", source=Source.objects.get(slug="paper")),
        {("organization", "alpha", "sources"), PAPER},
    ),
    "quote": (
        lambda: Citation.objects.filter(source__slug="paper").update(quote="it says"),
        {("organization", "alpha", "sources"), PAPER},
    ),
    "citation away": (
        lambda: Citation.objects.filter(source__slug="paper").delete(),
        {("organization", "alpha", "sources"), PAPER},
    ),
    "party": (
        lambda: add_party(Agreement.objects.get(), Organization.objects.get(slug="site"), PartyRole.PARTNER),
        {("agreement", "one", "partners"), ("organization", "site", "agreements")},
    ),
    "party away": (
        lambda: AgreementParty.objects.filter(role="laboratory").delete(),
        {("agreement", "one", "laboratories"), ("organization", "site", "agreements")},
    ),
    "role": (
        lambda: AgreementParty.objects.filter(role="laboratory").update(role="agency"),
        {
            ("agreement", "one", "laboratories"),
            ("agreement", "one", "agencies"),
            ("organization", "site", "agreements"),
        },
    ),
    "amount": (lambda: add_amount(Agreement.objects.get()), {("agreement", "one", "amounts")}),
    "amount changed": (lambda: AgreementAmount.objects.update(amount=7), {("agreement", "one", "amounts")}),
    "amount of another kind": (
        lambda: AgreementAmount.objects.update(kind="award"),
        {("agreement", "one", "amounts")},
    ),
    "amount away": (lambda: AgreementAmount.objects.all().delete(), {("agreement", "one", "amounts")}),
    "announcement": (
        lambda: Agreement.objects.update(announcement=None),
        {("agreement", "one", "announcement"), ("event", "launch", "agreements")},
    ),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES_OF_SETS.values(), ids=CHANGES_OF_SETS)
def test_changes_of_sets_are_noted(directory, change, expected):
    change()

    assert noted() == expected


def test_a_row_that_moves_changes_both_records(directory):
    save(OrganizationName.objects.get(), organization=Organization.objects.get(slug="site"))

    assert noted() == {("organization", "alpha", "other_names"), ("organization", "site", "other_names")}


def test_a_withheld_partner_leaves_its_agreements_too(directory):
    add_party(directory, make_organization("Beta"))
    grow_old()

    Organization.objects.get(slug="beta").withhold()

    assert ("agreement", "one", "partners") in noted()
    assert ("agreement", "one", "") not in noted()


# Records that come, come back, and go


def test_a_new_record_has_no_changes(directory):
    beta = make_organization("Beta", sectors=[make_sector("Chips")], names=["B"])
    make_agreement("Two", partners=[beta], mission_areas=[make_mission_area("Fission")])

    assert {each for each in noted() if each[0] not in WITHOUT_STATE} == set()


def test_loading_the_shipped_data_notes_nothing_but_what_has_no_state():
    call_command("load_dataset", verbosity=0)

    assert {(model, field) for model, _slug, field in noted()} == {(name, "") for name in WITHOUT_STATE}
    assert len(noted()) == sum(model.objects.count() for model in WITHOUT_STATE.values())


def test_a_record_that_comes_back_is_noted(directory):
    alpha().withhold()
    forget_changes()

    alpha().publish()

    assert noted() == {
        ("organization", "alpha", ""),
        ("organization", "alpha", "agreements"),
        ("organization", "site", "agreements"),
        # Its parties come back in the same moment.
        *(("agreement", "one", name) for name in ("", "partners", "laboratories")),
        ("event", "launch", "agreements"),
        *(("source", slug, "organizations") for slug in cited_by(organization=alpha())),
        *(("source", slug, "agreements") for slug in cited_by(agreement=directory)),
    }


def cited_by(**record) -> set[str]:
    return set(Citation.objects.filter(**record).values_list("source__slug", flat=True))


# The notes themselves


def test_there_is_one_note_for_each_field_and_revision(directory):
    for city in ("Delft", "Leiden"):
        from_here_on()
        save(alpha(), city=city)
        save(alpha(), city=city + " aan Zee")

    notes = PublicChange.objects.order_by("revision_id")
    assert [note.field for note in notes] == ["city", "city"]
    assert notes[0].revision.number + 1 == notes[1].revision.number
    assert all(abs(note.revision.at - timezone.now()) < datetime.timedelta(minutes=5) for note in notes)


def test_a_change_that_is_rolled_back_is_none(directory):
    with pytest.raises(RuntimeError), transaction.atomic():
        save(alpha(), city="Delft")
        raise RuntimeError

    assert noted() == set()


def test_noting_does_not_advance_the_data_version(directory):
    before = DataVersion.current()

    note(alpha(), "city", LONG_AGO)

    assert DataVersion.current() == before


def test_triggers_can_be_put_in_place_again(directory):
    triggers.install()
    save(alpha(), city="Delft")

    assert {each for each in noted() if each[2]} == {("organization", "alpha", "city")}
