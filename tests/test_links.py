"""Addresses of other sites: only public machines are asked, within limits, and what they answer is judged rightly."""

import gzip
import threading
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from partners.curation_vocabularies import LinkState
from partners.findings.kept_texts import says
from partners.links import addresses, fetching
from partners.links.addresses import Forbidden, is_public, public_addresses
from partners.links.checking import Asking, check_links, not_asked_since
from partners.links.fetching import Limits, NoAnswer, fetch
from partners.links.reading import decoded, text_of_page, without_markup
from partners.management.commands.check_links import Command
from partners.models import DataVersion, LinkCheck, Source
from tests.records import cite, make_organization, make_source

LONG = "The agreement was signed on 18 December by both, and nobody said a word more about it. " * 5
# Addresses that lead to this machine, or into the network beside it, as people write them to get past a filter.
PRIVATE = [
    *("127.0.0.1", "127.1", "0x7f000001", "2130706433", "017700000001", "0.0.0.0", "localhost"),  # noqa: S104
    *(
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[64:ff9b::7f00:1]"),
    *(
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "[64:ff9b:1::a00:1]",
        "[fec0::1]",
        "[::ffff:0:10.0.0.1]",
        "[4000::1]",
    ),
    # What clouds keep to themselves.
    *("192.0.0.192", "168.63.129.16"),
]


class Site(BaseHTTPRequestHandler):
    """Answers each path with what the tests say."""

    pages = {}

    def do_GET(self):
        status, headers, body = (
            self.pages[self.path](self) if callable(self.pages[self.path]) else self.pages[self.path]
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(text: str) -> tuple:
    return 200, HTML, f"<title>x</title><script>var a = 1</script><p>{text}".encode()


@pytest.fixture(scope="module")
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def read(port, monkeypatch):
    """Fetches from the site of the tests, which stands under every name that ends in `.example`."""
    monkeypatch.setattr(Site, "pages", {})

    def resolve(host, wanted):
        return [("127.0.0.1", port)] if host.endswith(".example") else public_addresses(host, wanted)

    return partial(fetch, resolve=resolve)


@pytest.mark.parametrize("host", PRIVATE)
def test_machines_that_only_this_one_can_reach_are_not_asked(read, host):
    """Neither when a person names them, nor when another site leads there."""
    Site.pages["/on"] = (302, {"Location": f"http://{host}/"}, b"")

    for url in (f"http://{host}/", "http://site.example/on"):
        with pytest.raises((Forbidden, NoAnswer)):
            read(url)
    # What the machine's own resolver makes of it is not public either.
    with suppress(OSError):
        for number in {where[4][0] for where in addresses.socket.getaddrinfo(host.strip("[]"), 80)}:
            assert not is_public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_machines_of_the_internet_are_public(number):
    assert is_public(number)


def test_a_name_with_one_private_address_among_others_is_not_asked(monkeypatch):
    found = [(2, 1, 6, "", (number, 80)) for number in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_named: found)

    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        public_addresses("rebinding.example", 80)


def test_the_name_is_looked_up_once_for_each_request(read):
    """A second look could lead elsewhere than the first, which was judged."""
    Site.pages |= {"/a": (301, {"Location": "http://b.example/b"}, b""), "/b": page(LONG)}
    asked = []

    def resolve(host, wanted):
        asked.append(host)
        return read.keywords["resolve"](host, wanted)

    fetched = fetch("http://a.example/a", resolve=resolve)

    assert (fetched.url, fetched.moved_for_good, asked) == (
        "http://b.example/b",
        True,
        ["a.example", "b.example"],
    )


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file://site.example/secret",
            "ftp://site.example/",
            "gopher://site.example/",
            "//site.example/",
            "site.example",
            "",
        ),
        *("http://", "http://ada:secret@site.example/", "http://site.example:22/", "http://site.example:x/"),
    ],
)
def test_what_is_no_address_of_the_web_is_not_asked(url):
    with pytest.raises(Forbidden):
        fetch(url)


def test_letters_of_any_language_reach_the_site_as_machines_write_them(read):
    Site.pages["/%C3%BC?q=%E6%97%A5"] = page(LONG)

    assert read("http://bücher.example/ü?q=日#part").status == 200


def test_a_plain_text_is_read_as_it_stands(read):
    Site.pages["/"] = (
        200,
        {"Content-Type": "text/plain; charset=iso-8859-1"},
        "caf\xe9 <b>".encode("latin-1"),
    )
    fetched = read("http://site.example/")

    assert text_of_page(fetched.headers, fetched.body) == "café <b>"


