"""Folded texts to search in, filled for the records that are there; keys too, as folding has become more thorough."""

from django.db import migrations

from partners.models.fields import FoldedKey, FoldedText

BATCH = 2000


def folded_fields(model):
    return [field for field in model._meta.concrete_fields if isinstance(field, FoldedKey | FoldedText)]


def fill(apps, schema_editor):
    """Write every folded column anew, a batch of records at a time."""
    for model in apps.get_app_config("partners").get_models():
        if fields := folded_fields(model):
            fill_table(model, fields, schema_editor.connection)


def fill_table(model, fields, connection):
    sources = {name for field in fields for name in getattr(field, "sources", None) or [field.source]}
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE id = %s"  # noqa: S608 (names of our own)
    last = 0
    while records := list(model.objects.filter(pk__gt=last).order_by("pk").only(*sources)[:BATCH]):
        with connection.cursor() as cursor:
            cursor.executemany(
                statement,
                [[*(field.pre_save(record, False) for field in fields), record.pk] for record in records],
            )
        last = records[-1].pk


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_facet_index")]

    operations = [
        *(
            migrations.AddField(model, name, FoldedText(sources=sources))
            for model, name, sources in (
                ("agreement", "search_text", ("title_en", "title_nl", "summary_en", "summary_nl")),
                ("agreement", "title_text", ("title_en", "title_nl")),
                ("event", "search_text", ("title_en", "title_nl", "summary_en", "summary_nl")),
                ("missionarea", "search_text", ("name_en", "name_nl")),
                ("organization", "search_text", ("name", "legal_name", "summary_en", "summary_nl")),
                ("sector", "search_text", ("name_en", "name_nl")),
                ("source", "search_text", ("title", "publisher")),
            )
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
