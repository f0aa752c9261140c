"""The way from curation to the pages of readers tells no address of what they may not see."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from partners.models import Organization
from tests.records import (
    cite,
    make_agreement,
    make_curator,
    make_event,
    make_mission_area,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db


def address(record) -> str:
    kind = ContentType.objects.get_for_model(record)
    return reverse("admin:view_on_site", args=[kind.pk, record.pk])


def test_address_of_a_hidden_record_is_told_to_nobody(client):
    make_programme()
    hidden = [
        make(publication_state=state) for state in ("draft", "in_review", "withheld") for make in MAKERS
    ]
    everybody = make_curator("eve")
    nobody = make_curator("bob", permissions=[])

    for user in (None, nobody, everybody):
        client.force_login(user) if user else client.logout()
        for record in hidden:
            answer = client.get(address(record), follow=user is None)
            assert record.slug not in answer.content.decode() + str(answer.headers)
            assert answer.status_code == (200 if user is None else 404)


MAKERS = (make_organization, make_agreement, make_event)


def test_only_who_may_see_a_record_is_led_to_its_page(client):
    sector, area, source = make_sector("Chips"), make_mission_area("Fusion"), make_source("Source")
    shown = [make_partner("Alpha", sectors=[sector]), make_agreement("Agreement", mission_areas=[area])]
    shown += [make_event("Event"), sector, area, source]
    cite(shown[0], source=source)
    client.force_login(make_curator("bob", permissions=[]))
    assert {client.get(address(record)).status_code for record in shown} == {404}

    client.force_login(make_curator("eve"))
    for record in shown:
        answer = client.get(address(record))
        assert (answer.status_code, answer["Location"]) == (302, record.get_absolute_url())


def test_every_noun_with_a_page_says_which_of_its_records_readers_see():
    for model, curation in admin.site._registry.items():
        assert callable(curation.view_on_site) or not hasattr(model, "get_absolute_url"), model


def test_what_has_no_page_leads_nowhere(client):
    client.force_login(make_curator("eve"))
    user = ContentType.objects.get_for_model(Permission)
    kind = ContentType.objects.get_for_model(Organization)

    for pair in ((user.pk, 1), (999_999, 1), (kind.pk, 999_999), (kind.pk, "x"), (kind.pk, "1/2")):
        assert client.get(reverse("admin:view_on_site", args=pair)).status_code == 404
