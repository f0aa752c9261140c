"""The journal: what happened can be read backwards, whoever wrote it, on both engines."""

import io
import random

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.changes.past import readable_revisions
from partners.changes.pruning import forget
from partners.changes.revising import revising
from partners.changes.undoing import undo
from partners.curation_vocabularies import Via
from partners.models import (
    Agreement,
    AgreementParty,
    Change,
    Citation,
    DataVersion,
    Organization,
    OrganizationName,
    Revision,
    Writing,
)
from tests.laws import seeds
from tests.past import revision_of, whole_state
from tests.records import (
    add_amount,
    add_party,
    cite,
    make_agreement,
    make_curator,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db(transaction=True)


def execute(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def an_organization(rng) -> Organization:
    return rng.choice(Organization.objects.order_by("pk"))


# What people and machines do with a directory, each as one step of a history.


def save_another_value(rng):
    record = an_organization(rng)
    record.city = rng.choice(("Delft", "San José", "", "日本", 'a "quoted" city\\'))
    record.save()


def update_many(rng):
    Organization.objects.filter(pk__gt=rng.randrange(5)).update(established=rng.choice((None, 1911, 2015)))


def add_a_name(rng):
    record = an_organization(rng)
    OrganizationName.objects.create(organization=record, value=f"Name {rng.random()}", type="alias")


def move_a_name(rng):
    if names := OrganizationName.objects.order_by("pk"):
        OrganizationName.objects.filter(pk=rng.choice(names).pk).update(organization=an_organization(rng))


def write_sql(rng):
    execute(
        "UPDATE partners_organization SET ticker = %s WHERE id % 2 = 0".replace("% 2", "%% 2"),
        str(rng.random()),
    )


def write_sql_in_one_transaction(rng):
    with transaction.atomic():
        execute("UPDATE partners_organization SET ticker = %s", str(rng.random())[:9])
        execute("DELETE FROM partners_citation WHERE id = (SELECT min(id) FROM partners_citation)")


def publish_or_withhold(rng):
    record = an_organization(rng)
    record.publication_state = rng.choice(("published", "withheld"))
    record.save()


def set_sectors(rng):
    an_organization(rng).sectors.set([make_sector(), make_sector()])


def delete_an_agreement(rng):
    if agreements := Agreement.objects.order_by("pk"):
        rng.choice(agreements).delete()


def make_an_agreement(rng):
    with revising(Via.FORM, why="announced"):
        agreement = make_agreement(partners=[an_organization(rng)], mission_areas=[make_mission_area()])
        add_amount(agreement)


def cite_something(rng):
    cite(an_organization(rng), field=rng.choice(("city", "name", "")), source=make_source())


def take_parties_in_bulk(rng):
    AgreementParty.objects.filter(pk__gt=rng.randrange(4)).delete()


STEPS = (
    *(save_another_value, update_many, add_a_name, move_a_name, write_sql, write_sql_in_one_transaction),
    *(
        publish_or_withhold,
        set_sectors,
        delete_an_agreement,
        make_an_agreement,
        cite_something,
        take_parties_in_bulk,
    ),
)


def make_small_directory():
    make_programme()
    one, two = (
        make_organization("One", names=["Uno", "Eins"]),
        make_organization("Two", sectors=[make_sector()]),
    )
    agreement = make_agreement("First", partners=[one, two])
    add_amount(agreement)
    add_party(agreement, make_organization("Laboratory"), "laboratory")


@pytest.mark.parametrize("seed", seeds(3))
def test_journal_read_backwards_is_the_state_then(seed):
    rng = random.Random(seed)  # noqa: S311
    make_small_directory()
    states = {}
    for _step in range(12):
        rng.choice(STEPS)(rng)
        states[Revision.objects.count()] = whole_state()

    for revision, state in states.items():
        assert whole_state(revision) == state


def all_complete() -> bool:
    """Whether everything that is published has what it needs."""
    published = [*Organization.objects.filter(publication_state="published"), *Agreement.objects.published()]
    return not any(record.missing_for_publication() for record in published)


@pytest.mark.parametrize("seed", seeds(3))
def test_undo_of_a_revision_is_the_state_before_it(seed):
    """Written through the application: a revision is then one step on both engines."""
    rng, taken_back = random.Random(seed), 0  # noqa: S311
    make_small_directory()
    for _step in range(12):
        before = whole_state()
        with revising(Via.FORM) as announced:
            rng.choice(STEPS)(rng)
        if announced.revision is None:
            continue

        try:
            undone = undo(announced.revision)
        except ValidationError:
            # Plain SQL may have taken what a published record needs: it was so before, and would be so again.
            assert not all_complete()
            continue
        assert undone.refused == []
        assert whole_state() == before
        taken_back += 1
    assert taken_back >= 6


def test_a_row_comes_back_only_where_what_it_leads_to_is_there():
    alpha = make_organization("Alpha", names=["A"], cited=False)
    with revising(Via.FORM) as without_name:
        alpha.names.all().delete()
    alpha.delete()

    with pytest.raises(ValidationError, match="The database refuses this"):
        undo(without_name.revision)

    assert not OrganizationName.objects.exists()


def test_taking_back_a_value_does_not_look_at_every_row_there_is():
    """SQLite does so for seconds in a large directory, where it is asked whether all references lead somewhere."""
    alpha = make_organization("Alpha")
    with revising(Via.FORM) as moved:
        Organization.objects.filter(pk=alpha.pk).update(city="Delft")

    with CaptureQueriesContext(connection) as queries:
        undo(moved.revision)

    assert not [query["sql"] for query in queries if "foreign_key_check" in query["sql"]]


# The journal itself


def test_a_revision_says_who_wrote_by_which_way_and_why():
    user = make_curator("grace")
    with revising(Via.FORM, user=user, why="It moved."):
        make_sector("Cloud")
        make_sector("Chips")

    revision = Revision.objects.get()
    assert (revision.number, revision.who, revision.name_of_who) == (1, user.pk, "grace")
    assert (revision.via, revision.why, revision.data_version) == ("form", "It moved.", DataVersion.current())
    assert revision.changes.count() == 2
    assert not Writing.objects.exists()


def test_revisions_are_numbered_without_gaps():
    make_sector("Cloud")
    with pytest.raises(RuntimeError), revising(Via.FORM):
        make_sector("Chips")
        raise RuntimeError
    with revising(Via.FORM):
        make_sector("Chips")

    numbers = Revision.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert Change.objects.filter(table="sector").count() == 2


def test_one_transaction_of_plain_sql_is_one_revision_where_the_engine_can_tell():
    alpha, beta = make_organization("Alpha"), make_organization("Beta")
    before = Revision.objects.count()
    with transaction.atomic():
        for record in (alpha, beta):
            execute("UPDATE partners_organization SET city = 'Delft' WHERE id = %s", record.pk)

    revisions = Revision.objects.filter(number__gt=before)
    assert [each.via for each in revisions] == ["unknown"] * (1 if connection.vendor == "postgresql" else 2)


def test_emptying_a_table_is_kept_row_by_row():
    make_small_directory()
    before, newest = whole_state(), Revision.objects.count()

    execute(
        {"sqlite": "DELETE FROM {}", "postgresql": "TRUNCATE {} CASCADE"}[connection.vendor].format(
            "partners_citation"
        )
    )

    assert not Citation.objects.exists()
    assert whole_state(newest) == before


def test_what_is_written_and_taken_back_to_a_savepoint_is_no_change():
    with revising(Via.FORM) as announced:
        alpha = make_organization("Alpha")
        with pytest.raises(RuntimeError), transaction.atomic():
            Organization.objects.filter(pk=alpha.pk).update(city="Delft")
            raise RuntimeError

    assert announced.revision == Revision.objects.get().number
    assert not Change.objects.filter(table="organization", operation="U").exists()


def test_what_changes_nothing_is_no_revision():
    alpha = make_organization("Alpha")
    before, version = Revision.objects.count(), DataVersion.current()

    alpha.save()
    execute("UPDATE partners_organization SET name = name")

    assert Revision.objects.count() == before
    assert DataVersion.current() > version


@pytest.fixture
def long_history():
    """An organization that was in Delft on the first day of the year, and is in Leiden since today; gives it."""
    revision_of("2026-01-01T00:00Z")
    Change.objects.create(revision_id=1, table="sector", row=1, model="sector", record=1, operation="I")
    with revising(Via.FORM):
        alpha = make_organization("Alpha", city="Delft")
    with revising(Via.FORM):
        Organization.objects.filter(pk=alpha.pk).update(city="Leiden")
    return alpha


def prune(*options, **others) -> str:
    call_command("prune_journal", *options, stdout=(printed := io.StringIO()), **others)
    return printed.getvalue()


def test_pruning_says_what_goes_and_asks(long_history, monkeypatch):
    rows = Change.objects.count()
    monkeypatch.setattr("builtins.input", lambda question: "no")

    assert "Nothing to forget" in prune("--before", "2026-01-01")
    for printed in (prune("--before", "2026-01-02"), prune("--before", "2026-01-02", "--dry-run")):
        assert "1 rows of the journal, of revisions 1 to 1, are of before 2026-01-02: about 0.0 MB" in printed
        assert "can be read from the end of 1 January 2026 on" in printed
    assert (Change.objects.count(), Revision.objects.filter(rows_kept=False).count()) == (rows, 0)

    for wrong, words in ((("--before", "2999-01-01"), "still to come"), (("--keep", "0"), "at least")):
        with pytest.raises(CommandError, match=words):
            prune(*wrong)


@pytest.mark.parametrize("options", [("--before", "2026-01-02"), ("--keep", "1")])
def test_pruning_forgets_rows_and_keeps_revisions(long_history, options):
    state, newest = whole_state(), Revision.objects.count()
    before = whole_state(newest - 1)

    prune(*options, "--no-input")

    assert not Change.objects.filter(revision=1).exists()
    assert [each.rows_kept for each in Revision.objects.order_by("number")] == [False, *[True] * newest]
    assert (whole_state(), whole_state(newest - 1)) == (state, before)
    pruned = Revision.objects.first()
    assert (pruned.via, pruned.why.split(":")[0]) == ("command", "prune_journal")
    assert readable_revisions() == (1, newest + 1)


def test_after_pruning_pages_say_since_when_the_past_is_known(long_history, admin_client):
    newest = Revision.objects.count()
    forget(newest, "too large")
    history = reverse("admin:partners_organization_history", args=[long_history.pk])
    revision = reverse("admin:partners_revision_change", args=[newest])
    words = f"How rows were before the end of revision {newest}"

    for address in (history, f"{history}?from=1&to=2", reverse("admin:partners_organization_deleted")):
        assert words in admin_client.get(address).content.decode()
    page = admin_client.get(reverse("admin:partners_revision_undo", args=[newest]), follow=True)
    assert page.redirect_chain[0][0] == revision
    assert "It cannot be taken back" in page.content.decode()
    with pytest.raises(ValidationError, match="cannot be taken back"):
        undo(newest)
    refused = admin_client.get("/partners.json", {"as_of": newest - 1})
    assert refused.status_code == 400
    assert f"from {newest} to {newest + 1}, or a day from" in refused.json()["problems"][0]["detail"]


def test_the_first_load_is_one_revision_without_rows():
    call_command("load_dataset", verbosity=0, why="The first ones")

    assert [(each.via, each.why) for each in Revision.objects.all()] == [("package", "The first ones")]
    assert not Change.objects.exists()


@pytest.mark.parametrize("seed", seeds(3))
def test_emptying_the_database_leaves_no_trace_of_what_stood_there(seed):
    """In whatever order the tables come: while some are empty already, the rows of others seem to be withheld."""
    agreement = make_agreement(partners=[make_organization(), make_organization()])
    cite(agreement)
    of_ours = list(apps.get_app_config("partners").get_models(include_auto_created=True))
    tables = [each._meta.db_table for each in of_ours]
    random.Random(seed).shuffle(tables)

    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, allow_cascade=True))

    assert [each.__name__ for each in of_ours if each.objects.exists()] == []
