"""Former addresses say whose they are, and revisions which record stayed in a merge.

Of what was noted before, both follow from what stands there now.
"""

from django.db import migrations, models

KINDS = ("agreement", "event", "missionarea", "organization", "sector", "source")


def name_records(apps, schema_editor):
    """What a former address leads to stands for it; where it leads nowhere, the record that stands there unseen."""
    former = apps.get_model("partners", "FormerAddress").objects
    for kind in KINDS:
        rows = apps.get_model("partners", kind)._base_manager
        for column, those in (("now", former.exclude(now="")), ("slug", former.filter(now=""))):
            standing = rows.filter(slug=models.OuterRef(column)).values("pk")
            those.filter(kind=kind).update(record=models.Subquery(standing))


def name_merges(apps, schema_editor):
    """The address of the record that went leads to the one that stayed."""
    former = apps.get_model("partners", "FormerAddress").objects
    merges = apps.get_model("partners", "Revision").objects.filter(via="merge", rows_kept=True)
    changes = apps.get_model("partners", "Change").objects
    for number in merges.values_list("number", flat=True):
        gone = changes.filter(
            revision_id=number, operation="D", table=models.F("model"), row=models.F("record")
        )
        for kind, before in gone.values_list("table", "before"):
            kept = former.filter(kind=kind, slug=(before or {}).get("slug", ""), record__isnull=False).first()
            if kept and kept.now:
                merges.filter(number=number).update(merges_into=kept.record)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0029_comments_on_cells"),
    ]

    operations = [
        migrations.AddField(
            "formeraddress", "owner", models.BigIntegerField(null=True, verbose_name="number of its record")
        ),
        migrations.AddField(
            "formeraddress",
            "record",
            models.BigIntegerField(null=True, verbose_name="number of the record that stands for it"),
        ),
        migrations.AddField(
            "revision", "merges_into", models.BigIntegerField(null=True, verbose_name="record that stays")
        ),
        migrations.AddField("writing", "merges_into", models.BigIntegerField(null=True)),
        migrations.RunPython(name_records, migrations.RunPython.noop),
        migrations.RunPython(name_merges, migrations.RunPython.noop),
    ]
