"""When each public value of a record last changed; empty until something changes."""

from django.db import migrations, models

import partners.models.fields

TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'partners_%%'",
    "postgresql": """SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND c.relname LIKE 'partners_%%'""",
}


def remove_triggers(apps, schema_editor):
    """On the way back: they write to this table. The code of the older state puts its own in place."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor], [])
        for name, table in cursor.fetchall():
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_folded_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "model",
                        "record_id",
                        "field",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("model", partners.models.fields.Code(max_length=20)),
                ("record_id", models.BigIntegerField()),
                ("field", partners.models.fields.Code(max_length=30)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, remove_triggers),
    ]
