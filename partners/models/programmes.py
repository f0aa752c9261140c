"""The programme the directory is about, and what it was loaded from."""

import datetime

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.languages import columns_of
from partners.models.agreements import Event
from partners.models.base import Citable, Translated
from partners.models.fields import Slug, optional_reference
from partners.models.organizations import Organization


class Programme(Citable):
    """The programme whose partners the directory lists. There is one; a site about another programme changes it."""

    slug = Slug(_("slug"))
    name = Translated(models.CharField, _("name"), required=True, max_length=100)
    summary = Translated(
        models.TextField,
        _("summary"),
        max_length=2000,
        help_text=_("Opens the front page: what the program is."),
    )
    lead = optional_reference(
        Organization,
        _("led by"),
        related_name="programmes_led",
        help_text=_("Facilities whose parent this is are the laboratories of the directory."),
    )
    announcement = optional_reference(
        Event,
        _("first announcement"),
        related_name="programmes",
        help_text=_("The event whose agreements made the first partners; the front page is about them."),
    )
    only_one = models.BooleanField(default=True, unique=True, editable=False)

    called = "name_en"
    citation_place = 6
    citable_fields = (*columns_of("name"), *columns_of("summary"), "lead", "announcement")

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("program")
        permissions = [("publish_programme", "Can publish changes of the programme")]
        constraints = [
            models.CheckConstraint(
                name="programme_there_is_one",
                condition=Q(only_one=True),
                violation_error_message=_("A directory is about one program."),
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("about")


class LoadedRow(models.Model):
    """What a row of a data package held when it was loaded, to know later whether a curator has changed it since."""

    table = models.CharField(max_length=50)
    key = models.CharField(max_length=400)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("loaded row")
        verbose_name_plural = _("loaded rows")
        constraints = [models.UniqueConstraint(fields=["table", "key"], name="loaded_row_once")]

    def __str__(self):
        return f"{self.table}: {self.key}"


class DataVersion(models.Model):
    """The number of the present state of the directory; triggers advance it with every change of data.

    See `partners/triggers/`. The table has one row, written by nothing else.
    """

    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("data version")
        verbose_name_plural = _("data versions")

    def __str__(self):
        return str(self.number)

    @staticmethod
    def moment(number: int) -> datetime.datetime:
        """When the data became what they are: the number counts microseconds."""
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=number)

    @classmethod
    def hold(cls) -> None:
        """Within a transaction: waits until no other one that has written is left, and lets none write before it ends.

        What is read afterwards is so still what stands there when it is written. Readers wait for nothing. SQLite
        does this for every transaction by itself.
        """
        if connection.features.has_select_for_update:
            cls.objects.select_for_update().first()

    @classmethod
    def current(cls, using: str = DEFAULT_DB_ALIAS) -> int:
        """The version of the directory as this transaction sees it; 0 before the first change. Costs one query."""
        # Asked before every public answer, so in plain SQL: composing the query would take longer than answering it.
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT number FROM {cls._meta.db_table}")  # noqa: S608
            row = cursor.fetchone()
        return row[0] if row else 0
