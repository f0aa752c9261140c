"""The history of records in curation: who changed what, and how to take it back."""

import pytest
from django.contrib.auth.models import User
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.changes.history import history_of
from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.models import Citation, Organization, OrganizationName, Proposal, Revision
from tests.curation import Form, save
from tests.past import from_here_on
from tests.records import cite, make_curator, make_organization, make_sector
from tests.registered import (
    ADMINS,
    fields_in,
    make_free,
    one_of_every_kind,  # noqa: F401 (a fixture)
    others,
)

pytestmark = pytest.mark.django_db


def history(client, record) -> str:
    page = client.get(reverse(f"admin:partners_{record._meta.model_name}_history", args=[record.pk]))
    assert page.status_code == 200
    return page.content.decode()


def change_address(record) -> str:
    return reverse(f"admin:partners_{record._meta.model_name}_change", args=[record.pk])


@pytest.fixture
def alpha():
    return make_organization("Alpha", city="Santa Clara", names=["A"])


@pytest.fixture
def curator(client):
    user = make_curator("grace")
    user.first_name, user.last_name = "Grace", "Hopper"
    user.save()
    client.force_login(user)
    return client


def edit(client, record, **values):
    form = Form(client, change_address(record))
    for name, value in values.items():
        form[name] = value
    save(form)
    return Revision.objects.first()


def test_history_says_who_changed_which_value_from_what_to_what(curator, alpha):
    revision = edit(curator, alpha, city="San José")

    page = history(curator, alpha)
    assert (revision.name_of_who, revision.via) == ("Grace Hopper", "form")
    for text in ("Grace Hopper", "City", "Santa Clara", "San José", f"Revision {revision.number}"):
        assert text in page


def test_history_outlives_the_account_of_who_wrote_it(curator, alpha):
    edit(curator, alpha, city="San José")
    User.objects.filter(username="grace").delete()
    curator.force_login(make_curator("ada"))

    assert "Grace Hopper" in history(curator, alpha)


def test_history_has_the_rows_of_a_record(curator, alpha):
    form = Form(curator, change_address(alpha))
    form["names-0-value"] = "Aleph"
    form["sectors"] = [make_sector("Cloud").pk]
    save(form)

    page = history(curator, alpha)
    for text in ("Other name: Name", "Aleph", "Sectors: added", "Cloud"):
        assert text in page


def test_a_change_can_be_taken_back_from_the_history(curator, alpha):
    revision = edit(curator, alpha, city="San José", website="https://alpha.example/")
    address = reverse("admin:partners_revision_undo", args=[revision.number])

    preview = curator.get(address)
    assert "Santa Clara" in preview.content.decode()
    alpha.refresh_from_db()
    assert alpha.city == "San José"
    curator.post(address, {"why": "It moved back."})

    alpha.refresh_from_db()
    assert (alpha.city, alpha.website) == ("Santa Clara", "")
    newest = Revision.objects.first()
    assert (newest.via, newest.undoes, newest.why) == ("undo", revision.number, "It moved back.")
    page = curator.get(reverse("admin:partners_revision_change", args=[revision.number])).content.decode()
    assert f"Taken back by revision {newest.number}" in page


def test_a_cell_that_was_changed_since_is_left_alone(curator, alpha):
    revision = edit(curator, alpha, city="San José", website="https://alpha.example/")
    edit(curator, alpha, city="Fresno")
    address = reverse("admin:partners_revision_undo", args=[revision.number])

    assert "It was changed since." in curator.get(address).content.decode()
    page = curator.post(address, follow=True).content.decode()

    alpha.refresh_from_db()
    assert (alpha.city, alpha.website) == ("Fresno", "")
    assert "1 value was left alone" in page


def ways_back(client, record) -> dict[tuple[int, str], str]:
    """What the history offers for each cell of each revision: the address that takes it back, or why there is none."""
    revisions = client.get(reverse("admin:partners_organization_history", args=[record.pk])).context[
        "revisions"
    ]
    return {
        (revision.number, row.title): row.parts[-1].link.url if row.parts[-1].link else row.parts[-1].words
        for revision, table in revisions
        for row in table.rows
    }


def test_each_cell_of_the_history_goes_back_or_says_why_not(curator, alpha):
    first = edit(curator, alpha, city="San José", website="https://alpha.example/", ticker="ALF").number
    second = edit(curator, alpha, city="Fresno").number
    undo = reverse("admin:partners_revision_undo", args=[first])
    curator.post(undo, {"table": "organization", "row": alpha.pk, "column": "ticker"})

    ways = ways_back(curator, alpha)

    assert ways[first, "City"] == f"Changed since in revision {second}."
    assert ways[first, "Ticker"] == f"Undone in revision {second + 1}."
    curator.post(ways[first, "Website"])
    alpha.refresh_from_db()
    assert (alpha.website, alpha.city) == ("", "Fresno")
    # What has come back to what a revision wrote can be taken back again, whatever lies between.
    edit(curator, alpha, city="San José")
    assert undo in ways_back(curator, alpha)[first, "City"]


