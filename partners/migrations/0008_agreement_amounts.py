"""The sums that agreements name."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import partners.models.amounts
import partners.models.fields
import partners.models.validators


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0007_sense_of_codes_and_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementAmount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    partners.models.fields.Slug(
                        help_text="Stands in files and citations; made from the name of the agreement, and then stays.",
                        max_length=120,
                        unique=True,
                        verbose_name="key",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contract-value", "Contract value"),
                            ("ceiling", "Ceiling"),
                            ("pledge", "Pledge"),
                            ("credits", "Credits"),
                            ("award", "Award"),
                            ("in-kind", "In kind"),
                        ],
                        max_length=30,
                        verbose_name="kind of amount",
                    ),
                ),
                (
                    "exactness",
                    models.CharField(
                        choices=[
                            ("exact", "Exact"),
                            ("about", "About"),
                            ("at-least", "At least"),
                            ("up-to", "Up to"),
                        ],
                        default="exact",
                        max_length=30,
                        verbose_name="exactness",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="The figure in digits, such as 200000000.",
                        max_digits=17,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            partners.models.amounts.is_kept_exactly,
                        ],
                        verbose_name="amount",
                    ),
                ),
                (
                    "currency",
                    partners.models.fields.Code(
                        help_text="ISO 4217, such as USD.",
                        max_length=3,
                        validators=[partners.models.amounts.is_currency],
                        verbose_name="currency",
                    ),
                ),
                (
                    "period_start",
                    models.DateField(
                        blank=True,
                        help_text="The first day it is for, where a source names it.",
                        null=True,
                        validators=[partners.models.validators.WithinYears(10)],
                        verbose_name="from",
                    ),
                ),
                (
                    "period_end",
                    models.DateField(
                        blank=True,
                        help_text="The last day it is for, where a source names it.",
                        null=True,
                        validators=[partners.models.validators.WithinYears(100)],
                        verbose_name="until",
                    ),
                ),
                (
                    "giver_name",
                    models.CharField(
                        blank=True,
                        help_text="Only when the giver is not a record of this directory.",
                        max_length=200,
                        verbose_name="giver outside the directory",
                    ),
                ),
                (
                    "note_en",
                    models.CharField(
                        blank=True,
                        help_text="What it is for; in a few words.",
                        max_length=300,
                        verbose_name="note (English)",
                    ),
                ),
                ("note_nl", models.CharField(blank=True, max_length=300, verbose_name="note (Dutch)")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="amounts",
                        to="partners.agreement",
                        verbose_name="agreement",
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        blank=True,
                        help_text="The organization of this directory that gives it, where a source says so.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amounts_given",
                        to="partners.organization",
                        verbose_name="given by",
                    ),
                ),
            ],
            options={
                "verbose_name": "amount",
                "verbose_name_plural": "amounts",
                "ordering": ["agreement__title_key", "slug"],
                "indexes": [
                    models.Index(fields=["agreement", "currency", "amount"], name="amount_of_agreement"),
                    models.Index(fields=["currency", "amount", "agreement"], name="amount_range"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["contract-value", "ceiling", "pledge", "credits", "award", "in-kind"],
                            )
                        ),
                        name="agreement_amount_kind_is_a_term",
                        violation_error_message="This is not one of the terms of the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("exactness__in", ["exact", "about", "at-least", "up-to"])),
                        name="agreement_amount_exactness_is_a_term",
                        violation_error_message="This is not one of the terms of the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)),
                        name="agreement_amount_is_positive",
                        violation_error_message="An amount is more than nothing.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency", ""), _negated=True),
                        name="agreement_amount_has_a_currency",
                        violation_error_message="An amount needs a currency.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_start__isnull", True),
                            ("period_end__isnull", True),
                            ("period_end__gte", models.F("period_start")),
                            _connector="OR",
                        ),
                        name="agreement_amount_period_in_order",
                        violation_error_message="The time it is for cannot end before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("giver__isnull", True), ("giver_name", ""), _connector="OR"),
                        name="agreement_amount_one_giver",
                        violation_error_message="Fill in a giver of the directory or the name of another one, not both.",
                    ),
                ],
            },
        ),
    ]
