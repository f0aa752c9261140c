"""What organizations do, and what agreements are about."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.languages import columns_of
from partners.models.base import Citable, Nested, Translated, term_constraint, term_field
from partners.models.fields import FoldedKey, FoldedText, Slug, optional_reference
from partners.vocabularies import MissionAreaLevel


class NamedTerm(Citable):
    """A term with a name and a description."""

    slug = Slug(_("slug"), help_text=_("Stands in addresses and files."))
    name = Translated(models.CharField, _("name"), required=True, max_length=200)
    name_key = FoldedKey(source="name_en", db_index=True)
    search_text = FoldedText(sources=columns_of("name"))
    description = Translated(models.TextField, _("description"), max_length=2000)

    called = "name_en"
    citable_fields = (*columns_of("name"), *columns_of("description"))

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class Sector(NamedTerm):
    """A kind of work that organizations do. Our own classification, not that of a statistical office."""

    citation_place = 4

    class Meta:
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")
        ordering = ["name_key", "slug"]
        permissions = [("publish_sector", "Can publish changes of sectors")]

    def get_absolute_url(self):
        return reverse("sector_detail", args=[self.slug])


class MissionArea(Nested, NamedTerm):
    """A pillar, domain or challenge of the programme."""

    level = term_field(MissionAreaLevel, _("level"))
    parent = optional_reference(
        "self",
        _("part of"),
        related_name="children",
        help_text=_("The broader area, where a source says so."),
    )

    citation_place = 5
    citable_fields = (*NamedTerm.citable_fields, "level", "parent")

    class Meta:
        verbose_name = _("mission area")
        verbose_name_plural = _("mission areas")
        ordering = ["name_key", "slug"]
        permissions = [("publish_missionarea", "Can publish changes of mission areas")]
        constraints = [
            term_constraint("mission_area", "level", MissionAreaLevel),
            models.CheckConstraint(
                name="mission_area_not_its_own_parent",
                condition=~models.Q(parent=models.F("id")),
                violation_error_message=_("An area cannot be part of itself."),
            ),
        ]

    def get_absolute_url(self):
        return reverse("mission_area_detail", args=[self.slug])
