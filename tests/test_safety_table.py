"""The table of safety (genesis/deploy/asvs.md): what it names is there; and what no other test asks of the whole site."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from partners.admin.roles import ADMINISTRATOR, CONTRIBUTOR
from tests.proposals import somebody
from tests.records import make_curator
from tests.serving import ROOT
from tests.signing import LOGIN, RIGHT, is_in, later_by, sign_in, visitor

TABLE = (ROOT / "genesis" / "deploy" / "asvs.md").read_text()
CODE = [path for room in ("partners", "genesis") for path in sorted((ROOT / room).rglob("*.py"))]
# What runs, or builds, whatever it is given.
RUNS_ANYTHING = {"subprocess", "pickle", "marshal", "shelve", "dill", "yaml", "pty", "commands"}
CALLS_ANYTHING = {"eval", "exec", "compile", "__import__", "system", "popen"}


# What the table names


def test_every_test_that_the_table_names_is_there():
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TABLE))
    there = {
        (file, node.name)
        for file in {file for file, _name in named}
        for node in ast.parse((ROOT / file).read_text()).body
        if isinstance(node, ast.FunctionDef)
    }

    assert len(named) > 50
    assert sorted(named - there) == []


def test_every_file_that_the_table_names_is_there():
    named = set(
        re.findall(r"`((?:partners|genesis|tests|templates)/[\w/.-]+|[\w-]+\.(?:toml|txt|py))`", TABLE)
    )

    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_each_requirement_has_one_line_and_every_line_its_four_cells():
    lines = [line for line in TABLE.splitlines() if re.match(r"\| \d", line)]
    numbers = [number.strip() for line in lines for number in line.split("|")[1].split(",")]

    assert [line for line in lines if line.count("|") != 5] == []
    assert len(numbers) == len(set(numbers)) > 150


# What the whole site does


def settings_under(url: str, shown: str) -> str:
    code = f"from genesis import settings as s; print({shown})"
    known = {"PATH": "/usr/bin:/bin", "SITE_URL": url, "SECRET_KEY": "x" * 50}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=known, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(("url", "prefix"), [("https://partners.example.org", "__Host-"), ("http://a", "")])
def test_cookies_are_bound_to_this_host_over_https(url, prefix):
    shown = "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.HOST_ONLY, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE"

    names = f"{prefix}sessionid {prefix}csrftoken {prefix} {bool(prefix)} {bool(prefix)}"
    assert settings_under(url, shown).split() == names.split()


@pytest.mark.django_db
def test_cookies_are_for_this_site_and_out_of_reach_of_scripts(settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    make_curator("ada")
    client = visitor(headers={"host": "testserver"})
    client.get(LOGIN, secure=True)
    client.post(LOGIN, {"login": "ada", "password": RIGHT}, secure=True)

    names = {"sessionid": "/", "csrftoken": "/", "__Secure-known_device": "/admin/"}
    assert names.keys() <= client.cookies.keys()
    for name, path in names.items():
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), name
        assert (cookie["path"], cookie["domain"]) == (path, "")


@pytest.mark.django_db
def test_no_page_of_the_desk_is_kept_anywhere_or_shown_within_another_site():
    client = somebody(ADMINISTRATOR, "ann")
    lists = [
        f"admin:{each._meta.app_label}_{each._meta.model_name}_changelist" for each in admin.site._registry
    ]
    own = ["account_login", "mfa_index", "admin_password_reset", "account_reauthenticate", "stay"]
    desk = [f"admin:{name}" for name in ("index", "imports", "password_change", "jsi18n")]

    for name in [*lists, *own, *desk]:
        answer = client.get(reverse(name))
        assert "no-store" in answer.get("Cache-Control", ""), name
        assert answer.get("Cross-Origin-Resource-Policy") == "same-origin", name


@pytest.mark.django_db
def test_an_account_that_is_closed_is_signed_out_everywhere():
    user = make_curator("ada")
    here, there = visitor(), visitor("198.51.100.1")
    sign_in(here), sign_in(there)
    assert is_in(here) and is_in(there)

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert not is_in(here) and not is_in(there)


@pytest.mark.django_db
def test_a_session_goes_on_under_another_key_whenever_somebody_shows_who_he_is():
    make_curator("ada")
    client = visitor()
    client.get(LOGIN)
    client.post(LOGIN, {"login": "ada", "password": "wrong"})
    sign_in(client)
    first = client.cookies["sessionid"].value
    again = reverse("account_reauthenticate")
    with later_by(minutes=11):
        client.post(again, {"password": "wrong"})
        assert client.cookies["sessionid"].value == first
        client.post(again, {"password": RIGHT})
        assert is_in(client)
    old = visitor()
    old.cookies["sessionid"] = first

    assert client.cookies["sessionid"].value != first and len(first) >= 32
    assert is_in(client) and not is_in(old)
    second = client.cookies["sessionid"].value
    client.post(reverse("admin:logout"))
    old.cookies["sessionid"] = second
    assert not is_in(old)


@pytest.mark.django_db
def test_passwords_are_long_and_not_what_everybody_tries(settings):
    settings.SITE_URL, settings.PUBLISHER = "https://genesis.example.org", "Institute of Foresight"
    user = User(username="rosa.luxemburg", email="rosa@example.org")
    for bad in ("short one", "qwertyuiop123", "rosa.luxemburg", "Partner-Directory-1", "GenesisForesight12"):
        with pytest.raises(ValidationError):
            validate_password(bad, user)
    # Of any letters, and of none.
    for good in (
        "quite another one",
        "940182736455",
        "密码密码密码密码密码密码",
        "x y" * 60,
        "my partner and the sea",
    ):
        validate_password(good, user)


@pytest.mark.django_db
def test_a_password_is_taken_as_it_was_typed(settings):
    User.objects.create_user("ada", password="  Of spaces AND case  ", is_staff=True)
    for other in ("Of spaces AND case", "  of spaces and case  ", "  Of spaces AND case  x"):
        assert sign_in(visitor(), other).status_code == 200
    client = visitor()
    page = client.get(LOGIN).content.decode()

    assert sign_in(client, "  Of spaces AND case  ").status_code == 302
    for html in (page, client.get(reverse("admin:password_change")).content.decode()):
        fields = re.findall(r"<input[^>]*type=.password.[^>]*>", html)
        assert fields and all("autocomplete=" in field and "maxlength" not in field for field in fields)


@pytest.mark.django_db
def test_an_error_tells_visitors_nothing_of_the_inside(client, monkeypatch):
    def broken():
        raise RuntimeError("sought-after")

    monkeypatch.setattr("partners.caching.DataVersion.current", broken)
    client.raise_request_exception = False
    for address in ("/", "/partners.csv", "/partners.json"):
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == 500
        assert not re.search(r"sought-after|RuntimeError|Traceback|\.py\b|site-packages", text)


@pytest.mark.django_db
def test_a_right_that_somebody_lacks_is_told_in_the_log(caplog):
    client = somebody(CONTRIBUTOR, "ann")
    with caplog.at_level("WARNING", "partners.refused"):
        assert client.get(reverse("admin:auth_user_changelist") + "?q=sought").status_code == 403

    (told,) = [each.getMessage() for each in caplog.records if each.name == "partners.refused"]
    assert told == "Somebody lacks the right: GET /admin/auth/user/"


@pytest.mark.django_db
def test_every_answer_says_how_browsers_are_to_take_it(client):
    style = re.search(r'href="(/static/[^"]+\.css)"', client.get("/").content.decode())[1]
    for address in ("/", style, "/partners.csv", "/nowhere/", "/admin/login/", "/robots.txt"):
        answer = client.get(address)
        assert answer.getvalue()
        policy = answer["Content-Security-Policy"]
        for rule in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert rule in policy, address
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "strict-origin-when-cross-origin"
        if answer["Content-Type"].startswith("text/"):
            assert "charset=utf-8" in answer["Content-Type"].replace('"', "").lower()


def test_units_hide_how_the_code_came_about():
    units = sorted((ROOT / "genesis" / "deploy").glob("*.service"))

    assert [
        unit.name
        for unit in units
        if "\nInaccessiblePaths=-/srv/directory/current/.git\n" not in unit.read_text()
    ] == []


def test_no_method_but_those_of_reading_is_answered_in_public():
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        assert Client().generic(method, "/healthz").status_code == 405


def calls(path: Path) -> set[str]:
    """What a module imports or calls of that which runs anything."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names} & RUNS_ANYTHING
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0]} & RUNS_ANYTHING
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & CALLS_ANYTHING
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_os = isinstance(node.func.value, ast.Name) and node.func.value.id == "os"
            found |= {node.func.attr} & CALLS_ANYTHING if is_os else set()
    return found


def test_nothing_that_is_given_is_run():
    assert {str(path): found for path in CODE if (found := calls(path))} == {}


def test_scripts_write_no_markup():
    scripts = sorted((ROOT / "partners" / "static" / "partners").rglob("*.js"))
    forbidden = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|postMessage)"
    )

    assert len(scripts) > 3
    assert {path.name: found for path in scripts if (found := forbidden.findall(path.read_text()))} == {}
