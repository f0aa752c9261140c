"""The pages of curation: they open, find, and narrow, at a cost that does not grow with the rows."""

import datetime
import re

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import Agreement, Event, Organization, Source
from partners.models.belonging import model_named
from tests.curation import add_form, change_form, change_url, errors, list_url, listed
from tests.records import (
    cite,
    make_agreement,
    make_curator,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db

# The journal is only read.
MODELS = sorted(
    model._meta.model_name
    for model in admin.site._registry
    if model._meta.app_label == "partners" and "change" in model._meta.default_permissions
)
PUBLISHABLE = [Agreement, Event, Organization]


def make_directory(number=""):
    """One of everything, with all its relations."""
    parent = make_organization(f"Ministry {number}", type="government")
    sector, area, source = make_sector(), make_mission_area(), make_source()
    organization = make_organization(f"Café {number}", sectors=[sector], names=["Bistro"], parent=parent)
    cite(organization, "name", source=source)
    event = make_event()
    agreement = make_agreement(
        partners=[organization],
        agencies=[parent],
        laboratories=[make_organization(type="facility", parent=parent)],
        mission_areas=[area],
        announcement=event,
    )
    cite(agreement, "status", source=source)
    return organization, agreement, event, sector, area, source


def test_every_model_is_curated_in_a_list_or_in_the_form_of_its_record():
    assert [
        *("agreement", "citation", "event", "missionarea", "organization", "programme", "sector", "source")
    ] == MODELS


@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens(admin_client, model):
    organization, _agreement, event, *_ = make_directory()
    make_organization("", publication_state="draft", type="", summary_en="", cited=False)
    make_programme(lead=organization, announcement=event)
    model_admin = next(each for each in admin.site._registry.values() if each.opts.model_name == model)

    assert admin_client.get(list_url(model)).status_code == 200
    assert admin_client.get(list_url(model, "_facets=True")).status_code == 200
    for record in model_admin.model.objects.all():
        assert admin_client.get(change_url(record)).status_code == 200
        assert admin_client.get(change_url(record, "history")).status_code == 200
        deletion = admin_client.get(change_url(record, "delete"), follow=True)
        assert deletion.status_code in (200, 403)
    adding = admin_client.get(reverse(f"admin:partners_{model}_add"))
    assert adding.status_code == (403 if model in ("citation", "programme") else 200)


@pytest.mark.parametrize("model", ["agreement", "citation", "event", "organization", "sector", "source"])
def test_pages_load_nothing_that_the_security_policy_forbids(admin_client, model):
    make_directory()
    pages = [list_url(model, "_facets=True"), reverse("admin:index")]
    if model != "citation":
        pages.append(reverse(f"admin:partners_{model}_add"))

    for page in pages:
        html = admin_client.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", html)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)


@pytest.mark.parametrize("facets", ["", "_facets=True"])
@pytest.mark.parametrize("model", MODELS)
def test_queries_of_a_list_do_not_grow_with_its_rows(admin_client, model, facets):
    organization, _, event, *_ = make_directory()
    make_programme(lead=organization, announcement=event)

    # A list of mission areas or sectors has them as choices too; one page holds all of these rows.
    few = count_queries(admin_client, list_url(model, facets))
    for number in range(7):
        make_directory(number)
    many = count_queries(admin_client, list_url(model, facets))

    assert many == few


def count_queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("text", ["a " * 600, "a-" * 600])
def test_every_list_and_picker_can_be_searched_for_more_words_than_a_statement_holds(admin_client, text):
    for model, model_admin in admin.site._registry.items():
        if model_admin.search_fields:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            assert admin_client.get(reverse(name), {"q": text}).status_code == 200, model
    picker = {"app_label": "partners", "model_name": "citation", "field_name": "source", "term": text}
    assert admin_client.get(reverse("admin:autocomplete"), picker).status_code == 200


@pytest.mark.parametrize(
    "term", ["cafe", "CAFÉ", "café au", "bistro", "lait cafe", "cafe-au", "Q42", "  cafe  ", "“Café”"]
)
def test_search_finds_an_organization_by_its_names_without_accents_or_case(admin_client, term):
    found = make_organization("Café au Lait", names=["Bistró"], wikidata_id="Q42")
    make_organization("Tea Room", names=["Salon"])

    page = admin_client.get(list_url("organization"), {"q": term})

    assert listed(page) == [found]


@pytest.mark.parametrize("term", ["!!!", "zebra", "cafe zebra", "'"])
def test_search_for_what_is_not_there_finds_nothing(admin_client, term):
    make_organization("Café au Lait")

    assert listed(admin_client.get(list_url("organization"), {"q": term})) == []


def test_search_finds_agreements_by_the_name_of_a_party_once(admin_client):
    cafe = make_organization("Café")
    agreement = make_agreement(
        "Coffee for all", partners=[cafe], laboratories=[make_organization("Café Lab")]
    )
    make_agreement("Tea for all", partners=[make_organization("Tea Room")])

    assert listed(admin_client.get(list_url("agreement"), {"q": "cafe"})) == [agreement]


def test_autocomplete_finds_without_accents(admin_client):
    cafe = make_organization("Café")
    field = {"app_label": "partners", "model_name": "agreementparty", "field_name": "organization"}

    answer = admin_client.get(reverse("admin:autocomplete"), field | {"term": "cafe"}).json()

    assert answer["results"] == [{"id": str(cafe.pk), "text": "Café (cafe)"}]


@pytest.mark.parametrize("sent", ["None", "x", "²"])
def test_what_no_picker_can_have_sent_is_refused_in_words(admin_client, sent):
    page = change_form(admin_client, make_organization()).send(sectors=[sent], parent=sent)

    assert page.status_code == 200
    assert errors(page).keys() == {"sectors", "parent"}


def test_pickers_tell_records_of_one_name_apart(admin_client):
    here = make_organization("NVIDIA", city="Santa Clara", region_code="US-CA", country_code="US")
    there = make_organization("NVIDIA", slug="nvidia-nl", city="Delft", country_code="NL")
    field = {"app_label": "partners", "model_name": "organization", "field_name": "parent"}

    offered = admin_client.get(reverse("admin:autocomplete"), field | {"term": "nvidia"}).json()["results"]
    chosen = admin_client.get(change_url(make_organization(parent=there))).content.decode()

    texts = {int(each["id"]): each["text"] for each in offered}
    assert texts == {
        here.pk: "NVIDIA (nvidia, Santa Clara, US-CA, US)",
        there.pk: "NVIDIA (nvidia-nl, Delft, NL)",
    }
    assert "NVIDIA (nvidia-nl, Delft, NL)</option>" in chosen


def test_search_finds_a_source_by_its_address(admin_client):
    source = make_source(url="https://example.org/news/a-b?id=7")
    make_source()

    assert listed(admin_client.get(list_url("source"), {"q": "https://example.org/news/a-b?id=7"})) == [
        source
    ]


@pytest.mark.parametrize("address", ["/admin/partners/source/", "/admin/search/"])
@pytest.mark.parametrize(
    ("prefix", "says"),
    [("", "Only the first 40 words were searched."), ("/nl", "Alleen de eerste 40 woorden zijn gezocht.")],
)
def test_search_of_more_words_than_are_looked_for_says_so(admin_client, address, prefix, says):
    cut, whole = (
        admin_client.get(f"{prefix}{address}", {"q": "word " * number}).content.decode()
        for number in (41, 40)
    )

    assert says in cut
    assert says not in whole


@pytest.mark.parametrize("model", PUBLISHABLE)
def test_needed_filter_lists_what_the_rule_of_publication_refuses(admin_client, model):
    make_incomplete_records()

    page = admin_client.get(list_url(model._meta.model_name, "lacks=needed"))

    incomplete = {record for record in model.objects.all() if record.missing_for_publication()}
    assert set(listed(page)) == incomplete != set(model.objects.all())


def make_incomplete_records():
    draft = {"publication_state": "draft"}
    unpublished, published = make_organization(**draft), make_organization()
    make_organization(type="", **draft)
    make_organization(summary_en="", **draft)
    make_organization(cited=False, **draft)
    make_agreement(partners=[], **draft)
    make_agreement(partners=[unpublished], **draft)
    make_agreement(partners=[unpublished, published], **draft)
    make_agreement(partners=[], laboratories=[published], **draft)
    make_agreement(agreement_type="", **draft)
    make_agreement(cited=False, **draft)
    make_event()
    make_event(summary_en="", **draft)
    make_event(cited=False, **draft)


@pytest.mark.parametrize(
    "model, lacks, complete, lacking",
    [
        ("organization", "summary_nl", {"summary_nl": "Wat het is."}, {}),
        ("organization", "website", {"website": "https://example.org"}, {}),
        ("organization", "citations", {}, {"cited": False}),
        ("agreement", "summary_nl", {"summary_nl": "Wat er staat."}, {}),
        ("agreement", "partner", {}, {"partners": []}),
        ("agreement", "published_partner", {}, {"partners": []}),
        ("event", "title_nl", {"title_nl": "Iets"}, {}),
        ("event", "citations", {}, {"cited": False}),
    ],
)
def test_lacks_filter_lists_records_without_it(admin_client, model, lacks, complete, lacking):
    make = {"organization": make_organization, "agreement": make_agreement, "event": make_event}[model]
    whole, partial = make("Whole", **complete), make("Partial", **lacking)

    found = listed(admin_client.get(list_url(model, f"lacks={lacks}")))

    assert partial in found
    assert whole not in found


def test_lists_narrow_to_organizations_without_sector_or_part_in_an_agreement(admin_client):
    idle = make_organization("Idle")
    partner = make_organization("Partner", sectors=[make_sector()])
    make_agreement(partners=[partner])

    assert listed(admin_client.get(list_url("organization", "lacks=sectors"))) == [idle]
    assert listed(admin_client.get(list_url("organization", "role=none"))) == [idle]
    assert listed(admin_client.get(list_url("organization", "role=partner"))) == [partner]


def test_unknown_filter_value_lists_nothing_silently(admin_client):
    page = admin_client.get(list_url("organization", "lacks=nonsense"))

    assert page.status_code == 302
    assert page.url.endswith("?e=1")


def test_list_says_what_each_record_is_missing(admin_client):
    make_organization("Half", publication_state="draft", type="", cited=False)

    html = admin_client.get(list_url("organization")).content.decode()

    assert "<strong>type, a source (a citation)</strong>; " in html
    assert "Dutch summary, sector, website" in html


def test_form_of_an_organization_links_to_its_agreements(admin_client):
    organization, agreement, *_ = make_directory()

    html = admin_client.get(change_url(organization)).content.decode()

    assert change_url(agreement) in html


def test_form_shows_the_first_of_many_related_records_and_leads_to_all(admin_client):
    agency = make_organization("Agency", type="government")
    for _each in range(30):
        make_agreement(agencies=[agency])

    html = admin_client.get(change_url(agency)).content.decode()

    # Below the form stands what uses it, once more and shorter.
    form, used_by = html.split('class="used-by')
    assert len(re.findall(r"/admin/partners/agreement/\d+/change/", form)) == 25
    assert "and 20 more" in used_by
    every = list_url("agreement", f"parties__organization__id__exact={agency.pk}")
    assert every in html
    assert len(listed(admin_client.get(every))) == 30


def test_only_what_readers_see_links_to_the_site(admin_client, client):
    hidden = make_organization(publication_state="draft")
    shown, agreement, event, sector, area, source = make_directory()
    unseen = [
        *(
            hidden,
            make_event(publication_state="withheld"),
            make_source(),
            make_sector(),
            make_mission_area(),
        ),
        make_agreement(partners=[hidden]),
    ]

    for record in (shown, agreement, event, sector, area, source):
        html = admin_client.get(change_url(record)).content.decode()
        assert f'href="{record.get_absolute_url()}"' in html
        assert client.get(record.get_absolute_url()).status_code == 200
    for record in unseen:
        assert "View on site" not in admin_client.get(change_url(record)).content.decode()


def test_there_is_one_programme(admin_client):
    add = reverse("admin:partners_programme_add")
    assert admin_client.get(add).status_code == 200

    programme = make_programme()

    assert admin_client.get(add).status_code == 403
    assert admin_client.get(change_url(programme, "delete")).status_code == 403


def test_titles_name_no_programme(admin_client):
    html = admin_client.get(reverse("admin:index")).content.decode()

    assert "Partner directory desk" in html
    assert "Genesis" not in html


def test_pages_of_other_records_need_their_permission(client):
    organization, *_ = make_directory()
    client.force_login(make_curator(permissions=["view_source"]))

    assert client.get(list_url("source")).status_code == 200
    assert client.get(list_url("organization")).status_code == 403
    assert client.get(change_url(organization)).status_code == 403


def test_anonymous_visitors_are_sent_to_sign_in(client):
    assert client.get(list_url("organization")).status_code == 302


NEEDED = {
    "event": {"kind": "policy", "date": "2026-01-01"},
    "missionarea": {"level": "domain"},
    "source": {"kind": "news", "stance": "reporting"},
}


@pytest.mark.parametrize("model", ["agreement", "event", "missionarea", "organization", "sector", "source"])
def test_new_record_gets_a_slug_after_its_name(admin_client, model):
    kind = model_named(model)
    for _each in range(2):
        form = add_form(admin_client, model)
        for name, value in ({kind.called: "Some Name"} | NEEDED.get(model, {})).items():
            form[name] = value

        form.send(_different=",".join(map(str, kind.objects.values_list("pk", flat=True))))

    assert sorted(kind.objects.values_list("slug", flat=True)) == ["some-name", "some-name-2"]


def test_each_cell_of_a_row_says_what_it_is(admin_client):
    record = make_organization(names=["A"])

    html = admin_client.get(change_url(record)).content.decode()

    cells = re.findall(r'<td class="(?:field-|delete)[^>]*>', html)
    assert cells and all(re.search(r'data-label="[^"]+"', cell) for cell in cells)


def test_what_an_account_may_not_do_is_said_in_words():
    curator = Client(enforce_csrf_checks=True)
    curator.force_login(make_curator())
    record = make_organization("Alpha")

    refused = curator.get(change_url(record, "delete"))
    expired = curator.post(change_url(record) + "?e=1", {"city": "Delft"})

    assert (refused.status_code, expired.status_code) == (403, 403)
    assert "has to be withheld before it can be deleted" in refused.content.decode()
    assert f'<a href="{change_url(record)}?e=1">the form</a>' in expired.content.decode()
    assert expired["Content-Security-Policy"] == refused["Content-Security-Policy"]


def test_the_years_of_sources_are_those_of_their_days():
    """However the database is asked for them."""
    for day in ("2024-12-31", "2025-01-01", "2025-06-01", None):
        make_source(published_date=day)

    for order in ("ASC", "DESC"):
        for found in (Source.objects.all(), Source.objects.none(), Source.objects.order_by("title")):
            plainly = models.QuerySet.dates(found, "published_date", "year", order)
            assert found.dates("published_date", "year", order) == list(plainly)
    assert list(Source.objects.dates("published_date", "month"))[0] == datetime.date(2024, 12, 1)