def drip(handler) -> tuple:
    """A byte now and then, which no time limit of a single read ends."""
    with suppress(OSError):
        while not handler.server._BaseServer__shutdown_request:
            handler.wfile.write(b"H")
            handler.wfile.flush()
            threading.Event().wait(0.02)
    return 200, {}, b""


def test_a_site_that_drips_is_not_waited_for(read):
    Site.pages["/drip"] = drip

    with pytest.raises(NoAnswer, match="within 0.2 seconds"):
        read("http://site.example/drip", limits=Limits(seconds=0.2))


def test_what_unpacks_to_a_flood_is_cut(read):
    bomb = gzip.compress(bytes(20_000_000))
    Site.pages["/bomb"] = (200, HTML | {"Content-Encoding": "gzip"}, bomb)

    fetched = read("http://site.example/bomb", limits=Limits(size=100_000))

    assert (len(fetched.body), fetched.is_whole) == (100_000, False)


def test_nothing_is_read_behind_the_end_of_what_is_packed(read):
    Site.pages["/bomb"] = (200, HTML | {"Content-Encoding": "gzip"}, gzip.compress(b"x") + bytes(500_000))

    with pytest.MonkeyPatch.context() as patch:
        asked = []
        honest = fetching.http.client.HTTPResponse.read
        patch.setattr(
            fetching.http.client.HTTPResponse,
            "read",
            lambda self, most: asked.append(most) or honest(self, most),
        )
        assert read("http://site.example/bomb").body == b"x"

    assert len(asked) == 1


def test_a_site_that_drips_after_a_slow_connection_is_not_waited_for(read, monkeypatch):
    """The time can be up while a name is looked up, or a machine connected: what comes after has none left."""
    Site.pages["/drip"] = drip
    slow = threading.Event()
    honest = fetching.socket.create_connection

    def connect(*args, **kwargs):
        slow.wait(0.1)
        return honest(*args, **kwargs)

    monkeypatch.setattr(fetching.socket, "create_connection", connect)

    with pytest.raises(NoAnswer, match="within 0.05 seconds"):
        read("http://site.example/drip", limits=Limits(seconds=0.05))


@pytest.mark.parametrize("onward", ["http://[bad/", "//[", "/" + "x" * 3000])
def test_a_redirect_to_no_address_is_no_answer(read, onward):
    Site.pages["/on"] = (301, {"Location": onward}, b"")

    with pytest.raises(NoAnswer, match="leads on to"):
        read("http://site.example/on")


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "rot13", "nobody-knows"])
def test_what_python_takes_for_a_charset_beside_those_of_pages_is_passed_over(charset):
    assert decoded(charset, b"caf\xc3\xa9 -abc") == "café -abc"


@pytest.mark.parametrize("piece", ["<a ", "<![", "<!--", '<a b="', "</", "<script>"])
def test_a_page_that_never_ends_what_it_begins_is_read_at_once(piece):
    """A parser that begins anew at each of them would need hours for these."""
    assert isinstance(without_markup(piece * 300_000), str)


def test_what_is_packed_in_a_way_that_nobody_asked_for_is_not_taken_for_words(read):
    Site.pages["/br"] = (200, HTML | {"Content-Encoding": "br"}, LONG.encode())
    fetched = read("http://site.example/br")

    assert text_of_page(fetched.headers, fetched.body) == ""


def test_a_circle_of_redirects_ends(read):
    Site.pages["/round"] = (302, {"Location": "/round"}, b"")

    with pytest.raises(NoAnswer, match="more than 8 times"):
        read("http://site.example/round")


@pytest.mark.parametrize(
    ("text", "quote", "is_there"),
    [
        ("It was “signed” in\nDecember", 'was "signed" in December', True),
        ("Le projet de l’Énergie", "le projet de l'energie", True),
        ("A long sentence with many words in it", "A long sentence […] words in it", True),
        ("A long sentence with many words in it", "words in it … A long", False),
        ("They are smart about art supplies", "art about", False),
        ("founded in 1993", "founded in 199", False),
        ("日本の研究所", "研究", True),
    ],
)
def test_words_are_found_as_people_read_them(text, quote, is_there):
    assert says(text, quote) is is_there


def test_words_of_a_page_are_what_people_read_there(read):
    markup = (
        "<style>p{}</style><p>Signed <b>Decem</b>ber 18</p><svg><text>no</text></svg><br/>by &amp; for"
        + "<p>a" * 200
    )
    Site.pages["/"] = (200, {"Content-Type": "text/html"}, markup.encode())
    fetched = read("http://site.example/")

    assert text_of_page(fetched.headers, fetched.body).startswith("Signed December 18\nby & for\na\n")


