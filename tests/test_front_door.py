"""Nothing but the path and the understood query decides what others get, whatever a visitor sends beside them."""

import gzip
import os
import re
import subprocess
import sys
from html import escape
from urllib.parse import quote, urlencode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from genesis.environment import env_site
from partners.middleware import acceptable
from partners.models import Organization
from partners.nouns import listed
from partners.tracking import BEGINNINGS, TRACKING_PARAMETERS, is_tracking, without_tracking
from partners.views.comparison import COMPARISON_PARAMETERS
from tests.records import make_agreement, make_organization, make_partner, make_sector
from tests.serving import ROOT, send, served
from tests.shapes import raw
from tests.test_caching import database_url

PAGE, LIST = "/partners/alpha/", "/partners/?q=%C3%A9"
# What servers, proxies and frameworks read from headers instead of from the request line. Each replaces something of
# the page above, were it listened to.
HEADERS = [
    *(
        (name, "/partners/alpha")
        for name in ("SCRIPT_NAME", "Script-Name", "X-Script-Name", "X-Forwarded-Prefix")
    ),
    *((name, "/partners") for name in ("SCRIPT_NAME", "SCRIPT_URL", "REDIRECT_URL", "X-Forwarded-Path")),
    *(
        (name, "/")
        for name in ("PATH_INFO", "Path-Info", "PATH_TRANSLATED", "REQUEST_URI", "RAW_URI", "X-Original-URI")
    ),
    *(
        (name, "/agreements/")
        for name in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-URI", "X-Original-Path")
    ),
    *((name, "type=company&view=table") for name in ("QUERY_STRING", "Query-String", "X-Query-String")),
    *(
        (name, "POST")
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "REQUEST_METHOD")
    ),
    *(
        (name, "evil.example:99")
        for name in ("X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X_FORWARDED_HOST")
    ),
    *((name, "evil.example") for name in ("HTTP_HOST", "SERVER_NAME", "Server-Name", "X-HTTP-Host-Override")),
    *((name, "99") for name in ("X-Forwarded-Port", "SERVER_PORT", "Server-Port")),
    *((name, "https") for name in ("X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Scheme", "X-URL-Scheme")),
    *(
        (name, "https")
        for name in ("X-Forwarded-Scheme", "WSGI.URL_SCHEME", "WSGI-URL-Scheme", "X_FORWARDED_PROTO")
    ),
    *((name, "on") for name in ("X-Forwarded-Ssl", "Front-End-Https", "HTTPS")),
    ("X-Forwarded-Protocol", "ssl"),
    ("X-Forwarded-For", "203.0.113.9"),
    ("Forwarded", "for=203.0.113.9;host=evil.example;proto=https"),
    ("Via", "1.1 evil.example"),
    *((name, "admin") for name in ("Remote-User", "REMOTE_USER", "X-Remote-User", "X-Forwarded-User")),
    *((name, "text/plain; charset=latin-1") for name in ("Content-Type", "CONTENT_TYPE")),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-16"),
    ("Accept-Language", "nl"),
    ("Accept", "application/json"),
    ("Accept-Charset", "latin-1"),
    ("Cookie", "sessionid=x; csrftoken=y; django_language=nl; messages=z"),
    ("Authorization", "Basic YWRtaW46YWRtaW4="),
    ("HX-Request", "true"),
    ("HX-Boosted", "true"),
    ("HX-Current-URL", "http://evil.example/"),
    ("HX-Target", "evil"),
    ("HX-History-Restore-Request", "true"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("Range", "bytes=0-9"),
    ("If-None-Match", '"x"'),
    ("If-Modified-Since", "Thu, 01 Jan 2099 00:00:00 GMT"),
    ("Accept-Encoding", "br"),
    ("Save-Data", "on"),
    ("Origin", "http://evil.example"),
    ("Referer", "http://evil.example/"),
    ("User-Agent", "Mobile"),
    ("Proxy", "http://evil.example"),
    ("Expect", "100-continue"),
]
REQUESTS = [
    ("GET", "http://evil.example:99/partners/?q=%C3%A9", "testserver"),
    ("HEAD", "/partners/?q=%C3%A9", "testserver"),
    ("GET", "/partners/?q=%C3%A9", "testserver:99"),
    ("GET", "/partners/?q=%C3%A9", "TESTSERVER"),
    ("GET", "/partners/?q=%C3%A9", "localhost:8000"),
    ("GET", "/partners/?q=%C3%A9&utm_source=x", "testserver"),
    ("GET", "//partners/?q=%C3%A9", "testserver"),
    ("GET", "/partners%2F?q=%C3%A9", "testserver"),
]


