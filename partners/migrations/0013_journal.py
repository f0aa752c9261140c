"""The journal. What was noted of former changes becomes its first revisions: their rows are not known."""

import django.db.models.deletion
from django.db import migrations, models

import partners.models.fields

# Records that are there without a note are sources which were written while no trigger stood there, in a release that
# knew none: they are as old as what they support.
NOTES = """
    SELECT model, record_id, field, changed_at FROM partners_fieldchange WHERE model <> ''
    UNION ALL
    SELECT 'source', s.id, '', min(coalesce(o.published_at, a.published_at, e.published_at))
    FROM partners_source s JOIN partners_citation c ON c.source_id = s.id
    LEFT JOIN partners_organization o ON o.id = c.organization_id
    LEFT JOIN partners_agreement a ON a.id = c.agreement_id
    LEFT JOIN partners_event e ON e.id = c.event_id
    WHERE NOT EXISTS (
        SELECT 1 FROM partners_fieldchange m WHERE m.model = 'source' AND m.record_id = s.id AND m.field = ''
    )
    GROUP BY s.id HAVING min(coalesce(o.published_at, a.published_at, e.published_at)) IS NOT NULL
"""
BEFORE = "0012_values_of_any_text"


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0012_values_of_any_text"),
    ]

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                ("who", models.BigIntegerField(null=True, verbose_name="user number")),
                ("name_of_who", models.CharField(max_length=150, verbose_name="by")),
                ("why", models.TextField(verbose_name="why")),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("form", "Form"),
                            ("list", "List"),
                            ("file", "File"),
                            ("package", "Package"),
                            ("proposal", "Proposal"),
                            ("merge", "Merge"),
                            ("undo", "Undo"),
                            ("command", "Command"),
                            ("migration", "New release"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=30,
                        verbose_name="via",
                    ),
                ),
                ("undoes", models.BigIntegerField(null=True, verbose_name="undoes")),
                ("data_version", models.BigIntegerField(null=True, verbose_name="data version")),
                ("schema", partners.models.fields.Code(max_length=100)),
                ("transaction", partners.models.fields.Code(max_length=60, null=True)),
            ],
            options={
                "verbose_name": "revision",
                "verbose_name_plural": "revisions",
                "ordering": ["-number"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Writing",
            fields=[
                (
                    "transaction",
                    partners.models.fields.Code(max_length=60, primary_key=True, serialize=False),
                ),
                ("revision", models.BigIntegerField(null=True)),
                ("who", models.BigIntegerField(null=True)),
                ("name_of_who", models.CharField(max_length=150)),
                ("why", models.TextField()),
                ("via", partners.models.fields.Code(max_length=30)),
                ("undoes", models.BigIntegerField(null=True)),
                ("keeps_rows", models.BooleanField(default=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", partners.models.fields.Code(max_length=40)),
                ("row", models.BigIntegerField()),
                ("model", partners.models.fields.Code(max_length=20)),
                ("record", models.BigIntegerField()),
                (
                    "operation",
                    partners.models.fields.Code(
                        choices=[("I", "added"), ("U", "changed"), ("D", "removed")], max_length=1
                    ),
                ),
                ("before", models.JSONField(null=True)),
                (
                    "revision",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="changes",
                        to="partners.revision",
                    ),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["model", "record", "revision"], name="change_of_record"),
                    models.Index(fields=["table", "row", "revision"], name="change_of_row"),
                    models.Index(fields=["revision"], name="change_of_revision"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "model",
                        "record_id",
                        "field",
                        "revision",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("model", partners.models.fields.Code(max_length=20)),
                ("record_id", models.BigIntegerField()),
                ("field", partners.models.fields.Code(max_length=30)),
                (
                    "revision",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="public_changes",
                        to="partners.revision",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(
            f"""INSERT INTO partners_revision (number, at, name_of_who, why, via, schema)
            SELECT row_number() OVER (ORDER BY n.changed_at), n.changed_at, '', '', 'unknown', '{BEFORE}'
            FROM (SELECT DISTINCT changed_at FROM ({NOTES}) each_note) n""",  # noqa: S608 (texts of this file)
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            f"""INSERT INTO partners_publicchange (model, record_id, field, revision_id)
            SELECT n.model, n.record_id, n.field, r.number
            FROM ({NOTES}) n JOIN partners_revision r ON r.at = n.changed_at""",  # noqa: S608 (texts of this file)
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel(
            name="FieldChange",
        ),
    ]
