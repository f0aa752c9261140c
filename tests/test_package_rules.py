"""A package obeys every rule that the writer of rows asks for of all other ways in (`check_records`), but one.

A published agreement may have hidden partners alone: whoever withholds the last one brings that about, and what
`dump_dataset` writes is loaded (`test_package_of_every_state`).
"""

import datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from partners.changes.rules import broken_rules, check_records
from partners.exchange.package.cells import check_of
from partners.exchange.package.layout import SHEETS
from partners.exchange.package.loading import package_read
from partners.exchange.package.problems import PackageError
from partners.exchange.package.progress import silent
from partners.models import Agreement, AgreementAmount, Citation, MissionArea, Organization, Publishable
from partners.models.base import Nested, Readable
from partners.models.belonging import is_record, models_with_data
from partners.tables.addresses import FORMER_ADDRESSES
from tests.packages import (
    dump_dataset,
    generate_filled,
    load_dataset,
    number_of,
    read_table,
    spoil,
    write_table,
)
from tests.records import make_organization

PUBLISHABLE = [model for model in models_with_data() if issubclass(model, Publishable)]
SHEET_NAMES = {sheet.model: sheet.name for sheet in SHEETS}
CELLS = [
    (sheet, column)
    for sheet in SHEETS
    for column in sheet.columns
    if sheet.table is not FORMER_ADDRESSES and not column.references
]
# What some rule of some column is against.
SUSPECTS = (
    *("", " ", "none", "ZZ", "zz", "US-ZZ", "x y", "a\nb", "a\tb", "\u202eabc", "a\x07b", "\u200b", "\ufffd"),
    *("-1", "0", "1.5", "1.555", "01", "1e3", "999", "2099", "99999", "999999999999999999", "1,000"),
    *("0205-12-18", "2999-01-01", "2025-02-30", "18/12/2025", (datetime.date.max).isoformat()),
    *(
        "javascript:alert(1)",
        "ftp://example.org",
        "http://",
        "example.org",
        "https://exa mple.org",
        "Q0",
        "q1",
    ),
    *(
        "published",
        "company",
        "en",
        "x" * 101,
        "x" * 501,
        "x" * 5001,
        "x" * 20_001,
        "https://e.org/" + "x" * 500,
    ),
)


def refusal_by_record(sheet, column, text: str) -> ValidationError | None:
    """What `check_records` has against a value of a field: it asks the record for its fields."""
    field = sheet.fields[column.name]
    record = sheet.model()
    others = {each.name for each in sheet.model._meta.fields if each is not field}
    try:
        setattr(record, field.attname, field.to_python(text) if text or not field.null else None)
        record.clean_fields(exclude=others)
    except ValidationError as error:
        return error
    return None


@given(st.sampled_from(CELLS), st.text(max_size=8))
def test_text_that_a_record_refuses_is_refused_in_a_cell(cell, text):
    sheet, column = cell
    assert_refused_too(sheet, column, text)


@pytest.mark.parametrize(("sheet", "column"), CELLS, ids=lambda each: each.name)
def test_a_value_that_a_record_refuses_is_refused_in_a_cell(sheet, column):
    for text in SUSPECTS:
        assert_refused_too(sheet, column, text)


def assert_refused_too(sheet, column, text: str) -> None:
    """Of a text as it is kept: white space around it, or what cannot be seen, is taken off before."""
    place = sheet.names.index(column.name)
    kept = sheet.tidy([text if number == place else "" for number in range(len(sheet.names))])[place]
    told = check_of(sheet, column)(kept)
    error = None if column.many else refusal_by_record(sheet, column, kept)
    assert told or not error, (sheet.name, column.name, text, error)


def test_every_field_that_a_record_looks_at_is_a_column():
    """What is none follows from others, or is a stamp."""
    for sheet in SHEETS:
        if sheet.model not in models_with_data():
            continue
        columns = set(sheet.fields.values())
        left = [each for each in sheet.model._meta.concrete_fields if each.editable and each not in columns]
        assert [each for each in left if not each.primary_key] == [], sheet.name


# Rules about more than a field ----------------------------------------------------------------------------------------


