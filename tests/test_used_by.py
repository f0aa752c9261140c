"""What uses a record, and what breaks without it, is shown before it is withheld or deleted."""

import pytest
from django.urls import reverse

from partners.admin.used_by import used_by
from partners.models import Agreement, Event, MissionArea, Organization, Sector, Source
from tests.curation import change_form, change_url
from tests.database import queries_of
from tests.records import (
    add_amount,
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


def titles(uses) -> dict[str, int]:
    return {use.title: use.count for use in uses}


@pytest.fixture
def alpha():
    """An organization that everything leans on."""
    source = make_source("Press release")
    record = make_organization("Alpha", cited=False)
    cite(record, source=source)
    make_organization("Child", parent=record)
    make_programme(lead=record)
    add_amount(make_agreement("Pact", partners=[record]), giver=record)
    make_agreement("Two hold it", partners=[record, make_organization("Beta")])
    return record


def test_uses_and_losses_of_an_organization(alpha):
    found = used_by(Organization, [alpha.pk])

    assert titles(found.uses) == {
        "Agreements (parties)": 2,
        "Agreements (amounts)": 1,
        "Organizations: parent": 1,
        "Program: led by": 1,
    }
    assert titles(found.breaks) == {
        "Agreements that lose their only public partner, and vanish": 1,
        "Sources that support nothing public any more, and vanish": 1,
    }
    assert [text for _url, text in found.breaks[0].shown] == ["Pact"]


def test_a_source_tells_of_values_that_have_no_other():
    one, two, record = make_source("One"), make_source("Two"), make_organization(cited=False)
    cite(record, "city", source=one)
    cite(record, "name", source=one)
    cite(record, "name", source=two)

    assert titles(used_by(Source, [one.pk]).breaks) == {"Values that lose their only source": 1}
    assert titles(used_by(Source, [two.pk]).breaks) == {}


def test_an_agreement_tells_of_partners_that_are_none_without_it():
    alpha, beta = make_organization("Alpha"), make_organization("Beta")
    pact = make_agreement("Pact", partners=[alpha, beta])
    make_agreement("Other", partners=[beta])

    assert titles(used_by(Agreement, [pact.pk]).breaks)["Organizations that are partners no more"] == 1


@pytest.mark.parametrize("model", [Organization, Source, Sector, MissionArea, Agreement, Event])
def test_queries_do_not_grow_with_what_uses_a_record(model):
    def fill(number):
        for _each in range(number):
            organization = make_organization(parent=alpha, sectors=[sector])
            agreement = make_agreement(
                partners=[organization, alpha], mission_areas=[area], announcement=event
            )
            add_amount(agreement, giver=alpha)
            cite(organization, "name", source=source)
            make_mission_area(parent=area)

    alpha, sector, area = make_organization("Alpha"), make_sector(), make_mission_area()
    event, source = make_event(), make_source()
    fill(2)
    record = model.objects.order_by("pk").first()
    few = queries_of(used_by, model, [record.pk])
    fill(5)

    assert queries_of(used_by, model, [record.pk]) == few


def test_form_and_deletion_show_it(admin_client, alpha):
    text = admin_client.get(change_url(alpha)).content.decode()
    assert "Used by" in text and "Pact" in text
    sector = make_sector("Cloud")
    make_organization(sectors=[sector])
    assert "Used by" in admin_client.get(change_url(sector, "delete")).content.decode()
    listed = {"action": "delete_selected", "_selected_action": [sector.pk], "index": "0"}
    page = admin_client.post(reverse("admin:partners_sector_changelist"), listed)
    assert "Used by" in page.content.decode()


def test_withholding_asks_before_something_else_vanishes(admin_client, alpha):
    form = change_form(admin_client, alpha)

    page = form.send("_withhold", city="Delft")

    alpha.refresh_from_db()
    assert alpha.is_published and alpha.city == ""
    assert "Withhold it all the same" in page.content.decode() and "Pact" in page.content.decode()
    again = form.returned(page)
    assert again["city"] == "Delft"
    assert again.send("_withhold", _breaks="yes").status_code == 302
    alpha.refresh_from_db()
    assert (alpha.publication_state, alpha.city) == ("withheld", "Delft")


def test_withholding_what_nothing_leans_on_asks_nothing(admin_client):
    assert change_form(admin_client, make_organization()).send("_withhold").status_code == 302


def test_withholding_in_the_list_is_confirmed(admin_client, alpha):
    address = reverse("admin:partners_organization_changelist")
    sent = {"action": "withhold_selected", "_selected_action": [alpha.pk], "index": "0"}

    page = admin_client.post(address, sent)

    alpha.refresh_from_db()
    assert alpha.is_published
    assert "Pact" in page.content.decode()
    confirmed = dict(page.context["sent"]) | {"post": "yes"}
    admin_client.post(address, confirmed)
    alpha.refresh_from_db()
    assert alpha.publication_state == "withheld"