def plain(answer: tuple) -> tuple[int, str, bytes]:
    """An answer without what may differ: the moment, and the name of the state of the data."""
    status, head, body = answer
    return (
        status,
        re.sub(r"(?mi)^(Date|ETag|X-Request-ID): .*\n?", "", head),
        re.sub(rb'"version": "[0-9]+"', b"", body),
    )


@pytest.mark.django_db(transaction=True)
def test_next_reader_gets_the_same_page_whatever_somebody_sent_before():
    """Each header is sent right after a change, when no answer is kept: what it is answered would be kept."""
    make_partner("Alpha", names=["é"])
    with served(database_url(), ALLOWED_HOSTS="localhost") as port:
        right = [plain(send(port, address)) for address in (PAGE, LIST)]
        assert [status for status, _head, _body in right] == [200, 200]

        for number, (name, value) in enumerate(HEADERS):
            # A change that no reader sees.
            Organization.objects.filter(slug="alpha").update(curator_note=f"{number}")
            send(port, PAGE, (name, value))
            send(port, LIST, (name, value))
            assert [plain(send(port, address)) for address in (PAGE, LIST)] == right, (name, value)

        for method, target, host in REQUESTS:
            Organization.objects.filter(slug="alpha").update(curator_note=target + host)
            send(port, target, method=method, host=host)
            assert plain(send(port, LIST)) == right[1], (method, target, host)


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["testserver", "testserver:99", "testserver:8000", "TESTSERVER:1"])
def test_addresses_begin_with_the_one_of_the_site_by_whatever_name_it_was_called(client, host):
    make_partner("Alpha")
    addresses = [
        "/",
        PAGE,
        "/partners/",
        "/about/",
        "/data/",
        "/data/versions/",
        "/api/",
        "/api/openapi.json",
    ]
    addresses += ["/robots.txt", "/sitemap.xml", "/sitemap-partners.xml", "/partners/alpha.json"]
    addresses += [
        f"/partners.{ending}" for ending in ("json", "atom", "ics", "csv-metadata.json", "datapackage.json")
    ]

    for address in addresses:
        response = client.get(address, headers={"Host": host})
        assert response.status_code in (200, 404), address
        text = response.getvalue().decode()
        assert not re.findall(r"(?i)testserver:[0-9]+", text + str(response.headers)), address


@pytest.mark.django_db
def test_redirect_to_https_leads_to_the_site(client, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "partners.example.org"

    response = client.get(PAGE, headers={"Host": "testserver:99"})

    assert (response.status_code, response["Location"]) == (301, f"https://partners.example.org{PAGE}")


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["", "10.0.0.7:8000", "nobody.example", "_", "[::1]"])
def test_health_is_told_over_plain_http_to_any_host(client, settings, host):
    settings.SECURE_SSL_REDIRECT = True

    for address in ("/healthz", "/readyz"):
        response = client.get(address, headers={"Host": host})
        assert response.status_code == 200, response.content
        assert client.post(address, headers={"Host": host}).status_code == 405


