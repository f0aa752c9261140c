"""Whatever is sent to whichever address, by whomever: no failure, no script that comes back, nothing changed by reading.

`python -m tests.attacks` sends the same by the hundred thousand to a server that runs.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners.admin.roles import ADMINISTRATOR, CONTRIBUTOR, ROLES
from partners.exchange.importing.jobs import JobWorker
from partners.models import Writing
from tests import fuzzing
from tests.database import db_of_file, undone  # noqa: F401 (fixtures)
from tests.laws import examples, seeds
from tests.proposals import somebody
from tests.worlds import build_world

pytestmark = pytest.mark.usefixtures("undone")
WRITES = re.compile(
    r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?((?:partners|auth|django|mfa|account)_\w+)'
)
# What reading may write: who is there, who has a form open, what was counted, and indexes brought up to date.
WRITTEN_BY_READING = re.compile(
    r"django_session|partners_(facet|search|word|securityevent|openform|presence)"
)


@pytest.fixture(scope="module")
def known(db) -> dict[str, list[str]]:
    """A directory, and the parts of its addresses."""
    from partners.models import Agreement, Organization

    build_world(1, organizations=16, agreements=12)
    slugs = [
        *Organization.objects.values_list("slug", flat=True),
        *Agreement.objects.values_list("slug", flat=True),
    ]
    keys = [str(key) for key in Organization.objects.values_list("pk", flat=True)[:3]]
    kinds = ["organizations", "agreements", "sources", "citations"]
    # Keys of one kind are none of another: which of them meet by chance depends on the tests before.
    own = {
        f"admin/partners/{model._meta.model_name}/object_id": [str(key) for key in found]
        for model in apps.get_app_config("partners").get_models()
        if (found := list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:3]))
    }
    return {
        **own,
        "slug": slugs,
        **dict.fromkeys(("object_id", "id", "pk", "key", "number", "content_type_id"), keys),
        **{"kind": kinds, "ending": ["csv", "xlsx"], "section": ["pages"], "app_label": ["partners", "auth"]},
    }


@contextmanager
def only_reading() -> Iterator[None]:
    """Fails where something is written that tells of more than that somebody was there."""

    def guard(execute, sql, parameters, many, context):
        found = WRITES.match(sql)
        assert not found or WRITTEN_BY_READING.match(found[1]), sql[:200]
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(guard):
        yield


def answer_to(client: Client, path: str, query="", method="GET", headers=None, **more):
    """The answer to what is sent as it stands; fails where anything is wrong with it, and raises what a view does."""
    with only_reading() if method in ("GET", "HEAD") else nullcontext():
        answer = client.generic(method, path, QUERY_STRING=query, headers=headers or {}, **more)
        body = answer.getvalue()
    found = fuzzing.faults(path, answer.status_code, answer.headers, body)
    assert not found, (method, path, query, headers, found)
    return answer, body


def visitors() -> list[Client]:
    return [Client(), *(somebody(role, f"of-{number}") for number, role in enumerate(ROLES))]


def in_one_language(dice: random.Random) -> list[str]:
    """Every address, in one of the languages that it has."""
    found: dict[str, list[str]] = {}
    for route in fuzzing.routes():
        found.setdefault(route.removeprefix("nl/"), []).append(route)
    return [dice.choice(each) for each in found.values()]


@pytest.mark.parametrize("seed", seeds(1))
def test_every_address_answers_whatever_it_is_asked(known, seed):
    dice, clients, refused = random.Random(seed), visitors(), 0
    for number, route in enumerate(in_one_language(dice)):
        client = clients[number % len(clients)] if "admin/" in route else clients[0]
        path = fuzzing.filled(route, known, dice)
        answer, body = answer_to(client, path)
        is_page = answer.status_code == 200 and "html" in answer["Content-Type"]
        names = (
            fuzzing.offered(fuzzing.elements(body.decode())) if is_page else ["as_of", "columns", "q", "sort"]
        )
        # What cannot stand in a header is left to the recorded run.
        headers = {name: text for name, text in fuzzing.headers(dice).items() if text.isprintable()}
        answer_to(client, path, fuzzing.query(names, dice), headers=headers)
        if "<" in route:
            answer, _body = answer_to(client, fuzzing.filled(route, known, dice, nasty=1))
            refused += answer.status_code in (400, 404)
    assert refused > 50


def test_every_header_may_hold_anything(known):
    addresses = ("/", "/partners/", "/partners.csv", "/admin/login/", "/partners/nobody/", "/nl/sources.json")

    @examples(40)
    @given(st.randoms(use_true_random=False), st.sampled_from(addresses), st.text(max_size=30))
    def law(dice, address, text):
        headers = fuzzing.headers(dice, most=6)
        headers[dice.choice(sorted(fuzzing.HEADERS))] = text.encode().decode("latin-1")
        method = dice.choice(("GET", "GET", "GET", *fuzzing.METHODS))
        answer_to(Client(), address, method=method, headers=headers)

    law()


def forms_at(client: Client, path: str) -> list[fuzzing.Form]:
    answer = client.get(path)
    page = answer.getvalue()
    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
        return []
    found = fuzzing.forms_of(fuzzing.elements(page.decode()))
    return [form for form in found if form.method == "post"]


def send(client: Client, path: str, form: fuzzing.Form, dice: random.Random):
    """Send a form of the page at a path. What it answers is what anything answers."""
    data = fuzzing.mutated(form, dice)
    for name in form.files:
        file, content = fuzzing.upload(dice)
        data[name] = [SimpleUploadedFile(file or "a", content)]
    target = form.action if form.action.startswith("/") else path
    # A lone surrogate has no bytes that a client could send.
    data = {
        name.encode("utf-8", "replace").decode(): [
            each.encode("utf-8", "replace").decode() if isinstance(each, str) else each for each in values
        ]
        for name, values in data.items()
    }
    answer = client.post(target, data)
    body = answer.getvalue()
    found = fuzzing.faults(target, answer.status_code, answer.headers, body)
    assert not found, (target, data, found)


@pytest.mark.parametrize("role", ROLES)
def test_every_form_takes_whatever_is_sent(known, role):
    """And what was stored by it comes back escaped, on the desk and in public."""
    dice, client, sent = random.Random(role), somebody(role, "somebody"), 0
    for route in fuzzing.routes():
        if not route.startswith("admin/") or "logout" in route or dice.random() < 0.75:
            continue
        path = fuzzing.filled(route, known, dice)
        for form in forms_at(client, path)[:3]:
            send(client, path, form, dice)
            Writing.objects.all().delete()
            sent += 1
            if "_auth_user_id" not in client.session:
                client = somebody(role, f"somebody-{sent}")
    assert sent > 12, sent
    for path in (
        "/",
        "/partners/",
        "/agreements/",
        "/sources/",
        "/changes/",
        "/partners.atom",
        "/admin/",
        "/search/?q=x",
    ):
        answer_to(client, path)


def test_every_file_may_hold_anything(known):
    client = somebody(ADMINISTRATOR, "somebody")

    @examples(20)
    @given(st.randoms(use_true_random=False), st.binary(max_size=60))
    def law(dice, noise):
        name, content = fuzzing.upload(dice)
        file = SimpleUploadedFile(name.replace("\x00", "") or "a", content + dice.choice((b"", noise)))
        answer = client.post(reverse("admin:imports"), {"kind": dice.choice(known["kind"]), "file": file})
        assert fuzzing.faults("/admin/import/", answer.status_code, answer.headers, answer.content) == []
        Writing.objects.all().delete()
        while JobWorker().work():
            pass
        if answer.status_code == 302:
            answer_to(client, answer["Location"])

    law()


def test_what_the_admin_of_django_stumbles_over_is_refused(known):
    """Found by the recorded run: a column without a name, and a year that no day has."""
    client, keys = somebody(ADMINISTRATOR, "somebody"), known["pk"]
    for label in ("partners_organization", "auth_user", "partners_revision"):
        for page in ("change", "delete", "history"):
            path = reverse(f"admin:{label}_{page}", args=[keys[0]])
            assert client.get(path, {"_to_field": ""}).status_code in (403, 404), path
    path = reverse("admin:partners_source_changelist")
    assert client.get(path, {"published_date__year": "9" * 20}).status_code == 302


def test_who_may_not_is_refused_whatever_he_sends(known):
    """The tests above would see nothing of a desk that let nobody in, and this one nothing of one that lets everybody."""
    path = reverse("admin:auth_user_changelist")

    answers = [
        client.get(path).status_code
        for client in (Client(), somebody(CONTRIBUTOR, "c"), somebody(ADMINISTRATOR, "a"))
    ]

    assert answers == [302, 403, 200]
