"""An unchanged answer costs one query; a change is in the very next answer, whoever made it."""

import datetime
import io
import os
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import resolve, reverse
from django_htmx.middleware import HtmxDetails

from partners.models import Organization
from partners.nouns import listed
from tests.curation import change_form, save
from tests.database import database_url
from tests.records import changed_last, make_agreement, make_curator, make_organization, make_partner
from tests.shapes import raw

ADDRESSES = [
    *(
        "/",
        "/partners/",
        "/partners/?q=alpha",
        "/partners/alpha/",
        "/agreements/",
        "/sectors/",
        "/timeline/",
        "/data/",
    ),
    *("/partners.csv", "/agreements.csv?sort=title", "/sitemap.xml", "/robots.txt"),
]


def text_of(response) -> str:
    return response.getvalue().decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_unchanged_address_is_answered_304_for_one_query(client, address, django_assert_num_queries):
    make_partner("Alpha")
    etag = client.get(address)["ETag"]

    with django_assert_num_queries(1):
        response = client.get(address, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response["ETag"] == etag
    assert text_of(response) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", [*ADDRESSES, "/partners.json?secter=x", "/partners/nobody.json", "/api/openapi.json"]
)
def test_scripts_of_any_site_may_read_what_is_public(client, address):
    make_partner("Alpha")
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.get("ETag", "")})

    for response in (first, again):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in response["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/admin/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/partners/", "/partners.json", "/partners.csv", "/partners/alpha.json", "/"]
)
def test_scripts_of_any_site_may_ask_whether_something_changed(client, address):
    """A browser asks first whether a script may send this header, which not every script may."""
    make_partner("Alpha")
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}

    answer = client.options(address, headers=asked | {"Access-Control-Request-Headers": "if-none-match"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in answer["Access-Control-Allow-Headers"]
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert client.options(address).status_code == 405
    assert "Access-Control-Allow-Headers" not in client.options("/admin/login/", headers=asked)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [a for a in ADDRESSES if ".csv" not in a])
def test_repeated_page_costs_one_query_and_is_the_same(client, address, django_assert_num_queries):
    make_partner("Alpha")
    first = client.get(address)

    with django_assert_num_queries(1):
        again = client.get(address)

    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]


@pytest.mark.django_db
def test_kept_page_is_compressed_only_for_those_who_read_that(client):
    import gzip

    make_partner("Alpha")
    plain = client.get("/partners/")

    packed = client.get("/partners/", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in plain["Vary"] and "Accept-Encoding" in packed["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/partners/", "/partners.csv", "/about/"])
def test_head_gets_the_headers_without_the_body(client, rf, address):
    make_partner("Alpha")
    whole = client.get(address)
    request, match = rf.head(address), resolve(address)
    request.htmx = HtmxDetails(request)

    # The view itself, because the client drops the body of an answer to HEAD whatever the view does.
    head = match.func(request, *match.args, **match.kwargs)

    assert text_of(head) == "" != text_of(whole)
    assert head["ETag"] == whole["ETag"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/partners/", "/data/versions/partner-directory-2026-01-01.zip"])
def test_etag_is_compared_as_the_standard_says(client, settings, tmp_path, address):
    """A proxy that compresses makes a strong ETag a weak one."""
    make_partner("Alpha")
    settings.VERSIONS_DIR = tmp_path
    changed_last(datetime.date(2026, 1, 1))
    call_command("keep_version", date="2026-01-01", verbosity=0, stdout=io.StringIO())
    response = client.get(address)
    etag, _content = response["ETag"], raw(response)

    for known in (etag, "W/" + etag.removeprefix("W/"), etag.removeprefix("W/"), f'"other", {etag}', "*"):
        assert client.get(address, headers={"If-None-Match": known}).status_code == 304
    assert raw(client.get(address, headers={"If-None-Match": '"other"'}))


@pytest.mark.django_db
def test_stated_licence_is_another_release(client, settings):
    make_partner("Alpha")
    before = client.get("/partners.json")

    settings.DATA_LICENCE = "https://example.org/licence"
    after = client.get("/partners.json", headers={"If-None-Match": before["ETag"]})

    assert (after.status_code, after.json()["licence"]) == (200, "https://example.org/licence")


@pytest.mark.django_db
def test_fragment_and_page_have_names_of_their_own(client):
    make_partner("Alpha")
    page = client.get("/partners/")

    part = client.get("/partners/", headers={"HX-Request": "true", "If-None-Match": page["ETag"]})

    assert part.status_code == 200
    assert part.content != page.content


@pytest.mark.django_db
def test_error_is_not_kept(client):
    assert client.get("/partners/alpha/").status_code == 404

    make_partner("Alpha")

    assert client.get("/partners/alpha/").status_code == 200
    assert client.get("/partners.csv?type=x").headers.get("ETag") is None


def by_update():
    Organization.objects.filter(slug="alpha").update(name="Changed")


def by_bulk_create():
    changed = Organization(
        slug="new", name="Changed", type="company", summary_en="x", publication_state="published"
    )
    Organization.objects.bulk_create([changed])
    make_agreement("Another", partners=[changed])


def by_raw_sql():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE partners_organization SET name = 'Changed' WHERE slug = 'alpha'")


def by_admin(client):
    client.force_login(make_curator())
    form = change_form(client, Organization.objects.get(slug="alpha"))
    form["name"] = "Changed"
    save(form)
    client.logout()


def by_another_process():
    code = "from partners.models import Organization; Organization.objects.filter(slug='alpha').update(name='Changed')"
    environment = os.environ | {"DATABASE_URL": database_url()}
    subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", code], env=environment, check=True)


WAYS = {"update": by_update, "bulk_create": by_bulk_create, "raw SQL": by_raw_sql, "admin": by_admin}


@pytest.mark.django_db
@pytest.mark.parametrize("change", WAYS.values(), ids=WAYS)
def test_next_request_shows_a_change(client, change):
    make_partner("Alpha")
    before = {address: client.get(address) for address in ("/", "/partners/", "/partners.csv")}

    change(client) if change is by_admin else change()

    for address, old in before.items():
        new = client.get(address, headers={"If-None-Match": old["ETag"]})
        assert new.status_code == 200
        assert "Changed" in text_of(new), address


@pytest.mark.django_db(transaction=True)
def test_next_request_shows_a_change_of_another_process(client):
    make_partner("Alpha")
    old = client.get("/partners/")
    assert "Changed" not in text_of(old)

    by_another_process()

    assert "Changed" in text_of(client.get("/partners/", headers={"If-None-Match": old["ETag"]}))


@pytest.mark.django_db
def test_every_listing_and_file_has_a_name(client):
    make_organization("Alpha")

    for noun in listed():
        for route in (noun.page_route, noun.csv_route):
            response = client.get(reverse(route))
            assert response["ETag"].startswith('W/"')
            assert response["Cache-Control"] == "public, no-cache"