# Which changes are asked for


@pytest.fixture
def changed_often(alpha):
    """A record that two people have changed in three ways, its rows too."""
    ada, grace = make_curator("ada"), make_curator("grace")
    sector = make_sector("Cloud")

    def write(user, via, deed):
        with revising(via, user=user):
            deed()

    own = Organization.objects.filter(pk=alpha.pk)
    write(ada, Via.FORM, lambda: own.update(city="San José", ticker="ALF"))
    write(grace, Via.FILE, lambda: own.update(city="Fresno"))
    write(ada, Via.FORM, lambda: alpha.sectors.add(sector))
    write(grace, Via.FORM, lambda: alpha.names.update(value="Aleph"))
    write(ada, Via.UNDO, lambda: own.update(ticker=""))
    write(ada, Via.FORM, lambda: cite(alpha, "city"))
    return alpha


def asked_history(client, record, **asked) -> list[tuple[int, list[str]]]:
    page = client.get(reverse("admin:partners_organization_history", args=[record.pk]), asked)
    return [
        (revision.number, [row.title for row in table.rows]) for revision, table in page.context["revisions"]
    ]


def test_a_history_is_narrowed_to_what_is_offered(admin_client, changed_often):
    """Law: every filter gives the revisions of the whole history that it names, and of those only the cells."""
    newest = Revision.newest()
    everything = history_of(changed_often)
    page = admin_client.get(reverse("admin:partners_organization_history", args=[changed_often.pk]))
    found = {}
    for name, _label, _now, offered in page.context["filters"]:
        for value, _words in offered[1:]:
            found[name, value] = [
                number for number, _cells in asked_history(admin_client, changed_often, **{name: value})
            ]

    for (name, value), numbers in found.items():
        expected = [each.revision.number for each in everything if is_asked(name, value, each)]
        assert numbers == expected, (name, value)
    own = {
        name: newest - back
        for back, name in enumerate(["cited", "ticker", "names", "sectors", "city", "both"])
    }
    assert found["cell", "city"][:2] == [own["city"], own["both"]]
    assert found["cell", "organizationname-rows"][:-1] == [own["names"]]
    assert found["by", "grace"] == [own["names"], own["city"]]
    assert found["via", "undo"] == [own["ticker"]]


def is_asked(name: str, value: str, found) -> bool:
    if name != "cell":
        return {"by": found.revision.name_of_who, "via": found.revision.via}[name] == value
    table, _, is_rows = value.partition("-rows")
    if value.endswith("-rows"):
        return any(step.model._meta.model_name == table and step.shown() for step in found.steps)
    return any(value in {each.name for each in step.shown()} for step in found.steps if step.is_of_record)


def test_filters_of_a_history_go_together_and_page_by_page(admin_client, changed_often, monkeypatch):
    monkeypatch.setattr("partners.admin.history.REVISIONS_SHOWN", 1)
    address = reverse("admin:partners_organization_history", args=[changed_often.pk])
    asked = {"cell": "ticker", "by": "ada"}
    first = admin_client.get(address, asked)
    ((newest, table),) = first.context["revisions"]
    assert (newest.via, [row.title for row in table.rows]) == ("undo", ["Ticker"])
    assert f"cell=ticker&amp;by=ada&amp;before={newest.number}" in first.content.decode()
    assert "Undo revision" not in first.content.decode()
    ((number, cells),) = asked_history(admin_client, changed_often, **asked, before=newest.number)
    assert (number, cells) == (newest.number - 4, ["Ticker"])
    assert asked_history(admin_client, changed_often, cell="city", via="undo") == []
    # What an address says otherwise is passed over.
    assert asked_history(admin_client, changed_often, cell="nothing", via="\0") == asked_history(
        admin_client, changed_often
    )


def test_a_longer_history_costs_no_more_queries(admin_client, changed_often, django_assert_max_num_queries):
    address = reverse("admin:partners_organization_history", args=[changed_often.pk])
    ada = User.objects.get(username="ada")

    def move_to(*cities: str) -> None:
        for city in cities:
            with revising(Via.FORM, user=ada):
                Organization.objects.filter(pk=changed_often.pk).update(city=city)

    move_to("Oakland", "Fresno")
    with CaptureQueriesContext(connection) as few:
        admin_client.get(address, {"cell": "city", "by": "ada"})
    move_to(*(f"City {number}" for number in range(12)))
    with django_assert_max_num_queries(len(few)):
        assert len(asked_history(admin_client, changed_often, cell="city", by="ada")) == 15


