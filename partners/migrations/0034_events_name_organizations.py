"""The organizations that events are about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0033_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="organizations",
            field=models.ManyToManyField(
                blank=True,
                help_text="Whom it is about, where its title or summary names them.",
                related_name="events",
                to="partners.organization",
                verbose_name="organizations",
            ),
        ),
    ]
