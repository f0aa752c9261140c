"""Statements that are composed once: their answers are those of the querysets they are made from."""

import datetime

import pytest
from django.utils import translation

from partners.changes.past import past
from partners.composed import ComposedStatement, ask_for_records, ask_for_rows, ask_how_many, ask_of_keys
from partners.models import Event, Organization, Revision
from tests.records import make_event, make_organization


def dates_of(keys, order="slug"):
    return Event.objects.filter(pk__among=keys).order_by(order).values_list("slug", "date", "title_en")


def cities_of(slugs):
    return Organization.objects.filter(slug__among=slugs).order_by("slug").values_list("slug", "city")


def test_an_answer_is_that_of_the_queryset(db):
    """Days too, which SQLite has as texts."""
    events = [make_event(f"Event {day}", date=datetime.date(2026, 3, day)) for day in (3, 1, 2)]
    keys = [event.pk for event in events[:2]]

    for order in ("slug", "-slug", "date"):
        for _time in range(2):
            assert [*map(tuple, ask_of_keys(dates_of, keys, order))] == list(dates_of(keys, order))


def test_it_is_composed_once_for_what_it_is_about_in_each_language(db):
    event = make_event("Event", date=datetime.date(2026, 3, 1))
    composed = []

    def asked(keys, order):
        composed.append(order)
        return dates_of(keys, order)

    for language in ("en", "nl", "en"):
        with translation.override(language):
            for order in ("slug", "date", "slug"):
                assert len(ask_of_keys(asked, [event.pk], order)) == 1
                assert ask_of_keys(asked, [event.pk + 1], order) == []
    assert composed == ["slug", "date", "slug", "date"]


@pytest.mark.parametrize("slug", ["-1", "it's", 'a"b', "a,b", "{a}", "a\\b", "%s", "Ähm", ""])
def test_keys_are_texts_as_they_are(db, slug):
    organization = make_organization("Alpha", city="Delft")
    Organization.objects.filter(pk=organization.pk).update(slug=slug)

    assert [*map(tuple, ask_of_keys(cities_of, [slug]))] == [(slug, "Delft")]
    assert ask_of_keys(cities_of, ["alpha"]) == []


def test_without_keys_nothing_is_asked(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ask_of_keys(cities_of, []) == []


def test_keys_stand_in_a_statement_once(db):
    twice = Organization.objects.filter(pk__among=[-1], parent__pk__among=[-1]).values_list("slug")
    for asked in (twice, Organization.objects.values_list("slug")):
        with pytest.raises(ValueError, match="just once"):
            ComposedStatement(asked, [-1])


def test_a_past_is_asked_for_itself(transactional_db):
    organization = make_organization("Alpha", city="Delft")
    then = Revision.objects.latest("number").number
    Organization.objects.filter(pk=organization.pk).update(city="Oslo")

    def found():
        return [tuple(row) for row in ask_of_keys(cities_of, ["alpha"])]

    assert found() == [("alpha", "Oslo")]
    with past(then):
        assert found() == [("alpha", "Delft")]
    assert found() == [("alpha", "Oslo")]


def in_city(city):
    return Organization.objects.filter(city=city).order_by("name")


def slugs_in(city, most):
    return in_city(city).values_list("slug", "city")[:most]


def test_what_brings_no_keys_is_answered_as_it_stands_now(db):
    for name in ("Beta", "Alpha", "Gamma"):
        make_organization(name, city="100% 'Delft'")

    for most in (2, 3, 2):
        assert [*map(tuple, ask_for_rows(slugs_in, "100% 'Delft'", most))] == list(
            slugs_in("100% 'Delft'", most)
        )
    assert (ask_how_many(in_city, "100% 'Delft'"), ask_how_many(in_city, "Oslo")) == (3, 0)
    make_organization("Delta", city="Oslo")
    assert ask_how_many(in_city, "Oslo") == 1


def test_records_come_with_those_they_name(db, django_assert_num_queries):
    parent = make_organization("Alpha", city="Delft")
    make_organization("Beta", city="Oslo", parent=parent)

    for city in ("Delft", "Oslo"):
        [expected] = in_city(city).select_related("parent")
        with django_assert_num_queries(1):
            [found] = ask_for_records(lambda: in_city(city), "parent")  # noqa: B023 (asked at once)
            named = found.parent
        for one, other in ((found, expected), (named, expected.parent)):
            cells = [each and {**vars(each), "_state": vars(each._state)["db"]} for each in (one, other)]
            assert cells[0] == cells[1]
