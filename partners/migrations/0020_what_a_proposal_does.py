"""What a proposal takes back, and into what it merges: told where it is accepted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0019_revisions_without_rows"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="undoes",
            field=models.BigIntegerField(null=True, verbose_name="undoes"),
        ),
        migrations.AddField(
            model_name="proposal",
            name="merges_into",
            field=models.BigIntegerField(null=True, verbose_name="record that stays"),
        ),
    ]
