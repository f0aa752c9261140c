"""Proposals, which wait for a reviewer: bookkeeping, and no data of the directory."""

import django.db.models.deletion
from django.db import migrations, models

import partners.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0017_former_addresses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="about")),
                ("who", models.BigIntegerField(db_index=True, null=True, verbose_name="user number")),
                ("name_of_who", models.CharField(max_length=150, verbose_name="by")),
                ("at", models.DateTimeField(verbose_name="since")),
                ("base", models.BigIntegerField(verbose_name="base revision")),
                ("schema", partners.models.fields.Code(max_length=100)),
                ("why", models.TextField(blank=True, max_length=2000, verbose_name="why")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("applied", "Applied"),
                            ("partly", "Applied in part"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Superseded"),
                        ],
                        db_index=True,
                        default="open",
                        max_length=30,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "ordering": ["-pk"],
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["open", "applied", "partly", "declined", "withdrawn", "superseded"],
                            )
                        ),
                        name="proposal_state_is_a_term",
                        violation_error_message="This is not one of the terms of the list.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposalSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.URLField(max_length=500, verbose_name="address of a source")),
                ("quote", models.TextField(blank=True, max_length=1000, verbose_name="what it says")),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sources",
                        to="partners.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ProposalEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("who", models.BigIntegerField(null=True, verbose_name="user number")),
                ("name_of_who", models.CharField(max_length=150, verbose_name="by")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "Proposed"),
                            ("commented", "Comment"),
                            ("applied", "Accepted"),
                            ("partly", "Decided in part"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("reopened", "Taken up again"),
                            ("superseded", "Superseded"),
                        ],
                        max_length=30,
                        verbose_name="what happened",
                    ),
                ),
                ("comment", models.TextField(blank=True, max_length=5000, verbose_name="comment")),
                ("revision", models.BigIntegerField(null=True, verbose_name="revision")),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="partners.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "opened",
                                    "commented",
                                    "applied",
                                    "partly",
                                    "declined",
                                    "withdrawn",
                                    "reopened",
                                    "superseded",
                                ],
                            )
                        ),
                        name="proposal_event_kind_is_a_term",
                        violation_error_message="This is not one of the terms of the list.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposedCell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", partners.models.fields.Code(max_length=40)),
                ("row", models.BigIntegerField()),
                ("column", partners.models.fields.Code(blank=True, max_length=60)),
                ("model", partners.models.fields.Code(max_length=20)),
                ("record", models.BigIntegerField()),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("applied", "Accepted"),
                            ("left", "Left as it is"),
                            ("superseded", "Superseded"),
                        ],
                        default="open",
                        max_length=30,
                        verbose_name="state",
                    ),
                ),
                ("written_row", models.BigIntegerField(null=True)),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cells",
                        to="partners.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["model", "record"], name="proposed_of_record"),
                    models.Index(fields=["table", "row"], name="proposed_of_row"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "applied", "left", "superseded"])),
                        name="proposed_cell_state_is_a_term",
                        violation_error_message="This is not one of the terms of the list.",
                    ),
                    models.UniqueConstraint(
                        fields=("proposal", "table", "row", "column"), name="proposed_cell_once"
                    ),
                ],
            },
        ),
    ]