def own_methods(names) -> set[str]:
    """The methods of these names by which models add rules to those of Django."""
    classes = {
        each
        for model in models_with_data()
        for each in model.__mro__
        if each.__module__.startswith("partners.")
    }
    return {f"{each.__name__}.{name}" for each in classes for name in names if name in vars(each)}


def lacks(relation: str):
    """A published record to which nothing belongs of what it needs."""

    def break_it(model):
        published = model._base_manager.filter(publication_state="published").order_by("pk").first()
        getattr(published, relation).all().delete()
        return published

    return break_it


def leads_in_a_circle(model):
    first, second = model._base_manager.order_by("pk")[:2]
    model._base_manager.filter(pk=first.pk).update(parent=second)
    model._base_manager.filter(pk=second.pk).update(parent=first)
    return first


BROKEN = [
    *((model, "citations", lacks("citations")) for model in PUBLISHABLE),
    (Agreement, "parties", lacks("parties")),
    (Organization, "parent", leads_in_a_circle),
    (MissionArea, "parent", leads_in_a_circle),
]
NEEDED = [(model, name) for model in PUBLISHABLE for name in model.needed_to_publish]


@pytest.fixture
def sound(tmp_path):
    """A package in which a record of every kind is published."""
    folder = generate_filled(tmp_path / "sound")
    spoil(folder, "events", publication_state="published")
    cited = [{"source": "source-000000", "event": read_table(folder, "events")[0]["event"]}]
    write_table(folder, "citations", read_table(folder, "citations") + cited)
    return folder


def is_refused(folder, model) -> bool:
    """Whether a package is refused, and for a row of the table of a model."""
    with pytest.raises(PackageError) as told, package_read(folder, silent):
        pass
    return f"{SHEET_NAMES[model]}.csv:" in str(told.value)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "name", "break_it"), BROKEN)
def test_a_directory_in_which_a_record_breaks_a_rule_is_refused_as_a_package(
    sound, tmp_path, model, name, break_it
):
    load_dataset(sound)
    record = break_it(model)
    dump_dataset(tmp_path / "dump")

    with pytest.raises(ValidationError):
        check_records([(model._meta.model_name, record.pk)])
    assert [each.column for each in broken_rules([(model._meta.model_name, record.pk)])] == [name]
    assert is_refused(tmp_path / "dump", model)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "name"), NEEDED)
def test_a_published_row_without_what_it_needs_is_refused(sound, model, name):
    """The database itself lets no record lack it."""
    published = number_of(sound, SHEET_NAMES[model], publication_state="published")
    spoil(sound, SHEET_NAMES[model], published, **{name: ""})

    assert is_refused(sound, model)


def test_every_rule_of_a_record_is_tried():
    """A new one needs its case above. Rows are asked by forms, and by rules of the package (`test_package_errors`)."""
    rules = own_methods(
        ["full_clean", "clean", "clean_fields", "missing_for_publication", "validate_constraints"]
    )
    assert rules == {
        f"{Readable.__name__}.clean_fields",
        f"{Nested.__name__}.clean",
        f"{Publishable.__name__}.missing_for_publication",
        f"{Agreement.__name__}.missing_for_publication",
        *(f"{row.__name__}.clean" for row in (AgreementAmount, Citation)),
    }
    assert not any(is_record(row) for row in (AgreementAmount, Citation))
    assert all(
        set(model.needed_for_publication()) == {*model.needed_to_publish, "citations"}
        for model in PUBLISHABLE
    )
    nested = {model for model in models_with_data() if issubclass(model, Nested)}
    assert nested == {model for model, name, _break in BROKEN if name == "parent"}


@pytest.mark.django_db
def test_a_rule_about_columns_that_do_not_change_is_not_asked():
    """What SQL has brought about before stands in the way of nothing else."""
    make_organization("Alpha")
    make_organization("Beta")
    record = leads_in_a_circle(Organization)
    key = ("organization", record.pk)

    check_records([key], {key: {"city"}})
    for columns in ({"city", "parent"}, None):
        with pytest.raises(ValidationError, match="circle"):
            check_records([key], {key: columns} if columns else None)
