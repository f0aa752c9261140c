"""Amounts in words, which search looks through."""

from django.db import migrations

import partners.models.amounts
import partners.models.fields


def fill(apps, schema_editor):
    for amount in apps.get_model("partners", "AgreementAmount").objects.all():
        amount.save()


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0009_citations_of_amounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementamount",
            name="search_text",
            field=partners.models.fields.FoldedText(
                default="", editable=False, sources=("told_en", "told_nl")
            ),
        ),
        migrations.AddField(
            model_name="agreementamount",
            name="told_en",
            field=partners.models.amounts.Told(default="", editable=False, language="en", max_length=300),
        ),
        migrations.AddField(
            model_name="agreementamount",
            name="told_nl",
            field=partners.models.amounts.Told(default="", editable=False, language="nl", max_length=300),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