def test_a_row_that_was_added_goes_back_while_nobody_has_changed_it(curator, alpha):
    form = Form(curator, change_address(alpha))
    form.add_row("names", value="Aleph", type="alias")
    save(form)
    number = Revision.objects.first().number
    assert f"/{number}/undo/" in ways_back(curator, alpha)[number, "Other name: added"]
    form = Form(curator, change_address(alpha))
    form["names-1-value" if form["names-0-value"] == "A" else "names-0-value"] = "Beth"
    save(form)
    assert (
        ways_back(curator, alpha)[number, "Other name: added"] == f"Changed since in revision {number + 1}."
    )


def test_who_may_not_change_a_record_is_offered_no_way_back(client, alpha):
    edit_by = make_curator("grace")
    client.force_login(edit_by)
    edit(client, alpha, city="San José")
    client.force_login(make_curator("idle", ["view_organization"]))
    assert not [way for way in ways_back(client, alpha).values() if "undo" in way]


def test_one_cell_alone_can_be_taken_back(curator, alpha):
    revision = edit(curator, alpha, city="San José", website="https://alpha.example/")
    address = reverse("admin:partners_revision_undo", args=[revision.number])

    curator.post(address, {"table": "organization", "row": alpha.pk, "column": "city"})

    alpha.refresh_from_db()
    assert (alpha.city, alpha.website) == ("Santa Clara", "https://alpha.example/")


def test_a_deleted_record_comes_back_with_its_rows(curator):
    alpha = make_organization("Alpha", publication_state="draft", names=["A"], sectors=[make_sector("Cloud")])
    from_here_on()
    curator.post(
        reverse("admin:partners_organization_delete", args=[alpha.pk]),
        {
            "post": "yes",
            "_opened": curator.get(reverse("admin:partners_organization_delete", args=[alpha.pk])).context[
                "opened"
            ],
        },
    )
    assert not Organization.objects.exists()
    listed = curator.get(reverse("admin:partners_organization_deleted"))
    assert "Alpha" in listed.content.decode()

    number = Revision.objects.first().number
    curator.post(
        reverse("admin:partners_revision_undo", args=[number]), {"model": "organization", "record": alpha.pk}
    )

    back = Organization.objects.get(pk=alpha.pk)
    assert (back.name, back.created_at) == ("Alpha", alpha.created_at)
    assert OrganizationName.objects.get().value == "A"
    assert [sector.name_en for sector in back.sectors.all()] == ["Cloud"]
    assert back.citations.count() == 1


def test_taking_back_needs_the_right_to_change_and_is_proposed_by_who_may_not_publish(client, alpha):
    client.force_login(make_curator("bob", permissions=["view_revision", "view_organization"]))
    with revising(Via.FORM) as announced:
        Organization.objects.filter(pk=alpha.pk).update(city="San José")
    address = reverse("admin:partners_revision_undo", args=[announced.revision])
    assert client.get(address).status_code == client.post(address).status_code == 403

    allowed = ["view_revision", "change_organization", "view_organization"]
    client.force_login(make_curator("eve", permissions=allowed))
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 302

    alpha.refresh_from_db()
    assert alpha.city == "San José"
    assert Proposal.objects.get().name_of_who == "eve"


RIGHTS = (
    "view_revision",
    "view_organization",
    "change_organization",
    "add_organization",
    "delete_organization",
)


@pytest.mark.parametrize(
    ("change", "right"), [("added", "delete_organization"), ("removed", "add_organization")]
)
def test_taking_back_needs_the_right_to_do_the_opposite(client, change, right):
    """What was added goes, and what was removed comes back."""
    from_here_on()
    draft = make_organization("Draft", publication_state="draft", cited=False)
    if change == "removed":
        from_here_on()
        draft.delete()
    address = reverse("admin:partners_revision_undo", args=[Revision.objects.first().number])

    client.force_login(make_curator("eve", permissions=[each for each in RIGHTS if each != right]))
    assert client.post(address).status_code == 403
    client.force_login(make_curator("ada", permissions=RIGHTS))
    assert client.post(address).status_code == 302
    assert Organization.objects.exists() == (change == "removed")


def test_a_revision_shows_only_records_that_one_may_read(client):
    from_here_on()
    make_organization("Draft", publication_state="draft", curator_note="Not yet", cited=False)
    client.force_login(make_curator("eve", permissions=["view_revision", "view_sector"]))
    address = reverse("admin:partners_revision_change", args=[Revision.objects.first().number])

    page = client.get(address).content.decode()

    assert "Not yet" not in page and "Draft" not in page


