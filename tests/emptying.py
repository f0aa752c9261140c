"""After a test that commits, the database is empty but for what `migrate` leaves in it.

Django empties it and has every receiver of `post_migrate` make that anew: content types, permissions, roles, three
hundred triggers, which takes ten times as long as emptying does. So the rows that stood there at first are put back
instead. Where a test left other triggers behind, Django's own way is taken, which makes them again.
"""

from collections.abc import Callable

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import TransactionTestCase

from partners.engines.data_version import advance
from partners.models import DataVersion

# On SQLite in the order in which they were made, which is that in which they act.
TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid",
    "postgresql": """SELECT md5(string_agg(
            concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, p.prosrc, p.proconfig), '' ORDER BY t.tgname, t.tgrelid))
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal""",
}


def emptying() -> Callable[[TransactionTestCase], None]:
    """What a transactional test is to end with. The database is one that nobody has written to."""
    models = apps.get_models(include_auto_created=True)
    # A version never comes back: what was kept of another test is not this one's.
    at_first = {model: list(model._base_manager.all()) for model in models if model is not DataVersion}
    rows = {model: of_model for model, of_model in at_first.items() if of_model}
    triggers = triggers_of_database()
    as_django_does = TransactionTestCase._fixture_teardown

    def empty(test_case: TransactionTestCase) -> None:
        if triggers_of_database() != triggers:
            as_django_does(test_case)
            return
        how = {"inhibit_post_migrate": True, "reset_sequences": False, "allow_cascade": False}
        call_command("flush", verbosity=0, interactive=False, **how)
        with transaction.atomic():
            for model, of_model in rows.items():
                model._base_manager.bulk_create(of_model)
            # A migration that a test took back and did again has made tables anew, and their counters.
            counters = connection.ops.sequence_reset_sql(no_style(), list(rows))
            with connection.cursor() as cursor:
                for statement in (*counters, advance(connection.vendor)):
                    cursor.execute(statement)
        ContentType.objects.clear_cache()

    return empty


def triggers_of_database() -> list[tuple]:
    """Every trigger, with what it does."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        return cursor.fetchall()
