"""Rows by the keys of their records: what they hold is what any other reading of the same records gives."""

import datetime

import pytest
from django.utils import translation

from partners.models import Organization
from partners.nouns import listed
from partners.tables.by_keys import read_by_keys
from partners.tables.columns import read_records
from tests.database import queries_of
from tests.records import (
    add_amount,
    cite,
    make_agreement,
    make_event,
    make_organization,
    make_partner,
    make_programme,
)


@pytest.fixture(autouse=True)
def world(db):
    lead = make_organization("Agency", type="government")
    event = make_event("Great announcement", date=datetime.date(2026, 3, 2))
    make_programme(lead=lead, announcement=event)
    alpha = make_partner("Alpha; Ähm", city="Delft", established=1999)
    site = make_organization("Site", type="facility", parent=lead)
    agreement = make_agreement("First", partners=[alpha], laboratories=[site], announcement=event)
    add_amount(agreement)
    cite(alpha, "city")
    make_partner("Beta", summary_nl="In het Nederlands")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_rows_by_keys_hold_what_other_readings_give(language):
    """Of every column: days and sums too, which SQLite has as texts."""
    with translation.override(language):
        for noun in listed():
            columns, everything = noun.table.public_columns, noun.listing.everything
            records = everything().order_by("pk")
            found = read_by_keys(everything, columns, [record.pk for record in records])

            rows = [found[record.pk] for record in records]
            assert rows == read_records(records, columns)
            assert [list(map(type, row.values())) for row in rows] == [
                list(map(type, row.values())) for row in read_records(records, columns)
            ]
            assert rows


def test_a_hidden_record_is_not_among_them():
    alpha, beta = Organization.objects.filter(slug__in=["alpha-ahm", "beta"]).order_by("slug")
    Organization.objects.filter(pk=beta.pk).update(publication_state="withheld")
    (noun,) = [noun for noun in listed() if noun.name == "partner"]

    assert list(read_by_keys(noun.listing.everything, noun.columns, [beta.pk, alpha.pk, 10**9])) == [alpha.pk]


def test_they_cost_one_query():
    (noun,) = [noun for noun in listed() if noun.name == "agreement"]
    keys = list(noun.listing.everything().values_list("pk", flat=True))

    assert queries_of(read_by_keys, noun.listing.everything, noun.columns, keys) == 1
    assert queries_of(read_by_keys, noun.listing.everything, noun.columns, []) == 0
