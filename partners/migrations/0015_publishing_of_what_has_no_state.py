"""A right to publish for kinds of records that have no state of publication: what they hold is public at once.

Whoever could publish something and change these records keeps his way of working.
"""

from django.db import migrations

KINDS = {
    "source": {
        "verbose_name": "source",
        "verbose_name_plural": "sources",
        "ordering": ["title_key", "slug"],
        "permissions": [("publish_source", "Can publish changes of sources")],
    },
    "sector": {
        "verbose_name": "sector",
        "verbose_name_plural": "sectors",
        "ordering": ["name_key", "slug"],
        "permissions": [("publish_sector", "Can publish changes of sectors")],
    },
    "missionarea": {
        "verbose_name": "mission area",
        "verbose_name_plural": "mission areas",
        "ordering": ["name_key", "slug"],
        "permissions": [("publish_missionarea", "Can publish changes of mission areas")],
    },
    "programme": {
        "verbose_name": "programme",
        "verbose_name_plural": "programme",
        "permissions": [("publish_programme", "Can publish changes of the programme")],
    },
}


def let_publishers_go_on(apps, schema_editor):
    """Groups and accounts that publish some kind of record, and change one of these, may publish that too."""
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    ours = permissions.filter(content_type__app_label="partners")
    for kind, options in KINDS.items():
        may_change = ours.filter(codename=f"change_{kind}").first()
        if may_change is None:
            continue  # a new directory: nobody works in it yet
        ((codename, name),) = options["permissions"]
        new, _is_new = permissions.get_or_create(
            content_type_id=may_change.content_type_id, codename=codename, defaults={"name": name}
        )
        publishing = ours.filter(codename__startswith="publish_").exclude(pk=new.pk)
        for model, relation in (("Group", "permissions"), ("User", "user_permissions")):
            holders = apps.get_model("auth", model).objects.using(schema_editor.connection.alias)
            chosen = holders.filter(**{relation: may_change}).filter(**{f"{relation}__in": publishing})
            for holder in chosen.distinct():
                getattr(holder, relation).add(new)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0013_journal"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        *(migrations.AlterModelOptions(name=kind, options=options) for kind, options in KINDS.items()),
        migrations.RunPython(let_publishers_go_on, migrations.RunPython.noop),
    ]
