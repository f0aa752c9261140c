"""The model of a kind of record that the directory does not have."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.languages import columns_of
from partners.models.base import Publishable, Translated, term_constraint
from partners.models.fields import FoldedKey, FoldedText, Slug
from partners.querysets import PublishableQuerySet
from partners.vocabularies import PublicationState


class Project(Publishable):
    """Work that is done together."""

    slug = Slug(_("slug"))
    title = Translated(models.CharField, _("title"), required=True, max_length=200)
    title_key = FoldedKey(source="title_en")
    start_date = models.DateField(_("started on"), null=True, blank=True)
    summary = Translated(models.TextField, _("summary"), max_length=2000)
    search_text = FoldedText(sources=[*columns_of("title"), *columns_of("summary")])

    called = "title_en"
    needed_to_publish = ("title_en", "summary_en")
    citation_place = 7
    citable_fields = (*columns_of("title"), "start_date", *columns_of("summary"))

    objects = PublishableQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["title_key", "slug"]
        permissions = [("publish_project", "Can publish and withhold projects")]
        constraints = [term_constraint("project", "publication_state", PublicationState)]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("project_detail", args=[self.slug])