@pytest.mark.django_db
def test_each_answer_is_judged_by_what_was_cited(read):
    Site.pages |= {
        "/good": page(LONG),
        "/less": page(LONG.replace("18", "19")),
        "/moved": (308, {"Location": "/good"}, b""),
        "/for-now": (302, {"Location": "/good"}, b""),
        "/gone": (410, {}, b""),
        "/closed": (403, {}, b""),
        "/broken": (503, {}, b""),
        "/drawn-by-a-program": (200, HTML, b"<script>draw()</script>Please enable JavaScript"),
    }
    record = make_organization(cited=False)
    found = {}
    for path in Site.pages:
        found[make_source(url=f"http://site.example{path}").pk] = path
    for source in sources_of(found):
        cite(record, source=source, quote="signed on 18 December")
    before = DataVersion.objects.get().number

    answers = {found[each.source_id]: each for each in check_links(sources_of(found), Asking(read, pause=0))}

    assert {path: answer.state for path, answer in answers.items()} == {
        "/good": LinkState.WORKS,
        "/less": LinkState.CHANGED,
        "/moved": LinkState.MOVED,
        "/for-now": LinkState.WORKS,
        "/gone": LinkState.DEAD,
        "/closed": LinkState.CLOSED,
        "/broken": LinkState.SILENT,
        "/drawn-by-a-program": LinkState.WORKS,
    }
    assert answers["/moved"].moved_to == "http://site.example/good"
    assert len(answers["/less"].gone) == 1
    assert LinkCheck.objects.count() == len(found)
    # What other sites do is no change of the directory.
    assert DataVersion.objects.get().number == before


def sources_of(keys):
    return Source.objects.filter(pk__in=keys)


@pytest.mark.django_db
def test_a_check_that_was_stopped_goes_on_where_it_ended(read):
    Site.pages["/"] = page(LONG)
    keys = [make_source(url=f"http://s{number}.example/").pk for number in range(6)]
    moment = timezone.now()
    answers = check_links(sources_of(keys), Asking(read, sites_at_once=1))
    done = [next(answers).source_id, next(answers).source_id]
    answers.close()

    left = set(not_asked_since(moment).values_list("pk", flat=True))

    assert left == set(keys) - set(done)
    LinkCheck.objects.filter(source=done[0]).update(url="http://elsewhere.example/")
    assert done[0] in set(not_asked_since(moment).values_list("pk", flat=True))


@pytest.mark.django_db
def test_the_command_says_what_to_look_at(read, monkeypatch, capsys):
    Site.pages |= {"/": page(LONG), "/gone": (404, {}, b"")}
    make_source("Here", url="http://site.example/")
    gone = make_source("Gone", url="http://site.example/gone")
    monkeypatch.setattr(Command, "fetch", staticmethod(read))

    call_command("check_links")

    told = capsys.readouterr().out
    assert f"Dead:\n  {gone.slug}  http://site.example/gone; answers 404\n" in told
    assert told.endswith("2 addresses asked: 1 works, 1 dead.\n")
    call_command("check_links")
    assert capsys.readouterr().out == "0 addresses asked.\n"


@pytest.mark.django_db
def test_curators_find_sources_by_what_their_address_answered(read, admin_client):
    Site.pages |= {"/": page(LONG), "/old": (301, {"Location": "/"}, b""), "/gone": (404, {}, b"")}
    sources = [make_source(url=f"http://site.example{path}") for path in Site.pages]
    list(check_links(sources, Asking(read)))
    unasked = make_source(url="http://site.example/new")

    def listed(state):
        page = admin_client.get(reverse("admin:partners_source_changelist"), {"link": state})
        return [row.pk for row in page.context["cl"].result_list]

    assert [listed(each) for each in ("works", "moved", "dead")] == [[each.pk] for each in sources]
    assert listed("unasked") == [unasked.pk]
    form = admin_client.get(reverse("admin:partners_source_change", args=[sources[1].pk])).content.decode()
    assert 'Now at <a href="http://site.example/"' in form
    # Another address than the one that was asked: that answer says nothing of it.
    Source.objects.filter(pk=sources[2].pk).update(url="http://site.example/other")
    assert set(listed("unasked")) == {unasked.pk, sources[2].pk}
    assert listed("dead") == []