# Compression


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br, gzip"),
        ("gzip;q=0", ""),
        ("gzip;q=0.000", ""),
        ("GZIP ; Q=0", ""),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("gzip;q=0, *", "br"),
        ("*", "br, gzip"),
        ("*;q=0", ""),
        ("*;q=0, gzip", "gzip"),
        ("identity;q=1, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=1.0", "gzip"),
        ("identity;q=0, *;q=0", ""),
        ("x-gzip", "gzip"),
        ("xgzip, gzipped, not-gzip", ""),
        ("gzip;q=2, br;q=nan, br;q=-1", ""),
        ("gzip;q*=bad'x'1", ""),
        (",,;q=1, ;", ""),
    ],
)
def test_codings_are_those_that_a_visitor_wants(header, codings):
    assert acceptable(header) == codings


@pytest.mark.django_db
@pytest.mark.parametrize("address", [PAGE, "/partners.csv", "/nowhere/", "/admin/login/"])
@pytest.mark.parametrize(
    "header", ["gzip;q=0", "gzip;q=0, *;q=0.1", "identity, gzip;q=0.9", "br;q=0.000,gzip;q=0"]
)
def test_nobody_gets_gzip_who_does_not_want_it(client, address, header):
    make_partner("Alpha")
    first = client.get(address, headers={"Accept-Encoding": "gzip"})

    response = client.get(address, headers={"Accept-Encoding": header})

    assert response.headers.get("Content-Encoding") in (None, "br")
    if address == PAGE:
        assert first["Content-Encoding"] == "gzip"
        assert gzip.decompress(first.content) == response.content


# What others add to addresses

MARKS = [
    "fbclid=x",
    "utm_source=a&UTM_Medium=b&gclid=&_ga=1.2&msclkid=x&yclid=y&ref=z&mc_cid=1&mc_eid=2&igshid=q",
]
MARKS += ["amp;utm_content=x&amp%3Bfbclid=1&amp;&__cft__[0]=A&__cft__%5B1%5D=B"]


def all_parameters() -> set[str]:
    names = {"page", "per_page", "view", "columns", *COMPARISON_PARAMETERS, "of", "rows", "old", "new"}
    for noun in listed():
        names |= {*noun.listing.parameters(), *(f"find_{name}" for name in noun.listing.facets())}
    return names


def test_no_parameter_of_the_directory_is_taken_for_a_mark_of_others():
    assert [name for name in all_parameters() if is_tracking(name)] == []
    assert [name for name in (*TRACKING_PARAMETERS, *BEGINNINGS) if name != name.lower()] == []


