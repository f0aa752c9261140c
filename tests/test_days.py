"""Days are read in one way only, wherever people type them."""

import datetime

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from partners.admin.fields import DayField
from partners.days import read_day
from partners.models import Agreement
from tests.curation import change_form, errors, list_url
from tests.records import make_agreement, make_event

TENTH = datetime.date(2025, 12, 10)
ENGLISH = "January February March April May June July August September October November December".split()  # noqa: SIM905
DUTCH = "januari februari maart april mei juni juli augustus september oktober november december".split()  # noqa: SIM905


@pytest.mark.parametrize(
    "text",
    [
        *("2025-12-10", "10 December 2025", "December 10, 2025", "10 Dec 2025", "10 december 2025"),
        *("10 dec. 2025", "Dec. 10, 2025", "DECEMBER 10 2025", "10-Dec-2025", "10th December 2025"),
        *(
            "December 10th, 2025",
            "2025 December 10",
            "10 DEC 2025",
            " 10  December, 2025 ",
            "2025\u201112\u201110",
            "2025\u201312\u201310",
            "10\u2013Dec\u20132025",
        ),
    ],
)
def test_day_with_its_month_as_a_word_is_read(text):
    assert read_day(text) == TENTH


@pytest.mark.parametrize(
    "text",
    [
        *("12/10/2025", "10/12/2025", "12-10-2025", "10.12.2025", "12 10 2025", "25/12/2025", "2025/12/10"),
        *(
            "12/10/25",
            "10 December 25",
            "2025-13-10",
            "2025-02-30",
            "31 April 2025",
            "20251210",
            "2025-W50-3",
        ),
        *("2025-12", "2025", "December 2025", "10 Ma 2025", "10 Decembre 2025", "yesterday", "10 jx 2025"),
        *("2025-1-5", "１０ December 2025", "0 May 2025", "10 May 0000", "2025-12-10T00:00"),
    ],
)
def test_what_could_be_two_days_or_is_none_is_refused(text):
    with pytest.raises(ValueError):
        read_day(text)


@given(st.dates(), st.sampled_from([ENGLISH, DUTCH]), st.integers(3, 9))
def test_every_day_is_read_however_its_month_is_written(day, names, letters):
    name = names[day.month - 1]
    for month in (name, name[:letters], name[:letters].upper(), f"{name[:3]}."):
        for text in (f"{day.day} {month} {day.year:04}", f"{month} {day.day}, {day.year:04}"):
            assert read_day(text) == day
    assert read_day(day.isoformat()) == day


def forms_of(request):
    for model_admin in admin.site._registry.values():
        yield model_admin.model, model_admin.get_form(request, None)
        for inline in model_admin.get_inline_instances(request):
            yield inline.model, inline.get_formset(request).form


@pytest.mark.django_db
def test_every_form_of_curation_refuses_to_guess_a_day(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    days = [
        (model, name, form.base_fields[name])
        for model, form in forms_of(request)
        for name in form.base_fields
        if name in {each.name for each in model._meta.fields}
        and type(model._meta.get_field(name)) is models.DateField
    ]
    assert len(days) > 5

    for model, name, field in days:
        assert isinstance(field, DayField), (model, name)
        assert field.clean("10 december 2025") == TENTH
        with pytest.raises(ValidationError, match="Write it as 2025-12-10, or with the month as a word"):
            field.clean("12/10/2025")


@pytest.mark.django_db
def test_refused_day_is_told_beside_its_field_and_stays_as_typed(admin_client):
    form = change_form(admin_client, make_agreement())

    refused = form.send(signed_date="12/10/2025", announced_date="10 dec 2025")

    assert errors(refused).keys() == {"signed_date"}
    assert "“12/10/2025” is not a day" in errors(refused)["signed_date"][0]
    again = form.returned(refused)
    assert (again["signed_date"], again["announced_date"]) == ("12/10/2025", "10 dec 2025")
    assert again.send(signed_date="").status_code == 302
    assert Agreement.objects.get().announced_date == TENTH


@pytest.mark.django_db
def test_form_shows_days_in_the_order_in_which_it_reads_them(admin_client):
    form = change_form(admin_client, make_event(date=TENTH))

    page = admin_client.get(form.url).content.decode()

    assert 'value="2025-12-10"' in page
    assert form.send().status_code == 302


@pytest.mark.django_db
def test_lists_guess_no_day_either(admin_client, client):
    make_agreement(announced_date=TENTH)
    make_agreement(announced_date=datetime.date(2025, 12, 11))

    narrowed = admin_client.get(list_url("agreement", "announced_date__gte=12/10/2025"))
    guessed = client.get("/agreements/?announced_after=12/10/2025").content.decode()
    files = [
        client.get("/agreements.json", {"announced_before": text}).json()["count"]
        for text in ("2025-12-10", "10 December 2025", "december 10, 2025")
    ]

    assert narrowed.url.endswith("?e=1")
    assert "“12/10/2025” is not a day" in guessed
    assert files == [1, 1, 1]
