"""A second record of the same thing is not saved without a word, and a different one is."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.changes.likeness import records_alike, trait_columns
from partners.models import Agreement, Change, Judgement, Organization, OrganizationName, Source
from partners.selection.index import bring_up_to_date
from partners.web_addresses import host_of, plain_address
from tests.curation import add_form, change_form, change_url, errors
from tests.database import queries_of
from tests.records import (
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db

MAKERS = {
    "organization": make_organization,
    "agreement": make_agreement,
    "event": make_event,
    "sector": make_sector,
    "missionarea": make_mission_area,
    "source": make_source,
}
# What a new record of each kind needs beside its name.
NEEDED = {
    "event": {"date": "2025-12-18"},
    "missionarea": {"level": "domain"},
    "source": {"kind": "news", "stance": "reporting"},
}
# Rows of other records, and the one programme, are the same as none.
WITHOUT_NAMES = {"citation", "programme"}


def asked(page):
    """The records that the question is about."""
    assert page.status_code == 200, page
    return [text for _url, text, _merge in page.context["alike"]]


def different(page):
    return {"_different": page.context["different"]}


def test_every_kind_with_a_name_asks_of_twins():
    kinds = {
        each.opts.model_name: each
        for each in admin.site._registry.values()
        if each.opts.app_label == "partners" and "change" in each.opts.default_permissions
    }

    assert {kind for kind, each in kinds.items() if each.can_be_merged} == kinds.keys() - WITHOUT_NAMES
    assert MAKERS.keys() == kinds.keys() - WITHOUT_NAMES


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("written", ["Café  Zürich", "CAFÉ ZÜRICH", "Cafe Zurich", "Café-Zürich!"])
def test_second_record_of_a_name_is_asked_about_and_saved_when_it_is_a_different_one(
    admin_client, kind, written
):
    first = MAKERS[kind]("Café Zürich", **({"publication_state": "draft"} if kind in ("agreement",) else {}))
    model, name = type(first), admin.site.get_model_admin(type(first)).name_field
    form = add_form(admin_client, kind)
    form.data |= {name: written, "slug": "another", **NEEDED.get(kind, {})}

    page = form.send()

    assert len(asked(page)) == 1
    assert f"({first.slug}" in asked(page)[0] or first.slug in asked(page)[0]
    assert change_url(first) in page.content.decode()
    assert "Nothing is saved yet" in errors(page)[name][0]
    assert model.objects.filter(slug="another").count() == 0
    again = form.returned(page)
    assert again[name].split() == written.split()
    assert again.send(**different(page)).status_code == 302
    assert model.objects.get(slug="another")


def test_second_nvidia_is_told_by_name_other_names_website_and_symbol(admin_client):
    nvidia = make_organization(
        "NVIDIA",
        names=["Nvidia Corp"],
        legal_name="NVIDIA Corporation",
        website="https://www.nvidia.com/en-us/",
        ticker="NVDA",
        city="Santa Clara",
        country_code="US",
    )
    told = "NVIDIA (nvidia, Santa Clara, US)"
    for typed in (
        {"name": "Nvidia"},
        {"name": "NVIDIA corp."},
        {"name": "nVidia Corporation"},
        {"legal_name": "NVIDIA"},
        {"website": "http://nvidia.com"},
        {"website": "https://NVIDIA.com/nl-nl/about"},
        {"ticker": "nvda"},
    ):
        form = add_form(admin_client, "organization")
        assert asked(form.send(**{"name": "Another", "slug": "another"} | typed)) == [told], typed
    form = add_form(admin_client, "organization")
    form.add_row("names", value="nvidia", type="alias")
    assert asked(form.send(name="Another", slug="another")) == [told]
    for typed in ({"website": "https://notnvidia.com"}, {"name": "NVIDIA Research"}):
        form = add_form(admin_client, "organization")
        sent = {"name": "Another", "slug": f"another-{len(typed)}-{Organization.objects.count()}"}
        assert form.send(**sent | typed).status_code == 302
    assert nvidia.names.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.org/news/a?id=7",
            "https://www.example.org/news/a/?id=7",
            "HTTPS://Example.org/news/a?id=7#top",
        ),
        "https://example.org/news/a?utm_source=x&id=7&fbclid=y",
        "https://example.org:443/news/a?id=7&gclid=1",
    ],
)
def test_source_of_the_same_page_is_told_however_its_address_was_copied(admin_client, url):
    make_source("One", url="https://example.org/news/a?id=7")
    form = add_form(admin_client, "source")
    form.data |= {"title": "Another", "slug": "another", **NEEDED["source"]}

    page = form.send(url=url)

    assert asked(page) == ["One (one)"]
    assert form.returned(page).send(**different(page)).status_code == 302
    assert Source.objects.count() == 2


@pytest.mark.parametrize(
    "url",
    ["https://example.org/news/a", "https://example.org/news/a?id=8", "https://a.example.org/news/a?id=7"],
)
def test_source_of_another_page_is_saved_at_once(admin_client, url):
    make_source("One", url="https://example.org/news/a?id=7")
    form = add_form(admin_client, "source")

    assert form.send(title="Another", slug="another", url=url, **NEEDED["source"]).status_code == 302


def test_another_page_of_the_same_publisher_is_saved_at_once(admin_client):
    make_source("One", url="https://example.org/news/a", publisher="Example")
    form = add_form(admin_client, "source")
    form.data |= {"title": "Another", "slug": "another", **NEEDED["source"]}

    assert form.send(url="https://example.org", publisher="Example").status_code == 302


def test_addresses_are_compared_without_what_tells_no_pages_apart():
    assert host_of("https://WWW.Example.org:8080/x") == "example.org"
    assert plain_address("") == host_of("") == host_of("http://[") == ""
    assert plain_address("https://example.org/a%20b/") == plain_address("http://example.org/a b")
    assert plain_address("https://example.org/?b=2&a=1") == plain_address("https://example.org?a=1&b=2")


def test_record_that_was_there_is_asked_about_only_when_it_becomes_like_another(admin_client):
    one, other = make_organization("One"), make_organization("One", slug="other")

    assert change_form(admin_client, one).send(city="Paris").status_code == 302
    page = change_form(admin_client, one).send(website="https://example.org")
    assert page.status_code == 302
    assert asked(change_form(admin_client, other).send(website="https://www.example.org/x"))


def test_a_third_one_is_asked_about_again(admin_client):
    make_sector("Quantum")
    form = add_form(admin_client, "sector")
    form.data |= {"name_en": "Quantum", "slug": "another"}
    page = form.send()
    make_sector("quantum", slug="third")

    again = form.returned(page).send(**different(page))

    assert len(asked(again)) == 2
    assert form.returned(again).send(**different(again)).status_code == 302


def test_answer_is_kept_while_other_errors_are_mended(admin_client):
    make_organization("One")
    form = add_form(admin_client, "organization")
    page = form.send(name="One", slug="another")

    broken = form.returned(page).send(established="long ago", **different(page))

    assert errors(broken).keys() == {"established"}
    assert f'name="_different" value="{page.context["different"]}"' in broken.content.decode()


def test_question_undoes_all_that_was_about_to_be_saved(admin_client):
    make_organization("One")
    form = add_form(admin_client, "organization")
    form.add_row("names", value="Uno", type="alias")
    form.add_row("citations", source=make_source())

    page = form.send("_publish", name="One", slug="another", type="company", summary_en="What it is.")

    assert asked(page) == ["One (one)"]
    assert Organization.objects.count() == 1
    again = form.returned(page)
    assert again["names-0-value"] == "Uno"
    assert again.send("_publish", **different(page)).status_code == 302
    assert Organization.objects.published().count() == 2


def test_copy_of_an_agreement_with_its_title_is_asked_about(admin_client):
    form = change_form(admin_client, make_agreement("Original"))

    page = form.send("_saveasnew", slug="copy")

    assert asked(page) == ["Original (original)"]
    assert form.send("_saveasnew", slug="copy", **different(page)).status_code == 302
    assert Agreement.objects.count() == 2


def test_queries_of_the_question_do_not_grow_with_the_twins(admin_client):
    def queries():
        bring_up_to_date()
        with CaptureQueriesContext(connection) as found:
            assert add_form(admin_client, "organization").send(name="One", slug="another").status_code == 200
        return len(found)

    make_organization("One", names=["Uno"])
    queries()  # Django looks content types up once for all requests.
    few = queries()
    for number in range(5):
        make_organization("One", slug=f"one-{number}", names=[f"Uno {number}"])

    assert queries() == few


@pytest.mark.parametrize("kind", MAKERS)
def test_twins_are_looked_up_in_an_index(kind):
    model = apps.get_model("partners", kind)
    columns = [(model, column) for column in trait_columns(model)] + [(OrganizationName, "value_key")]
    traits = {(kind, "one") for kind in trait_columns(model).values()}

    assert columns
    for each, column in columns:
        field = each._meta.get_field(column)
        first = {index.fields[0] for index in each._meta.indexes if index.fields and not index.condition}
        assert field.db_index or column in first, column
    assert queries_of(list, records_alike(model(), traits)) == 1


def test_what_sql_wrote_is_found_as_well(admin_client):
    make_organization("One", slug="one")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE partners_organization SET legal_name = 'Uno', website = 'https://www.one.example/a'"
        )
    bring_up_to_date()

    form = add_form(admin_client, "organization")
    assert asked(form.send(name="Uno", slug="another")) == ["One (one)"]
    assert asked(form.send(name="Else", slug="another", website="http://one.example")) == ["One (one)"]


# Judgements ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(admin_client):
    """Two records of one name of which somebody has said that they are different."""
    one, other = make_organization("One"), make_organization("Two")
    form = change_form(admin_client, other)
    page = form.send(name="One")
    answer = form.returned(page).send(**different(page), _why_different="One is a ship.")
    assert answer.status_code == 302
    return one, other


def test_two_that_were_judged_different_are_not_asked_about_again(admin_client, judged):
    one, other = judged
    judgement = Judgement.objects.get()
    assert (judgement.first, judgement.second) == tuple(sorted((one.pk, other.pk)))
    assert (judgement.why, judgement.verdict, judgement.name_of_who) == (
        "One is a ship.",
        "different",
        "admin",
    )

    for record in judged:
        assert change_form(admin_client, record).send(name="Another").status_code == 302
        assert change_form(admin_client, record).send(name="One").status_code == 302
    third = make_organization("Three")
    assert asked(change_form(admin_client, third).send(name="One")) == ["One (one)", "One (two)"]


def test_a_judgement_is_no_change_of_the_directory(judged):
    assert not Change.objects.filter(table="judgement").exists()


def test_a_judgement_is_read_and_taken_back_in_a_list(admin_client, judged):
    _one, other = judged
    address = reverse("admin:partners_judgement_changelist")
    page = admin_client.get(address).content.decode()
    for text in ("One", "One is a ship.", "admin", "Two different ones", change_url(other)):
        assert text in page

    chosen = {"action": "delete_selected", "_selected_action": [Judgement.objects.get().pk]}
    assert admin_client.post(address, {**chosen, "index": "0"}).status_code == 200
    assert Judgement.objects.exists()
    admin_client.post(address, chosen | {"post": "yes"})

    assert not Judgement.objects.exists()
    assert change_form(admin_client, other).send(name="Another").status_code == 302
    assert asked(change_form(admin_client, other).send(name="One")) == ["One (one)"]


def test_queries_of_the_list_of_judgements_do_not_grow(admin_client, judged):
    address = reverse("admin:partners_judgement_changelist")
    admin_client.get(address)
    few = queries_of(admin_client.get, address)
    for _each in range(5):
        first, second = make_sector(), make_sector()
        Judgement.objects.create(kind="sector", first=first.pk, second=second.pk, name_of_who="ada")
    more = queries_of(admin_client.get, address)
    for _each in range(5):
        first, second = make_sector(), make_sector()
        Judgement.objects.create(kind="sector", first=first.pk, second=second.pk, name_of_who="ada")

    assert queries_of(admin_client.get, address) == more <= few + 1