@pytest.mark.parametrize("number", ["9" * 25, "9" * 5000, "9223372036854775808", "-1", "٣", "1.5"])
def test_numbers_that_no_revision_can_have_are_no_fault(curator, alpha, number):
    address = reverse("admin:partners_organization_history", args=[alpha.pk])

    assert curator.get(address, {"from": number, "to": 1}).status_code == 404
    assert curator.get(address, {"from": 1, "to": number}).status_code == 404
    assert curator.get(address, {"before": number}).status_code == 200
    assert curator.get(f"{reverse('admin:partners_revision_changelist')}{number}/change/").status_code == 404


def test_nothing_is_taken_back_that_would_break_a_rule(curator):
    beta = make_organization("Beta", publication_state="draft", cited=False)
    from_here_on()
    citation = cite(beta)
    added = Revision.objects.first().number
    from_here_on()
    beta.publish()

    page = curator.post(reverse("admin:partners_revision_undo", args=[added]))

    assert "“Beta” is published and would lack: a source (a citation)." in page.content.decode()
    assert beta.citations.get() == citation


def test_no_page_of_the_history_changes_anything_by_get(curator, alpha):
    revision = edit(curator, alpha, city="San José")
    before = Revision.objects.count()

    for name, args in (("undo", [revision.number]), ("change", [revision.number]), ("changelist", [])):
        assert curator.get(reverse(f"admin:partners_revision_{name}", args=args)).status_code == 200
    assert curator.get(reverse("admin:partners_organization_deleted")).status_code == 200

    assert Revision.objects.count() == before


def test_two_moments_are_compared(curator, alpha):
    first = edit(curator, alpha, city="San José")
    edit(curator, alpha, city="Fresno", website="https://alpha.example/")
    last = edit(curator, alpha, city="Oakland", website="")

    address = reverse("admin:partners_organization_history", args=[alpha.pk])
    page = curator.get(address, {"from": first.number, "to": last.number}).content.decode()

    assert "San José" in page and "Oakland" in page
    assert "Fresno" not in page and "Website" not in page
    assert curator.get(address, {"from": "x", "to": "1"}).status_code == 404


# Whatever is written says by whom


CURATED = [label for label in ADMINS if label.startswith("partners.")]


@pytest.mark.parametrize("label", CURATED)
def test_a_form_says_by_whom_it_was_saved(admin_client, admin_user, records, label):
    record = records[label]
    form = Form(admin_client, change_address(record))
    name, value = another_text(record, admin_client.get(change_address(record)))
    form[name] = value
    for citation in getattr(record, "citations", Citation.objects.none()).exclude(field=""):
        form[f"_evidence-{citation.pk}"] = "tidying"

    save(form)

    newest = Revision.objects.first()
    assert (newest.who, newest.via) == (admin_user.pk, "form")
    assert label.partition(".")[2] in newest.changes.values_list("table", flat=True)


def another_text(record, page) -> tuple[str, str]:
    """A text of a form that can be another one, and which."""
    for name, offered in fields_in(page).items():
        field = record._meta.get_field(name)
        if isinstance(field, models.CharField | models.TextField) and not offered.disabled and name != "slug":
            for value in others(field, record, offered):
                return name, value
    raise LookupError(f"no text in the form of {record!r}")


@pytest.mark.parametrize("label", [label for label in CURATED if label != "partners.programme"])
def test_a_deletion_says_by_whom(admin_client, admin_user, records, label):
    record = make_free(records[label])
    address = reverse(f"admin:partners_{record._meta.model_name}_delete", args=[record.pk])
    opened = admin_client.get(address).context["opened"]

    admin_client.post(address, {"post": "yes", "_opened": opened})

    newest = Revision.objects.first()
    assert not type(record)._base_manager.filter(pk=record.pk).exists()
    assert (newest.who, newest.via) == (admin_user.pk, "form")


def test_an_action_of_a_list_is_one_revision(admin_client, admin_user):
    chosen = [make_organization(f"Organization {number}") for number in range(3)]
    address = reverse("admin:partners_organization_changelist")
    listed = admin_client.get(address).context["listed"]

    admin_client.post(
        address,
        {
            "action": "withhold_selected",
            "_selected_action": [each.pk for each in chosen],
            "_listed": listed,
            "post": "yes",
        },
    )

    newest = Revision.objects.first()
    assert (newest.who, newest.via) == (admin_user.pk, "list")
    assert newest.changes.filter(table="organization").count() == 3
