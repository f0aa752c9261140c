"""Each revision says whether the journal has its rows. Those without any came before the journal, were a first load, or
were shortened."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0018_proposals"),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="rows_kept",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.RunSQL(
            """UPDATE partners_revision SET rows_kept = FALSE
            WHERE NOT EXISTS (SELECT 1 FROM partners_change c WHERE c.revision_id = partners_revision.number)""",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                condition=models.Q(("rows_kept", False)), fields=["number"], name="revision_without_rows"
            ),
        ),
    ]
