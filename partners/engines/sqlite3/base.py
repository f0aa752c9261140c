"""Django's backend for SQLite, on which triggers stand aside while a migration runs."""

from django.db.backends.sqlite3 import base, schema

from partners.engines.standing_aside import StandingAside


class DatabaseSchemaEditor(StandingAside, schema.DatabaseSchemaEditor):
    def put_aside(self) -> list[tuple[str, str]]:
        """Drop every trigger, also one that somebody else has made; gives the table and the definition of each."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            )
            triggers = cursor.fetchall()
            for name, _, _ in triggers:
                cursor.execute(f"DROP TRIGGER {self.quote_name(name)}")
        return [(table, definition) for _, table, definition in triggers]

    def bring_back(self, triggers: list[tuple[str, str]]) -> None:
        """Make those triggers again whose table is still there."""
        with self.connection.cursor() as cursor:
            tables = set(self.connection.introspection.table_names(cursor))
            for table, definition in triggers:
                if table in tables:
                    cursor.execute(definition)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
