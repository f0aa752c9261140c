"""A citation can name the amount that it supports."""

import django.db.models.deletion
from django.db import migrations, models


def uncite(apps, schema_editor):
    """On the way back: citations of amounts, which could not be cited before."""
    apps.get_model("partners", "Citation").objects.filter(agreement_amount__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0008_agreement_amounts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="citation",
            name="citation_agreement_once",
        ),
        migrations.AddField(
            model_name="citation",
            name="agreement_amount",
            field=models.ForeignKey(
                blank=True,
                help_text="Which of the amounts of the agreement it supports.",
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="citations",
                to="partners.agreementamount",
                verbose_name="amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("agreement__isnull", False), ("agreement_amount__isnull", True)),
                fields=("source", "agreement", "field"),
                name="citation_agreement_once",
                violation_error_message="This source is already cited for this value.",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("agreement_amount__isnull", False)),
                fields=("source", "agreement_amount"),
                name="citation_agreement_amount_once",
                violation_error_message="This source is already cited for this value.",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agreement__isnull", False),
                        ("agreement_amount__isnull", False),
                        ("field", "amounts"),
                    ),
                    models.Q(
                        models.Q(("field", "amounts"), _negated=True), ("agreement_amount__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="citation_names_the_amount",
                violation_error_message="A citation of an amount says which amount of its agreement.",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, uncite),
    ]
