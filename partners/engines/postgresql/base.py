"""Django's backend for PostgreSQL, on which the triggers of the directory stand aside while a migration runs."""

import psycopg
from django.db.backends.postgresql import base, operations, schema

from partners.engines.emptying import EmptiesJournal
from partners.engines.postgresql.silence import (
    SIGN_OF_LIFE_MAY_TAKE,
    STATEMENT_MAY_TAKE,
    Silence,
    SilentServer,
    Waiting,
    silence_of,
)
from partners.engines.standing_aside import StandingAside

TRIGGERS_WHERE = """SELECT t.oid, t.tgname, t.tgrelid::regclass::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgname LIKE 'partners\\_%%' AND c.relnamespace = quote_ident(current_schema())::regnamespace
    AND {condition} ORDER BY t.tgname"""


class DatabaseSchemaEditor(StandingAside, schema.DatabaseSchemaEditor):
    def put_aside(self) -> list[int]:
        """Disable the triggers: readers need not wait for that, as they would if these were dropped."""
        return self.alter("DISABLE", "t.tgenabled <> 'D'")

    def bring_back(self, triggers: list[int]) -> None:
        """Enable those that are still there, whatever their tables are called now."""
        self.alter("ENABLE", f"t.oid IN ({', '.join(map(str, triggers))})")

    def alter(self, verb: str, condition: str) -> list[int]:
        with self.connection.cursor() as cursor:
            cursor.execute(TRIGGERS_WHERE.format(condition=condition), [])
            triggers = cursor.fetchall()
            if triggers and not self.connection.get_autocommit():
                # A table with checks to come cannot be altered.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for _, name, table in triggers:
                cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER {self.quote_name(name)}")
        return [oid for oid, _, _ in triggers]


class DatabaseOperations(EmptiesJournal, operations.DatabaseOperations):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    # The revision at whose end the directory is read; None for as it is now (`partners/changes/past.py`).
    as_of: int | None = None
    # What brings the index of a listing there (`partners/changes/past_index.py`).
    past_index = None
    SchemaEditorClass = DatabaseSchemaEditor
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params):
        """A connection that answers, from the pool where there is one. Raises at once while the server is silent.

        The pool would have whoever asks wait for a server that is away, as it does for one that is busy. So where it has
        no connection, or only broken ones, the server is asked for one beside: what is wrong is said at once, and in its
        own words.
        """
        silence = silence_of(self.alias)
        silence.check()
        try:
            connection = self.connection_that_answers(conn_params, silence)
        except psycopg.errors.ConnectionTimeout:
            silence.begin()
            raise
        silence.end()
        return connection

    def connection_that_answers(self, conn_params, silence: Silence) -> psycopg.Connection:
        if self.pool is None:
            return with_patience(super().get_new_connection(conn_params), conn_params, silence)
        self.pool.open()
        is_unsure = not self.pool.get_stats()["pool_size"]
        while True:
            if is_unsure:
                psycopg.connect(**conn_params).close()
            connection = with_patience(super().get_new_connection(conn_params), conn_params, silence)
            try:
                if answers(connection):
                    return connection
            except SilentServer:
                self.pool.putconn(connection)
                raise
            # The pool throws it away.
            self.pool.putconn(connection)
            is_unsure = True


def with_patience(connection: psycopg.Connection, parameters: dict, silence: Silence) -> psycopg.Connection:
    """The connection, which waits for ever no more."""
    if not isinstance(connection.wait, Waiting):
        connection.wait = Waiting(connection, parameters, silence)
    return connection


def answers(connection: psycopg.Connection) -> bool:
    """Whether a connection that was idle can still be used: its server may have been started anew."""
    connection.wait.patience = SIGN_OF_LIFE_MAY_TAKE
    try:
        connection.execute("")
    except SilentServer:
        raise
    except psycopg.OperationalError:
        return False
    finally:
        connection.wait.patience = STATEMENT_MAY_TAKE
    return True
