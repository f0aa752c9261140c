"""Keys of loaded citations that name their parts, so that none changes when another kind of record can be cited."""

from django.db import migrations

# The parts of a key as it was written before this.
PARTS = ("organization", "agreement", "event", "field")
BETWEEN = ";"
BATCH = 2000


def named(key: str) -> str:
    source, *others = key.split(BETWEEN)
    filled = [f"{name}={text}" for name, text in zip(PARTS, others, strict=True) if text]
    return BETWEEN.join([source, *filled])


def unnamed(key: str) -> str:
    source, *others = key.split(BETWEEN)
    filled = dict(each.split("=", 1) for each in others)
    return BETWEEN.join([source, *(filled.get(name, "") for name in PARTS)])


def rewriting(rewrite):
    def run(apps, schema_editor):
        model = apps.get_model("partners", "LoadedRow")
        last = 0
        while rows := list(model.objects.filter(table="citations", pk__gt=last).order_by("pk")[:BATCH]):
            for row in rows:
                row.key = rewrite(row.key)
            model.objects.bulk_update(rows, ["key"])
            last = rows[-1].pk

    return run


class Migration(migrations.Migration):
    dependencies = [("partners", "0004_field_changes")]

    operations = [migrations.RunPython(rewriting(named), rewriting(unnamed))]
