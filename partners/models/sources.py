"""Where the directory knows things from."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.models.agreements import Agreement, Event
from partners.models.base import Readable, term_constraint, term_field
from partners.models.fields import Code, FoldedKey, FoldedText, Slug
from partners.models.organizations import Organization
from partners.querysets import CitationQuerySet, SourceQuerySet
from partners.vocabularies import SourceKind, SourceStance

TARGETS = ("organization", "agreement", "event")


class Source(Readable):
    """A press release, article, order or registry that supports what the directory says."""

    slug = Slug(_("slug"), help_text=_("Stands in addresses and files; do not change it once it is public."))
    title = models.CharField(_("title"), max_length=300, help_text=_("As its publisher has it."))
    title_key = FoldedKey(source="title")
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    publisher_key = FoldedKey(source="publisher")
    search_text = FoldedText(sources=["title", "publisher"])
    published_date = models.DateField(_("published on"), null=True, blank=True)
    url = models.URLField(
        _("address"),
        max_length=500,
        blank=True,
        help_text=_("Empty only for a document that others quote and nobody links."),
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        default="en",
        validators=[RegexValidator(r"^[a-z]{2}\Z", _("Two small letters, such as en (ISO 639-1)."))],
    )
    kind = term_field(SourceKind, _("kind"))
    stance = term_field(SourceStance, _("stance"), help_text=_("From which side it speaks."))
    curator_note = models.TextField(
        _("curator's note"),
        max_length=5000,
        blank=True,
        help_text=_("For curators only; it appears on no public page."),
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title_key", "slug"]
        constraints = [
            term_constraint("source", "kind", SourceKind),
            term_constraint("source", "stance", SourceStance),
        ]

    def __str__(self):
        return f"{self.title} ({self.publisher})" if self.publisher else self.title

    def get_absolute_url(self):
        return reverse("source_detail", args=[self.slug])


class Citation(Readable):
    """This source supports that value, or the whole record where no field is named."""

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="citations"
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="citations",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name=_("agreement"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="citations",
    )
    event = models.ForeignKey(
        Event,
        verbose_name=_("event"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="citations",
    )
    field = Code(
        _("field"),
        max_length=30,
        blank=True,
        help_text=_("The value it supports; empty for the whole record."),
    )
    quote = models.TextField(
        _("quote"), max_length=1000, blank=True, help_text=_("The few words that support it.")
    )
    retrieved_date = models.DateField(
        _("retrieved on"), null=True, blank=True, help_text=_("The day somebody read it.")
    )
    curator_note = models.TextField(
        _("curator's note"),
        max_length=5000,
        blank=True,
        help_text=_("For curators only; it appears on no public page."),
    )

    objects = CitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["source__title_key", "source__slug", "field"]
        constraints = [
            models.CheckConstraint(
                name="citation_has_one_target",
                condition=(
                    Q(organization__isnull=False, agreement__isnull=True, event__isnull=True)
                    | Q(organization__isnull=True, agreement__isnull=False, event__isnull=True)
                    | Q(organization__isnull=True, agreement__isnull=True, event__isnull=False)
                ),
                violation_error_message=_(
                    "A citation belongs to exactly one organization, agreement or event."
                ),
            ),
            *(
                models.UniqueConstraint(
                    fields=["source", target, "field"],
                    condition=Q(**{f"{target}__isnull": False}),
                    name=f"citation_{target}_once",
                    violation_error_message=_("This source is already cited for this value."),
                )
                for target in TARGETS
            ),
        ]

    def __str__(self):
        return f"{self.source}: {self.field}" if self.field else str(self.source)

    @property
    def record(self):
        """The organization, agreement or event it belongs to."""
        return self.organization or self.agreement or self.event

    def clean(self):
        record = self.record
        if record and self.field and self.field not in record.citable_fields:
            raise ValidationError(
                {
                    "field": _("There is no such value to cite. Allowed: %s.")
                    % ", ".join(record.citable_fields)
                }
            )
