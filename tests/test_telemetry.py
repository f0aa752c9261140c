"""What whoever runs the site sees of it: complete, and without anything of who asked."""

import json
import logging
import re

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings

from partners.telemetry import logs
from partners.telemetry.middleware import access
from tests.database import database_url
from tests.records import make_curator, make_partner
from tests.serving import send, server_process

LINE = "%(asctime)s %(levelname)s %(name)s%(numbered)s: %(message)s"
# What a visitor brings along that must stand in no line.
PRIVATE = (
    "198.51.100.7",
    "sought-after",
    "curious-curator",
    "secret-cookie",
    "Agent/1.0",
    "a-token-of-a-link",
)


class Lines(logging.Handler):
    """Collects lines as both forms have them."""

    def __init__(self):
        super().__init__()
        self.addFilter(logs.Numbered())
        self.text, self.json = [], []

    def emit(self, record):
        self.text.append(logs.TextLine(LINE).format(record))
        self.json.append(json.loads(logs.JsonLine().format(record)))


@pytest.fixture
def lines():
    handler = Lines()
    root, level = logging.getLogger(), access.level
    root.addHandler(handler)
    access.setLevel(logging.INFO)
    yield handler
    access.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.django_db
def test_a_request_is_noted_without_anything_of_who_asked(client, lines):
    make_partner("Alpha")
    # A name that the number of no request holds by chance, as its 32 digits do "ada".
    client.force_login(make_curator("curious-curator"))
    asked = {
        "/partners/?q=sought-after": ("/partners/", 200),
        "/partners/alpha/": ("/partners/<slug:slug>/", 200),
        "/partners.csv": ("/partners.csv", 200),
        "/nowhere/?x=sought-after": ("", 404),
        "/admin/password/reset/key/a-token-of-a-link/": (None, None),
        "/admin/": ("/admin/", 200),
    }

    for address in asked:
        client.get(
            address,
            REMOTE_ADDR="198.51.100.7",
            headers={
                "X-Forwarded-For": "198.51.100.7",
                "User-Agent": "Agent/1.0",
                "X-Other": "secret-cookie",
            },
        )

    told = [line for line in lines.json if line["logger"] == "partners.access"]
    assert len(told) == len(asked)
    for line, (route, status) in zip(told, asked.values(), strict=True):
        if route is not None:
            assert (line["route"], line["status"]) == (route, status)
        assert line["level"] == "INFO" and line["milliseconds"] > 0 and len(line["request_id"]) == 32
    assert told[1]["path"] == "/partners/alpha/" and "path" not in told[-1]
    # A page that is not there is nobody's fault here.
    assert [line for line in lines.json if line["level"] != "INFO"] == []
    everything = "\n".join([*lines.text, json.dumps(lines.json)])
    assert [each for each in PRIVATE if each in everything] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["", "0af7651916cd43dd8448eb211c80319c", "short", "x" * 65, "a b c d e f", "é" * 10]
)
def test_request_has_a_number_that_is_taken_or_made(client, lines, given):
    answer = client.get("/partners/", headers={"X-Request-ID": given} if given else {})

    number = answer["X-Request-ID"]
    assert (number == given) == (given.startswith("0af"))
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert lines.json[-1]["request_id"] == number and f"[{number}]" in lines.text[-1]
    assert logs.request_id.get() == ""


def test_a_line_stays_one_whatever_it_tells(lines):
    logging.getLogger("partners").error("%s: away", "/a\n2026 ERROR forged\r\x1b[2J\u2028é")

    assert lines.text[-1].endswith(r": /a\n2026 ERROR forged\r\x1b[2J\u2028é: away")
    assert len(lines.text[-1].splitlines()) == 1


@pytest.mark.django_db
def test_error_is_told_by_mail_once_with_its_number_and_nothing_of_the_visitor(client, monkeypatch, settings):
    def broken(asked="sought-after"):
        raise RuntimeError("It broke")

    settings.ADMINS = [("", "operator@directory.example")]
    client.raise_request_exception = False
    monkeypatch.setattr("partners.caching.DataVersion.current", broken)
    numbers = [client.get("/", REMOTE_ADDR="198.51.100.7")["X-Request-ID"] for _time in range(3)]

    (sent,) = mail.outbox
    assert sent.to == ["operator@directory.example"] and "RuntimeError: It broke" in sent.body
    assert numbers[0] in sent.body and [each for each in PRIVATE if each in sent.body] == []


@pytest.mark.django_db
def test_what_a_visitor_sends_that_cannot_be_right_is_no_error_of_the_site(client, lines, settings):
    settings.ADMINS = [("", "operator@directory.example")]
    for query, headers in (("a=b&" * 6000, {}), ("", {"Host": "evil.example"})):
        assert client.get("/partners/", QUERY_STRING=query, headers=headers).status_code == 400

    assert [line for line in lines.json if line["level"] not in ("INFO", "DEBUG")] == []
    assert mail.outbox == []


@pytest.mark.django_db
def test_slow_statement_is_told_without_its_values(lines, settings):
    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", ["sought-after"])

    with connection.execute_wrapper(logs.SlowQuery()):
        settings.SLOW_QUERIES = 10_000
        ask()
        assert lines.json == []
        settings.SLOW_QUERIES = 0.000001
        ask()
    assert "SELECT %s" in lines.text[-1] and "sought-after" not in lines.text[-1]
    with override_settings(SLOW_QUERIES=5):
        before = list(connection.execute_wrappers)
        logs.watch_statements(connection)
        logs.watch_statements(connection)
        assert len(connection.execute_wrappers) == len(before) + 1
        connection.execute_wrappers[:] = before


@pytest.mark.django_db
def test_numbers_are_nowhere_unless_they_are_asked_for(client):
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_numbers_count_every_answer_of_every_process(tmp_path):
    make_partner("Alpha")
    key = "k" * 20
    with server_process(database_url(), METRICS_KEY=key, VAR_DIR=str(tmp_path), workers=2) as (
        port,
        _process,
    ):
        for _time in range(10):
            assert send(port, "/readyz")[0] == 200
            assert send(port, "/robots.txt")[0] == 200
        assert send(port, "/metrics")[0] == send(port, "/metrics", ("Authorization", "Bearer x"))[0] == 403
        status, head, body = send(port, "/metrics", ("Authorization", f"Bearer {key}"))
    numbers = dict(line.rsplit(" ", 1) for line in body.decode().splitlines() if not line.startswith("#"))
    assert status == 200 and "text/plain" in head
    assert float(numbers['directory_answers_total{method="GET",route="robots",status="200"}']) == 10
    assert float(numbers["directory_database_up"]) == 1 and float(numbers["directory_data_version"]) > 0