def test_what_is_no_mark_stays_letter_by_letter():
    for query in (
        "",
        "q=%C3%A9+a&q=&&=&x",
        "q=AT%26amp;T",
        "utm=1&references=2&gallery=3&amplitude=4",
        "é=%zz",
    ):
        assert without_tracking(query) == query
    assert without_tracking("type=company&amp;sort=name&amp;amp;page=2&AMP;q=a%20b") == (
        "type=company&sort=name&page=2&q=a%20b"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("mark", MARKS)
def test_marks_of_others_change_no_answer(client, mark):
    """On pages, files, feeds, JSON, comparisons and tables alike: the same bytes under the same name."""
    sector = make_sector("Cloud")
    alpha, beta = (make_partner(name, sectors=[sector]) for name in ("Alpha", "Beta"))
    make_agreement(
        "Both", partners=[alpha, beta], laboratories=[make_organization("Argonne", type="facility")]
    )
    queries = {"/compare/": "partner=alpha&partner=beta", "/cross/": "of=partners&rows=sector"}
    queries |= {"/compare.csv": queries["/compare/"], "/cross.csv": queries["/cross/"]}
    addresses = {
        PAGE: "",
        "/": "",
        "/partners/alpha.json": "",
        "/citations.csv": "",
        "/api/openapi.json": "",
    } | queries
    for noun in listed():
        path = reverse(noun.page_route)
        addresses |= {
            path: "q=a",
            **{f"{path[:-1]}.{e}": "q=a" for e in ("csv", "json", "atom", "ics", "ndjson")},
        }

    for path, query in addresses.items():
        clean = client.get(path, QUERY_STRING=query)
        for marked in (f"{mark}&{query}", f"{query}&{mark}"):
            response = client.get(path, QUERY_STRING=marked)
            assert (response.status_code, response["ETag"]) == (200, clean["ETag"]), path
            if not response.streaming:
                assert response.content == clean.content, path


@pytest.mark.django_db
def test_escaped_separator_of_a_pasted_link_is_understood(client):
    make_partner("Alpha", type="company")
    make_partner("Beta", type="nonprofit")

    page = client.get("/partners/", QUERY_STRING="type=company&amp;sort=-name&amp;q=alpha")

    assert page.context["problems"] == []
    assert [row["name"] for row in page.context["rows"]] == ["Alpha"]
    assert page.context["selection"].order == ("-name",)


# Links are made from what was understood


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "secter=cloud",
        "type=company&secter=cloud&x=1",
        "view=tabel",
        "view=table&view=cards",
        "view=table&columns=name,nmae",
        "columns=name&columns=name",
        "find_secter=x&page=",
        quote("<b>") + "=1",
    ],
)
def test_links_of_a_page_answer_what_the_page_shows(client, query):
    for name in ("Alpha", "Beta"):
        make_partner(name, type="company", region_code="US-CA", country_code="US")
    page = client.get("/partners/", QUERY_STRING=query)
    assert page.context["problems"], "something is wrong with each of these"
    assert page.context["selection"].count == 2

    links = set(re.findall(r'href="([^"#:]*[?.][^"]*)"', page.content.decode()))
    # The same page in another language keeps what was asked for, and says there what is wrong with it.
    for link in links - {f"/nl/partners/?{escape(query)}"}:
        if link.startswith("/static/"):
            continue
        path, _, rest = link.replace("&amp;", "&").partition("?")
        response = client.get(path or "/partners/", QUERY_STRING=rest)
        raw(response)
        assert response.status_code == 200, link
        if response.context and "problems" in response.context:
            assert response.context["problems"] == [], link


def test_every_mark_is_ignored_whatever_it_holds():
    for name in (*TRACKING_PARAMETERS, *(f"{beginning}x" for beginning in BEGINNINGS)):
        for written in (name, name.upper(), f"{name}[]", f"amp;{name}"):
            assert without_tracking(f"{urlencode({written: 'é'})}&q=a") == "q=a"


# What binds other hosts


@pytest.mark.parametrize(
    ("said", "url", "expected"),
    [
        ("", "https://partners.example.org", "31536000 False False"),
        ("host", "https://partners.example.org", "31536000 False False"),
        ("subdomains", "https://partners.example.org", "31536000 True False"),
        ("preload", "https://partners.example.org", "31536000 True True"),
        ("preload", "http://partners.example.org", "0 False False"),
        ("yes", "https://partners.example.org", "HSTS='yes' is none of: host, subdomains, preload"),
    ],
)
def test_browsers_are_bound_to_https_on_other_hosts_only_where_a_setting_says_so(said, url, expected):
    shown = "s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD"
    answer = subprocess.run(
        [sys.executable, "-c", f"from genesis import settings as s; print({shown})"],
        cwd=ROOT,
        env=os.environ | {"HSTS": said, "SITE_URL": url},
        capture_output=True,
        text=True,
    )
    assert expected in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "address",
    ["https://partners.example.org", "http://127.0.0.1:8000/", "http://[::1]:8000", "https://a:443"],
)
def test_address_of_the_site_is_a_host_with_or_without_a_port(monkeypatch, address):
    monkeypatch.setenv("SITE_URL", address)

    assert env_site("SITE_URL", "") == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        *("partners.example.org", "ftp://a", "https://", "https://a/path", "https://a?q=b", "https://a#b"),
        *("https://name@a", "https://name:word@a", "https://a:port", "https://a:99999", "https://a:0"),
        *("http://[::1", "https://:80"),
    ],
)
def test_anything_else_as_the_address_of_the_site_is_refused_in_words(monkeypatch, address):
    monkeypatch.setenv("SITE_URL", address)

    with pytest.raises(ImproperlyConfigured, match="is not an address such as"):
        env_site("SITE_URL", "")
