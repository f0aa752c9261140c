"""A record of every kind that curation knows, with a row in every inline, and ways to change it behind a form's back.

All of it follows from what is registered, so that a new kind or inline is tried without being told of.
"""

import datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction

from partners.admin.concurrency.opened import editable
from tests.curation import change_url
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
)

# The journal is only read.
ADMINS = {
    each.model._meta.label_lower: each
    for each in admin.site._registry.values()
    if "change" in each.opts.default_permissions
}
INLINES = [(label, inline) for label, each in ADMINS.items() for inline in each.inlines]
# Texts of every form that a column may ask for.
TEXTS = (
    *("Other", "other", "Yet another", "another-one", "XK", "CA", "CA-ON", "CA-BC", "fr", "de", "EUR", "USD"),
    *(
        "Q95",
        "Q42",
        "https://ror.org/00njsd438",
        "https://example.org/other",
        "other@example.org",
        "7",
        "2001",
    ),
)


@pytest.fixture(name="records")
def one_of_every_kind(admin_client):
    """One record of every kind, by its label, with a value in every field and a row in every inline."""
    area, sector, event = (
        make_mission_area("Area", parent=make_mission_area()),
        make_sector("S"),
        make_event(),
    )
    parent = make_organization("Ministry", type="government")
    organization = make_organization(
        "Café", sectors=[sector], city="Ottawa", country_code="CA", region_code="CA-ON"
    )
    agreement = make_agreement(partners=[organization], mission_areas=[area], announcement=event)
    cited = cite(organization, "name", quote="Café", retrieved_date=datetime.date(2026, 1, 1))
    group = Group.objects.create(name="Reviewers")
    group.permissions.set(Permission.objects.all()[:2])
    user = User.objects.create(username="eve")
    user.groups.set([group])
    programme = make_programme(lead=parent, announcement=event)
    every = (organization, agreement, event, programme, sector, area, cited, cited.source, user, group)
    found = {record._meta.label_lower: record for record in every}
    for label, inline in INLINES:
        if not rows_of(found[label], inline).exists():
            make_row(found[label], inline)
    return found


def inline_id(case):
    return case if isinstance(case, str) else case.model._meta.model_name


def relation(record, inline):
    """The field of a row that leads to its record."""
    return next(
        field.name
        for field in inline.model._meta.fields
        if field.remote_field and field.remote_field.model is type(record)
        if field.name not in inline.autocomplete_fields
    )


def rows_of(record, inline):
    return inline.model._base_manager.filter(**{relation(record, inline): record}).order_by("pk")


def make_row(record, inline):
    row = inline.model(**{relation(record, inline): record})
    for field in row._meta.fields:
        if not (field.blank or field.has_default() or field.primary_key or getattr(row, field.attname)):
            setattr(row, field.attname, next(others(field, row)))
    row.save()
    return row


def others(field, record, offered=None):
    """Values that a field of a record does not have now, and would take; `offered` is the field of its form."""
    now = getattr(record, field.attname)
    of_form = [value for value, _label in getattr(offered, "choices", ())] if not field.remote_field else []
    if field.remote_field:
        values = field.remote_field.model._base_manager.exclude(pk__in=[now, record.pk]).values_list(
            "pk", flat=True
        )
    elif of_form or field.choices:
        values = of_form or [value for value, _label in field.flatchoices]
    elif isinstance(field, models.BooleanField):
        values = [not now]
    elif isinstance(field, models.DateTimeField):
        values = [datetime.datetime(2020, 2, 3, tzinfo=datetime.UTC)]
    elif isinstance(field, models.DateField):
        values = [datetime.date(2027, 2, 3), datetime.date(2020, 2, 3)]
    else:
        values = TEXTS
    for value in values:
        try:
            taken = field.clean(value, record)
        except ValidationError:
            continue
        if taken != now:
            yield taken


def change_elsewhere(record, fields):
    """Changes those values as a file, a command or psql would: no stamp, no entry in the history. Gives what it could."""
    changed = []
    for name, offered in fields.items():
        field = record._meta.get_field(name)
        if field.many_to_many:
            chosen = getattr(record, name)
            chosen.set([] if chosen.exists() else field.remote_field.model._base_manager.all()[:5])
            changed.append(name)
            continue
        for value in others(field, record, offered):
            try:
                with transaction.atomic():
                    type(record)._base_manager.filter(pk=record.pk).update(**{field.attname: value})
            except DatabaseError:
                continue
            setattr(record, field.attname, value)
            changed.append(name)
            break
    return changed


def stored(record):
    """What people wrote of a record, with its sets."""
    fresh = type(record)._base_manager.get(pk=record.pk)
    columns = [
        field.attname for field in fresh._meta.concrete_fields if field.editable and not field.primary_key
    ]
    values = {name: getattr(fresh, name) for name in columns}
    return values | {
        field.name: set(getattr(fresh, field.name).values_list("pk", flat=True))
        for field in fresh._meta.many_to_many
    }


def fields_in(answer):
    return editable(answer.context["adminform"].form)


def without_rule(record):
    """The record as a draft, which may lack its rows."""
    if hasattr(record, "publication_state"):
        type(record)._base_manager.filter(pk=record.pk).update(publication_state="draft")
    return record


def make_free(record):
    """The record, without what keeps it from being deleted."""
    for each in record._meta.related_objects:
        if each.on_delete is models.PROTECT:
            rows = each.related_model._base_manager.filter(**{each.field.name: record})
            if each.field.null:
                rows.update(**{each.field.name: None})
            else:
                rows.delete()
    return without_rule(record)


def prefix_of(page, inline):
    return next(
        each.formset.prefix
        for each in page.context["inline_admin_formsets"]
        if each.formset.model is inline.model
    )


def row_fields(client, record, inline):
    page = client.get(change_url(record))
    formset = next(
        each.formset for each in page.context["inline_admin_formsets"] if each.formset.model is inline.model
    )
    return editable(formset.forms[0])


def typed_in(row, fields):
    """A field of a row and another value for it."""
    for name, offered in fields.items():
        field = row._meta.get_field(name)
        if not field.remote_field:
            return name, next(others(field, row, offered))
    raise AssertionError(f"no field of {row} can be typed in")
