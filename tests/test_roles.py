"""Roles: who may do what in curation. Every address, action and choice of records is listed here, or a test fails."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse

from partners.admin.roles import ADMINISTRATOR, CONTRIBUTOR, REVIEWER, ROLES, give_roles
from partners.changes.going_live import right_to_publish
from partners.changes.history import steps_of
from partners.changes.proposing import keep_proposal
from partners.models import (
    ImportJob,
    Judgement,
    Revision,
    SecurityEvent,
)
from partners.models.belonging import is_record, models_with_data
from tests.curation import Form, save
from tests.database import contents, db_of_file, undone  # noqa: F401
from tests.past import from_here_on
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.usefixtures("undone")

# What a Contributor, a Reviewer and an Administrator are answered.
ALL, NONE, PEOPLE = (200, 200, 200), (403, 403, 403), (403, 403, 200)
PUBLISHED = ("organization", "agreement", "event")
MODELS_EDITED = (*PUBLISHED, "source", "citation", "missionarea")
EXPECTED = {
    **dict.fromkeys(["index", "password_change", "password_change_done", "jsi18n"], ALL),
    **{"login": (302, 302, 302), "logout": (405, 405, 405), "view_on_site": (302, 302, 302)},
    **dict.fromkeys(["autocomplete", "app_list", "everything", "gaps", "unverified"], ALL),
    **dict.fromkeys(["take", "open", "verify", "read_source"], (405, 405, 405)),
    **dict.fromkeys(["known_sources", "named", "alike"], ALL),
    **dict.fromkeys(["imports", "import_template", "import_records"], ALL),
    # Of somebody else nobody is told that it is there.
    **dict.fromkeys(["import", "import_state", "import_file", "import_findings"], (404, 404, 404)),
    # Records are chosen in the list first.
    **{f"partners_{model}_edit": (302, 302, 302) for model in MODELS_EDITED},
    **{
        f"partners_{model}_{page}": ALL
        for model in (*PUBLISHED, "source", "sector", "missionarea", "citation", "programme")
        for page in ("changelist", "add", "change", "delete", "history", "deleted")
    },
    # What is public has to be withheld first.
    **{f"partners_{model}_delete": NONE for model in PUBLISHED},
    # Citations are added in the form of their record, and there is one programme.
    **dict.fromkeys(["partners_citation_add", "partners_programme_add", "partners_programme_delete"], NONE),
    # The only source of a public record stays.
    "partners_citation_delete": (302, 302, 302),
    # The journal is only read, and what it says can be taken back.
    **{f"partners_revision_{page}": ALL for page in ("changelist", "change", "history", "undo")},
    "partners_revision_delete": NONE,
    "partners_revision_add": (404, 404, 404),
    **{f"partners_{model}_merge": ALL for model in (*PUBLISHED, "source", "sector", "missionarea")},
    **{f"partners_judgement_{page}": ALL for page in ("changelist", "change", "delete", "history")},
    "partners_judgement_add": NONE,
    **{f"partners_proposal_{page}": ALL for page in ("changelist", "change")},
    **{f"partners_proposal_{page}": NONE for page in ("add", "delete")},
    "partners_proposal_history": (302, 302, 302),
    **{
        f"auth_{model}_{page}": PEOPLE
        for model in ("user", "group")
        for page in ("changelist", "add", "change", "delete", "history")
    },
    **{f"auth_user_{page}": PEOPLE for page in ("password_change", "password_link", "second_step")},
    **{f"partners_securityevent_{page}": PEOPLE for page in ("changelist", "change", "history")},
    **{f"partners_securityevent_{page}": NONE for page in ("add", "delete")},
}
# Signing in and out, and what any account of the staff may see: its own first page and password, and a search that
# finds only what it may see.
FOR_ALL_STAFF = {
    "index",
    "password_change",
    "password_change_done",
    "jsi18n",
    "login",
    "logout",
    "everything",
    "take",
    "verify",
    "open",
    "read_source",
}
# They say that there is nothing, and not that it is forbidden.
TELLS_NOTHING = {"view_on_site", "app_list", "import", "import_state", "import_file", "import_findings"}

DELETE, STEPS = "delete_selected", ["send_selected_for_review", "return_selected_to_draft"]
PUBLISHING = ["publish_selected", "withhold_selected"]
ACTIONS = {
    **{model: ([DELETE, *STEPS, *PUBLISHING],) * 3 for model in PUBLISHED},
    **{model: ([DELETE],) * 3 for model in ("source", "sector", "missionarea", "judgement")},
    **{model: ([],) * 3 for model in ("citation", "programme", "proposal", "revision", "securityevent")},
    **{model: ([], [], [DELETE]) for model in ("user", "group")},
}


def named_routes(patterns=None) -> Iterator[str]:
    """The name of every address of curation; those without one only lead on."""
    for each in patterns or admin.site.get_urls():
        if isinstance(each, URLResolver):
            yield from named_routes(each.url_patterns)
        elif isinstance(each, URLPattern) and each.name:
            yield each.name


ROUTES = sorted(set(named_routes()))
CHOICES = sorted(
    {
        (screen.model._meta.model_name, name)
        for each in admin.site._registry.values()
        for screen in (each, *each.inlines)
        for name in getattr(screen, "autocomplete_fields", ())
    }
)


def account(name, role="", is_staff=True):
    user = User.objects.create_user(name, password="a long password", is_staff=is_staff)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="module")
def world(db):
    """A record of every kind, and somebody in every role."""
    sector, area, source = make_sector("Chips"), make_mission_area("Fusion"), make_source("Report")
    organization = make_organization("Alpha", sectors=[sector], cited=False)
    citation = cite(organization, source=source)
    event = make_event()
    agreement = make_agreement(partners=[organization], mission_areas=[area], announcement=event)
    programme = make_programme(lead=organization, announcement=event)
    from_here_on()
    make_sector("Fresh")
    judged = Judgement.objects.create(kind="sector", first=1, second=2, name_of_who="ada")
    people = {role: account(role.lower(), role) for role in ROLES}
    people |= {"idle": account("idle"), "guest": account("guest", is_staff=False), "nobody": Client()}
    records = [organization, agreement, event, source, sector, area, citation, programme, judged]
    records += [
        Group.objects.get(name=REVIEWER),
        User.objects.get(username="guest"),
        Revision.objects.first(),
    ]
    author = User.objects.create(username="author")
    steps = steps_of(Revision.objects.first().number).steps
    records.append(keep_proposal(steps, 0, user=author, title="Alpha"))
    records.append(
        ImportJob.objects.create(kind="organizations", who=author.pk, name="list.csv", content=b"name")
    )
    records.append(SecurityEvent.objects.create(kind="failed", account="mallory"))
    return {record._meta.model_name: record for record in records}, people


def address(route: str, records) -> str:
    model = route.split("_")[1] if route.startswith(("partners_", "auth_")) else ""
    page = route.removeprefix("auth_").removeprefix("partners_").removeprefix(f"{model}_")
    if route == "app_list":
        return reverse("admin:app_list", args=["partners"])
    if route.startswith("import_") or route == "import":
        return address_of_import(route, records["importjob"])
    if route == "alike":
        return reverse("admin:alike", args=["organization"])
    if route == "autocomplete":
        return choice("organization", "parent")
    if route == "view_on_site":
        kind = ContentType.objects.get_for_model(records["sector"])
        return reverse("admin:view_on_site", args=[kind.pk, records["sector"].pk])
    has_key = page not in ("changelist", "add", "edit", "deleted") and model
    return reverse(f"admin:{route}", args=[records[model].pk] if has_key else [])


def address_of_import(route: str, job) -> str:
    if route in ("import_template", "import_records"):
        return reverse(f"admin:{route}", args=["organizations", "csv"])
    return reverse(f"admin:{route}", args=[job.pk])


def choice(model, name) -> str:
    return reverse("admin:autocomplete") + f"?app_label=partners&model_name={model}&field_name={name}&term="


@pytest.mark.parametrize("route", ROUTES)
def test_every_address_answers_each_role_as_is_expected(world, route):
    records, people = world
    url = address(route, records)

    assert tuple(people[role].get(url).status_code for role in ROLES) == EXPECTED[route]
    idle = people["idle"].get(url).status_code
    assert idle == (EXPECTED[route][0] if route in FOR_ALL_STAFF else 404 if route in TELLS_NOTHING else 403)
    if route not in ("login", "logout"):
        for outsider in ("guest", "nobody"):
            for ask in (people[outsider].get, people[outsider].post):
                answer = ask(url)
                assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("admin:login"))


@pytest.mark.parametrize("route", ROUTES)
def test_who_may_not_look_at_a_page_may_not_send_it_either(world, route):
    records, people = world
    url = address(route, records)
    before = contents()

    for role, status in zip(ROLES, EXPECTED[route], strict=True):
        if status == 403:
            assert people[role].post(url, {"post": "yes"}).status_code == 403
    if route not in FOR_ALL_STAFF:
        assert people["idle"].post(url, {"post": "yes"}).status_code in (403, 404, 405)
    assert contents() == before


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_changes_by_looking(world, route):
    records, people = world
    before = contents()

    people[ADMINISTRATOR].get(address(route, records) + ("" if route == "autocomplete" else "?_publish=1"))

    assert contents() == before


@pytest.mark.parametrize("curation", admin.site._registry.values(), ids=lambda each: each.opts.model_name)
def test_every_action_is_offered_to_the_roles_that_may_take_it(world, curation):
    for role, expected in zip(ROLES, ACTIONS[curation.opts.model_name], strict=True):
        assert sorted(curation.get_actions(asked_by(role))) == sorted(expected)


@pytest.mark.parametrize("curation", admin.site._registry.values(), ids=lambda each: each.opts.model_name)
def test_no_action_is_taken_that_is_not_offered(world, curation):
    records, people = world
    name = curation.opts.model_name
    every = {each for offered in ACTIONS.values() for each in offered[-1]}
    before = contents()

    for role, offered in [*zip(ROLES, ACTIONS[name], strict=True), ("idle", []), ("guest", [])]:
        for action in sorted(every.difference(offered)):
            sent = {"action": action, "_selected_action": [records[name].pk], "post": "yes"}
            people[role].post(reverse(f"admin:{curation.opts.app_label}_{name}_changelist"), sent)

    assert contents() == before


@pytest.mark.parametrize("model, name", CHOICES)
def test_every_choice_of_records_is_open_to_each_role_and_to_nobody_else(world, model, name):
    _records, people = world

    assert {people[role].get(choice(model, name)).status_code for role in ROLES} == {200}
    assert people["idle"].get(choice(model, name)).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_every_row_of_the_records_it_writes(world, role):
    request = asked_by(role)
    for curation in admin.site._registry.values():
        if curation.opts.app_label == "partners" and curation.has_change_permission(request):
            shown = [type(each) for each in curation.get_inline_instances(request)]
            assert shown == list(curation.inlines)
            for inline in curation.get_inline_instances(request):
                assert inline.has_add_permission(request, None)
                assert inline.has_change_permission(request) and inline.has_delete_permission(request)


def asked_by(role):
    request = RequestFactory().get("/")
    request.user = User.objects.get(username=role.lower())
    return request


def test_every_kind_of_record_has_a_right_to_publish_it(db):
    kinds = {right_to_publish(model) for model in models_with_data() if is_record(model)}

    assert kinds <= {f"partners.{each.codename}" for each in Permission.objects.all()}


def test_roles_can_be_given_again_and_keep_what_was_added(world):
    group = Group.objects.get(name=CONTRIBUTOR)
    before = set(group.permissions.all())
    further = Permission.objects.get(codename="view_user")
    group.permissions.add(further)
    group.permissions.remove(Permission.objects.get(codename="view_source"))
    Group.objects.get(name=REVIEWER).delete()

    give_roles()
    give_roles()

    assert set(group.permissions.all()) == before | {further}
    assert Group.objects.get(name=REVIEWER).permissions.filter(codename="publish_sector").exists()


def test_an_administrator_makes_nobody_a_superuser_and_touches_none(world):
    _records, people = world
    root = User.objects.create_superuser("root", password="a long password")
    client = people[ADMINISTRATOR]
    own = User.objects.get(username="administrator")

    form = Form(client, reverse("admin:auth_user_change", args=[own.pk]))
    form.data |= {"is_superuser": "on", "first_name": "Ada"}
    save(form)

    own.refresh_from_db()
    assert (own.is_superuser, own.first_name) == (False, "Ada")
    for page in ("auth_user_delete", "auth_user_password_change"):
        url = reverse(f"admin:{page}", args=[root.pk])
        assert client.get(url).status_code == client.post(url, {"post": "yes"}).status_code == 403
    chosen = {"action": DELETE, "_selected_action": [root.pk], "post": "yes"}
    client.post(reverse("admin:auth_user_changelist"), chosen)
    assert User.objects.filter(username="root").exists()
