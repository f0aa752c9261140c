"""Seals the secrets of authenticator apps and recovery codes that lie open in the database."""

from django.db import migrations

from partners.admin.signin.sealing import seal_stored, unseal


def seal_all(apps, schema_editor):
    seal_stored(apps.get_model("mfa", "Authenticator").objects.iterator())


def unseal_all(apps, schema_editor):
    seal_stored(apps.get_model("mfa", "Authenticator").objects.iterator(), unseal)


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0031_texts_of_pages"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal_all, unseal_all)]
