"""Addresses that readers have known, and judgements. What was withheld before is noted without its day, which nobody kept."""

import re

import django.core.validators
from django.db import migrations, models

import partners.models.fields
import partners.models.validators

# Kind of a record, its table, the column of its name, and when readers do not see what they could see once.
WITHHELD = (
    ("organization", "partners_organization", "name", "publication_state <> 'published'"),
    ("event", "partners_event", "title_en", "publication_state <> 'published'"),
    ("agreement", "partners_agreement", "title_en", "NOT is_public"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0016_evidence_follows_the_value"),
    ]

    operations = [
        migrations.AlterField(
            model_name="agreement",
            name="slug",
            field=partners.models.fields.Slug(
                help_text="Stands in addresses and files.", max_length=100, unique=True, verbose_name="slug"
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="slug",
            field=partners.models.fields.Slug(
                help_text="Stands in addresses and files.", max_length=100, unique=True, verbose_name="slug"
            ),
        ),
        migrations.AlterField(
            model_name="missionarea",
            name="slug",
            field=partners.models.fields.Slug(
                help_text="Stands in addresses and files.", max_length=100, unique=True, verbose_name="slug"
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="slug",
            field=partners.models.fields.Slug(
                help_text="Stands in addresses and files.", max_length=100, unique=True, verbose_name="slug"
            ),
        ),
        migrations.AlterField(
            model_name="sector",
            name="slug",
            field=partners.models.fields.Slug(
                help_text="Stands in addresses and files.", max_length=100, unique=True, verbose_name="slug"
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="slug",
            field=partners.models.fields.Slug(
                help_text="Stands in addresses and files.", max_length=100, unique=True, verbose_name="slug"
            ),
        ),
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", partners.models.fields.Code(max_length=20, verbose_name="kind")),
                (
                    "slug",
                    partners.models.fields.Code(
                        max_length=100,
                        validators=[
                            django.core.validators.RegexValidator(
                                re.compile("^[-a-zA-Z0-9_]+\\Z"),
                                "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
                                "invalid",
                            )
                        ],
                        verbose_name="slug",
                    ),
                ),
                (
                    "now",
                    partners.models.fields.Code(
                        blank=True,
                        max_length=100,
                        validators=[
                            django.core.validators.RegexValidator(
                                re.compile("^[-a-zA-Z0-9_]+\\Z"),
                                "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
                                "invalid",
                            )
                        ],
                        verbose_name="now",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=300, verbose_name="name")),
                (
                    "since",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[partners.models.validators.WithinYears(0)],
                        verbose_name="since",
                    ),
                ),
            ],
            options={
                "verbose_name": "former address",
                "verbose_name_plural": "former addresses",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("kind", "slug"), name="former_address_once")],
            },
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", partners.models.fields.Code(max_length=20, verbose_name="kind")),
                ("first", models.BigIntegerField(verbose_name="first")),
                ("second", models.BigIntegerField(verbose_name="second")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("different", "Two different ones")],
                        default="different",
                        max_length=30,
                        verbose_name="verdict",
                    ),
                ),
                ("who", models.BigIntegerField(null=True, verbose_name="user number")),
                ("name_of_who", models.CharField(max_length=150, verbose_name="by")),
                ("why", models.TextField(blank=True, max_length=1000, verbose_name="why")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
            ],
            options={
                "verbose_name": "judgement",
                "verbose_name_plural": "judgements",
                "ordering": ["-at", "-pk"],
                "default_permissions": ("view", "delete"),
                "indexes": [models.Index(fields=["kind", "second"], name="judgement_of_second")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["different"])),
                        name="judgement_verdict_is_a_term",
                        violation_error_message="This is not one of the terms of the list.",
                    ),
                    models.UniqueConstraint(fields=("kind", "first", "second"), name="judgement_once"),
                ],
            },
        ),
        *(
            migrations.RunSQL(
                f"INSERT INTO partners_formeraddress (kind, slug, now, name, since) SELECT '{kind}', slug, '', {name}, NULL "  # noqa: S608 (texts of this file)
                f"FROM {table} WHERE published_at IS NOT NULL AND {hidden}",
                migrations.RunSQL.noop,
            )
            for kind, table, name, hidden in WITHHELD
        ),
    ]
