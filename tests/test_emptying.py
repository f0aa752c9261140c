"""What a test that commits leaves to the next one: nothing."""

import pytest
from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection
from django.test import TransactionTestCase

from partners import triggers
from partners.curation_vocabularies import SecurityEventKind
from partners.models import DataVersion, Organization, SecurityEvent
from tests.database import contents, execute
from tests.worlds import one_of_everything

pytestmark = pytest.mark.django_db(transaction=True)
# The version goes on, and the roles are given now.
GO_ON = {each._meta.db_table: "" for each in (DataVersion, SecurityEvent)}


def end_test() -> None:
    TransactionTestCase._fixture_teardown(TransactionTestCase())


def test_everything_that_was_written_goes_and_what_was_there_at_first_comes_back():
    before, version, events = contents(), DataVersion.objects.get().number, SecurityEvent.objects.count()
    one_of_everything()
    Group.objects.all().delete()

    end_test()

    assert contents() | GO_ON == before | GO_ON
    assert DataVersion.objects.get().number > version
    assert SecurityEvent.objects.count() == events


def test_rows_that_were_put_back_are_in_nobodys_way():
    """Where a table was made anew, its counter begins again."""
    counter = {"table": SecurityEvent._meta.db_table, "column": "id"}
    events = SecurityEvent.objects.count()
    for statement in connection.ops.sequence_reset_by_name_sql(no_style(), [counter]):
        execute(statement)

    end_test()

    SecurityEvent.note(SecurityEventKind.SIGNED_IN, "ada")
    assert SecurityEvent.objects.count() == events + 1


def test_triggers_that_a_test_took_away_come_back():
    with connection.cursor() as cursor:
        triggers.take_away(connection, cursor)
        standing = triggers.count(connection, cursor)
    Organization.objects.create(name="Unseen", slug="unseen")

    end_test()

    with connection.cursor() as cursor:
        assert (standing, triggers.are_in_place(connection, cursor)) == (0, True)
    assert (Group.objects.count(), Organization.objects.count()) == (3, 0)
