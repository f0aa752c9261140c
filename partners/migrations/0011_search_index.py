"""The index of the search; it is filled, and the folded columns too, when all migrations are done."""

from django.db import migrations, models

import partners.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0010_amounts_in_words"),
    ]

    operations = [
        # What says that the index and the folded columns are as they should be.
        migrations.RunSQL(
            "DELETE FROM partners_facetterm WHERE listing = '' AND facet IN ('folding', 'declared')",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "listing",
                        "word",
                        "kind",
                        "chunk",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("listing", partners.models.fields.Code(max_length=20)),
                ("word", partners.models.fields.Code(max_length=129)),
                ("kind", partners.models.fields.Code(max_length=3)),
                ("chunk", models.IntegerField()),
                ("records", models.IntegerField()),
                ("places", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchRecord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "listing", "record_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("listing", partners.models.fields.Code(max_length=20)),
                ("record_id", models.BigIntegerField()),
                ("words", models.TextField()),
            ],
        ),
        migrations.AlterField(
            model_name="organization",
            name="search_text",
            field=partners.models.fields.FoldedText(
                default="",
                editable=False,
                sources=(
                    "name",
                    "legal_name",
                    "summary_en",
                    "summary_nl",
                    "city",
                    "parent_name",
                    "ticker",
                    "website",
                    "wikidata_id",
                    "ror_id",
                ),
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="search_text",
            field=partners.models.fields.FoldedText(
                default="", editable=False, sources=("title", "publisher", "url")
            ),
        ),
    ]
