"""When each public value of a record last changed; empty until something changes."""

from django.db import migrations, models

import partners.models.fields


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
    ]
