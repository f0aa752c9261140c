"""What a curator reads and keeps when somebody else was there first, and what happens at the very same moment."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partners.admin.concurrency.choosing import noted_places
from partners.admin.concurrency.opened import names_by_key
from partners.models import Agreement, DataVersion, Organization, Sector, Source
from tests.curation import act, add_form, change_form, change_url, delete, errors, save
from tests.elsewhere import at_once
from tests.records import (
    cite,
    make_agreement,
    make_curator,
    make_organization,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db


# Who, what and how it looks --------------------------------------------------------------------------------------------


def test_refusal_says_who_when_and_what_in_words(admin_client, client):
    first, second = make_sector("Quantum"), make_sector("Fusion")
    organization = make_organization("Café", sectors=[first, second], type="company", city="Paris")
    mine = change_form(admin_client, organization)
    client.force_login(make_curator("Grace"))
    theirs = change_form(client, organization)
    assert theirs.send(type="nonprofit", sectors=[first.pk], city="").status_code == 302

    page = mine.send(city="Rome")

    found = page.context["meanwhile"]
    assert [name for name, _when in found.authors] == ["Grace"]
    assert {what: (note.before, note.now, note.typed) for _place, what, note in noted_places(found)} == {
        "Type": ("Company", "Nonprofit", ""),
        "Sectors": ("Fusion, Quantum", "Quantum", ""),
        "City": ("Paris", "empty", "Rome"),
    }
    html = page.content.decode()
    assert "<strong>Grace</strong>" in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_city_error"' in html


def test_citation_edited_in_its_own_form_is_not_replaced_by_the_form_of_its_record(admin_client, client):
    organization = make_organization(publication_state="draft", cited=False)
    citation = cite(organization, "name", quote="before")
    mine = change_form(admin_client, organization)
    client.force_login(make_curator("Grace"))
    assert change_form(client, citation).send(quote="theirs").status_code == 302

    refused = mine.send(city="Paris")
    citation.refresh_from_db()
    assert (refused.status_code, citation.quote) == (409, "theirs")
    assert [name for name, _when in refused.context["meanwhile"].authors] == ["Grace"]
    save(mine.returned(refused))

    citation.refresh_from_db()
    organization.refresh_from_db()
    assert (citation.quote, organization.city) == ("theirs", "Paris")


def test_form_of_a_citation_is_measured_against_the_form_of_its_record(admin_client):
    organization = make_organization(publication_state="draft", cited=False)
    citation = cite(organization, "name", quote="before")
    mine, of_record = change_form(admin_client, citation), change_form(admin_client, organization)
    assert of_record.send(**{"citations-0-quote": "theirs"}).status_code == 302

    refused = mine.send(quote="mine")

    citation.refresh_from_db()
    assert (refused.status_code, citation.quote) == (409, "theirs")


def test_choice_that_was_deleted_is_named_and_no_dead_end(admin_client):
    first, second = make_sector("Quantum"), make_sector("Fusion")
    organization = make_organization(sectors=[first, second])
    mine = change_form(admin_client, organization)
    third = make_sector("Chips")
    assert delete(admin_client, second).status_code == 302

    refused = mine.send(sectors=[first.pk, second.pk, third.pk])

    told = "".join(errors(refused)["sectors"])
    assert "from <del>Fusion, Quantum</del> to <ins>Quantum</ins>" in told
    assert len(refused.context["meanwhile"].authors) == 1
    again = mine.returned(refused)
    again["sectors"] = [first.pk, third.pk]  # a choice that is gone is shown no more
    save(again.choose(refused, "mine"))
    assert set(organization.sectors.all()) == {first, third}


@pytest.mark.parametrize("name", ["parent", "sectors"])
def test_choice_that_is_gone_before_it_is_saved_is_told_in_words(admin_client, name):
    organization, chosen = make_organization(), {"parent": make_organization, "sectors": make_sector}[name]()
    form = change_form(admin_client, organization)
    form[name] = [chosen.pk] if name == "sectors" else chosen.pk
    chosen.delete() if name == "sectors" else type(chosen).objects.filter(pk=chosen.pk).delete()

    told = errors(form.send())

    assert told == {name: ["What was chosen here does not exist any more. Choose again."]}


def test_second_click_of_the_same_form_saves_nothing_twice(admin_client):
    organization = make_organization(publication_state="draft")
    form = change_form(admin_client, organization)
    form.add_row("names", value="Bistro", type="alias")

    answers = [form.send(city="Paris").status_code for _click in range(2)]

    assert answers == [302, 302]
    assert [name.value for name in organization.names.all()] == ["Bistro"]


def test_row_that_both_deleted_is_no_conflict(admin_client):
    organization = make_organization(names=["Bistro"])
    form = change_form(admin_client, organization)
    form.delete_row("names")
    organization.names.all().delete()

    assert form.send().status_code == 302


def test_row_marked_for_deletion_that_others_changed_is_not_deleted_unseen(admin_client):
    organization = make_organization(names=["Bistro"])
    form = change_form(admin_client, organization)
    form.delete_row("names")
    organization.names.update(value="Brasserie")

    refused = form.send()

    assert refused.status_code == 409
    assert organization.names.get().value == "Brasserie"
    again = form.returned(refused)
    assert again["names-0-DELETE"]
    save(again)
    assert not organization.names.exists()


def test_other_errors_of_a_stale_form_are_told_with_it(admin_client):
    organization = make_organization(city="Paris")
    form = change_form(admin_client, organization)
    Organization.objects.update(city="Rome")

    refused = form.send(established="long ago")

    assert refused.status_code == 409
    assert "Enter a whole number." in errors(refused)["established"]
    again = form.returned(refused)
    assert again["established"] == "long ago"
    save_with = again.send(established="1999")
    assert save_with.status_code == 302
    organization.refresh_from_db()
    assert (organization.city, organization.established) == ("Rome", 1999)


def test_state_of_publication_that_others_changed_is_no_surprise(admin_client):
    record = make_organization(publication_state="in_review")
    old = change_form(admin_client, record)
    act(admin_client, "withhold_selected", record)

    refused = old.send("_publish")

    record.refresh_from_db()
    assert (refused.status_code, record.publication_state) == (409, "withheld")
    ((_place, what, note),) = noted_places(refused.context["meanwhile"])
    assert (what, note.before, note.now) == ("Publication state", "In review", "Withheld")
    assert old.returned(refused).send("_publish").status_code == 302


def test_curator_who_may_only_look_at_rows_is_told_of_them_and_can_save(client):
    allowed = ["view_organization", "change_organization", "view_citation", "view_organizationname"]
    client.force_login(make_curator(permissions=allowed))
    organization = make_organization(publication_state="draft", names=["Bistro"])
    form = change_form(client, organization)
    organization.names.update(value="Brasserie")

    refused = form.send(city="Paris")

    assert refused.status_code == 409
    save(form.returned(refused))
    organization.refresh_from_db()
    assert (organization.city, organization.names.get().value) == ("Paris", "Brasserie")


def test_copy_is_made_of_what_was_typed_whatever_others_did(admin_client):
    agreement = make_agreement("Original", summary_en="Mine")
    form = change_form(admin_client, agreement)
    Agreement.objects.update(summary_en="Theirs")

    assert form.send("_saveasnew", title_en="Copy", slug="copy").status_code == 302

    assert Agreement.objects.get(slug="copy").summary_en == "Mine"


def test_what_a_page_showed_is_small_beside_the_page(admin_client):
    organization = make_organization(names=[f"Name {number}" for number in range(200)])
    for number in range(100):
        cite(organization, "name", quote=f"Quoted words of some length {number}", source=make_source())

    page = admin_client.get(change_url(organization))

    assert len(page.context["opened"]) < len(page.content) / 20


# At the very same moment -----------------------------------------------------------------------------------------------


def signed_in(curator):
    client = Client()
    client.force_login(curator)
    return client


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [make_source, make_organization, make_sector])
def test_of_saves_at_the_same_moment_one_wins_and_the_others_are_told(make):
    record, curator = make("Record"), make_curator()
    name = {"source": "publisher", "organization": "city"}.get(record._meta.model_name, "name_nl")
    forms = [change_form(signed_in(curator), record) for _each in range(6)]

    answers = at_once(
        [lambda form=form, n=number: form.send(**{name: f"Mine {n}"}) for number, form in enumerate(forms)]
    )

    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [302, *[409] * 5]
    record.refresh_from_db()
    assert getattr(record, name) == f"Mine {codes.index(302)}"


@pytest.mark.django_db(transaction=True)
def test_a_record_and_its_row_saved_at_the_same_moment_lose_nothing():
    organization, curator = make_organization(publication_state="draft", cited=False), make_curator()
    citation = cite(organization, "name", quote="before")
    of_record, of_row = (change_form(signed_in(curator), each) for each in (organization, citation))

    answers = at_once(
        [
            lambda: of_record.send(**{"citations-0-quote": "by the record"}),
            lambda: of_row.send(quote="by the row"),
        ]
    )

    codes = [answer.status_code for answer in answers]
    citation.refresh_from_db()
    assert sorted(codes) == [302, 409]
    assert citation.quote == ("by the record", "by the row")[codes.index(302)]


@pytest.mark.django_db(transaction=True)
def test_two_new_records_of_one_name_at_the_same_moment_are_told_beside_the_field():
    curator = make_curator()
    forms = [add_form(signed_in(curator), "sector") for _each in range(4)]

    answers = at_once([lambda form=form: form.send(name_en="Same", slug="same") for form in forms])

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    assert Sector.objects.count() == 1


@pytest.mark.parametrize("code, saved", [("40P01", True), ("57P01", False)])
def test_save_that_postgresql_ended_for_a_deadlock_begins_again(admin_client, monkeypatch, code, saved):
    cause = type("Cause", (Exception,), {"sqlstate": code})
    hold, tries = DataVersion.hold, []

    def hold_or_fail():
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("ended") from cause()
        hold()

    organization = make_organization()
    form = change_form(admin_client, organization)
    monkeypatch.setattr(DataVersion, "hold", hold_or_fail)

    if saved:
        assert form.send(city="Paris").status_code == 302
    else:
        with pytest.raises(OperationalError):
            form.send(city="Paris")

    organization.refresh_from_db()
    assert organization.city == ("Paris" if saved else "")


def test_queries_of_a_form_do_not_grow_with_its_rows(admin_client):
    organization = make_organization(names=["One"])
    few = queries_of(admin_client, organization)
    for number in range(5):
        cite(organization, "name", source=make_source())
        organization.names.create(value=f"Name {number}")

    assert queries_of(admin_client, organization) == few


def queries_of(client, record):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(change_url(record)).status_code == 200
    return len(queries)


def test_what_is_no_key_of_a_record_has_no_name():
    """Also a number that no column holds, which a form can send for a choice."""
    source = make_source("Known")

    for wrong in ("x", "", None, str(10**30), "-1", "1.5"):
        assert names_by_key(Source, [wrong, str(source.pk)]) == {str(source.pk): str(source)}
