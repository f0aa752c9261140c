"""Codes, years and days that nobody can mean are refused in every way in, and the shipped data on any day."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from partners.exchange.package import SHIPPED
from partners.exchange.package.cells import check_of
from partners.exchange.package.layout import SHEET_OF, SHEETS
from partners.models import Agreement, Citation, Event, Organization, OrganizationName, Source
from partners.models.validators import SHIPPED_ON, today
from partners.places import country_name
from tests.packages import read_table


def in_years(years: int) -> str:
    return (today() + datetime.timedelta(366 * years + 1)).isoformat()


CASES = [
    (Organization, "organizations", "country_code", "ZZ", "is the code of no country", "US"),
    (Organization, "organizations", "country_code", "EU", "ISO 3166-1 lists", "XK"),
    (Organization, "organizations", "region_code", "US-ZZ", "is the code of no region", "US-PR"),
    (
        Organization,
        "organizations",
        "established",
        "2099",
        "is a year that has not come yet",
        str(today().year),
    ),
    (OrganizationName, "organization_names", "language", "zz", "is the code of no language", "nl"),
    (Source, "sources", "language", "xx", "is the code of no language", "ja"),
    (Source, "sources", "published_date", in_years(1), "is a day too far ahead", today().isoformat()),
    (Source, "sources", "published_date", "0205-12-18", "is a day too long ago", "1862-07-02"),
    (Citation, "citations", "retrieved_date", in_years(0), "is a day too far ahead", today().isoformat()),
    (Agreement, "agreements", "announced_date", "2099-01-01", "is a day too far ahead", in_years(0)),
    (Agreement, "agreements", "signed_date", "2099-01-01", "is a day too far ahead", "2025-12-18"),
    (Agreement, "agreements", "effective_date", "2099-01-01", "is a day too far ahead", in_years(5)),
    (Agreement, "agreements", "expiration_date", "2999-01-01", "is a day too far ahead", in_years(50)),
    (Event, "events", "date", "2099-01-01", "is a day too far ahead", in_years(3)),
]


@pytest.mark.parametrize(("model", "table", "name", "wrong", "says", "right"), CASES)
def test_what_makes_no_sense_is_refused_by_record_and_package(model, table, name, wrong, says, right):
    field, check = model._meta.get_field(name), check_of(SHEET_OF[table], SHEET_OF[table].table.column(name))

    with pytest.raises(ValidationError) as error:
        field.clean(wrong, None)
    assert says in str(error.value) and "Allowed: " in str(error.value)
    assert says in check(wrong) and "; allowed: " in check(wrong)
    field.clean(right, None)
    assert check(right) is None


def test_every_day_of_a_record_is_looked_at():
    for sheet in SHEETS:
        for column in sheet.columns:
            if column.datatype == "date":
                assert sheet.fields[column.name].validators, column.name


def test_shipped_data_make_sense_even_to_a_clock_that_is_wrong(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: datetime.date(1970, 1, 1))
    assert today() == SHIPPED_ON
    for sheet in SHEETS:
        checks = [(column.name, check_of(sheet, column)) for column in sheet.columns]
        for row in read_table(SHIPPED, sheet.name):
            assert [name for name, check in checks if name in row and row[name] and check(row[name])] == []


def test_kosovo_has_a_name():
    assert country_name("XK") == "Kosovo"
