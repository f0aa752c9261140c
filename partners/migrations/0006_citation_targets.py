"""Sectors, mission areas and the programme can be cited."""

import django.db.models.deletion
from django.db import migrations, models


def uncite(apps, schema_editor):
    """On the way back: citations of records that could not be cited before."""
    citations = apps.get_model("partners", "Citation").objects
    loaded = apps.get_model("partners", "LoadedRow").objects
    for name in ("sector", "mission_area", "programme"):
        citations.filter(**{f"{name}__isnull": False}).delete()
        loaded.filter(table="citations", key__contains=f";{name}=").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0005_named_keys"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="citation",
            name="citation_has_one_target",
        ),
        migrations.AddField(
            model_name="citation",
            name="mission_area",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="citations",
                to="partners.missionarea",
                verbose_name="mission area",
            ),
        ),
        migrations.AddField(
            model_name="citation",
            name="programme",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="citations",
                to="partners.programme",
                verbose_name="programme",
            ),
        ),
        migrations.AddField(
            model_name="citation",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="citations",
                to="partners.sector",
                verbose_name="sector",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agreement__isnull", True),
                        ("event__isnull", True),
                        ("mission_area__isnull", True),
                        ("organization__isnull", False),
                        ("programme__isnull", True),
                        ("sector__isnull", True),
                    ),
                    models.Q(
                        ("agreement__isnull", False),
                        ("event__isnull", True),
                        ("mission_area__isnull", True),
                        ("organization__isnull", True),
                        ("programme__isnull", True),
                        ("sector__isnull", True),
                    ),
                    models.Q(
                        ("agreement__isnull", True),
                        ("event__isnull", False),
                        ("mission_area__isnull", True),
                        ("organization__isnull", True),
                        ("programme__isnull", True),
                        ("sector__isnull", True),
                    ),
                    models.Q(
                        ("agreement__isnull", True),
                        ("event__isnull", True),
                        ("mission_area__isnull", True),
                        ("organization__isnull", True),
                        ("programme__isnull", True),
                        ("sector__isnull", False),
                    ),
                    models.Q(
                        ("agreement__isnull", True),
                        ("event__isnull", True),
                        ("mission_area__isnull", False),
                        ("organization__isnull", True),
                        ("programme__isnull", True),
                        ("sector__isnull", True),
                    ),
                    models.Q(
                        ("agreement__isnull", True),
                        ("event__isnull", True),
                        ("mission_area__isnull", True),
                        ("organization__isnull", True),
                        ("programme__isnull", False),
                        ("sector__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="citation_has_one_target",
                violation_error_message="A citation belongs to exactly one record.",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sector__isnull", False)),
                fields=("source", "sector", "field"),
                name="citation_sector_once",
                violation_error_message="This source is already cited for this value.",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("mission_area__isnull", False)),
                fields=("source", "mission_area", "field"),
                name="citation_mission_area_once",
                violation_error_message="This source is already cited for this value.",
            ),
        ),
        migrations.AddConstraint(
            model_name="citation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("programme__isnull", False)),
                fields=("source", "programme", "field"),
                name="citation_programme_once",
                violation_error_message="This source is already cited for this value.",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, uncite),
    ]
