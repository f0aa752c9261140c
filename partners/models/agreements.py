"""Agreements, their parties, and the dated events around them."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.languages import columns_of
from partners.models.base import Publishable, Readable, Translated, term_constraint, term_field
from partners.models.classification import MissionArea
from partners.models.fields import FoldedKey, FoldedText, Slug, note_field, optional_reference
from partners.models.organizations import Organization
from partners.models.validators import ENDS, IS_NEAR, IS_PLANNED
from partners.querysets import AgreementPartyQuerySet, AgreementQuerySet, EventQuerySet
from partners.vocabularies import (
    AgreementBasis,
    AgreementStatus,
    AgreementType,
    Binding,
    EventKind,
    PartyRole,
    PublicationState,
)

# The value of an agreement of which there are several: a citation names the row that it supports.
AMOUNTS_FIELD = "amounts"


class Event(Publishable):
    """A dated line of the timeline. An announcement of agreements is one too."""

    slug = Slug(_("slug"), help_text=_("Stands in addresses and files."))
    date = models.DateField(_("date"), db_index=True, validators=[IS_PLANNED])
    title = Translated(models.CharField, _("title"), required=True, max_length=200)
    title_key = FoldedKey(source="title_en")
    kind = term_field(EventKind, _("kind"), default=EventKind.ANNOUNCEMENT)
    summary = Translated(models.TextField, _("summary"), max_length=2000)
    search_text = FoldedText(sources=[*columns_of("title"), *columns_of("summary")])
    organizations = models.ManyToManyField(
        Organization,
        verbose_name=_("organizations"),
        blank=True,
        related_name="events",
        help_text=_("Whom it is about, where its title or summary names them."),
    )

    called = "title_en"
    needed_to_publish = ("title_en", "summary_en")
    citation_place = 3
    citable_fields = ("date", *columns_of("title"), "kind", *columns_of("summary"))

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-date", "slug"]
        indexes = [models.Index(fields=["title_key"], name="event_title_key")]
        permissions = [("publish_event", "Can publish and withhold events")]
        constraints = [
            term_constraint("event", "kind", EventKind),
            term_constraint("event", "publication_state", PublicationState),
            models.CheckConstraint(
                name="event_published_is_complete",
                condition=~Q(publication_state=PublicationState.PUBLISHED)
                | (~Q(title_en="") & ~Q(summary_en="")),
                violation_error_message=_("A published event has a title and an English summary."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("event_detail", args=[self.slug])


class Agreement(Publishable):
    """A collaboration agreement. Whether it is in effect today follows from its dates and is never stored."""

    slug = Slug(_("slug"), help_text=_("Stands in addresses and files."))
    title = Translated(
        models.CharField,
        _("title"),
        required=True,
        max_length=200,
        help_text=_("What was agreed, by whom; our own words."),
    )
    title_key = FoldedKey(source="title_en")
    title_text = FoldedText(sources=columns_of("title"))
    agreement_type = term_field(
        AgreementType, _("type of agreement"), blank=True, help_text=_("The form a source names.")
    )
    basis = term_field(AgreementBasis, _("based on"), default=AgreementBasis.UNKNOWN)
    status = term_field(AgreementStatus, _("status"), default=AgreementStatus.ANNOUNCED)
    binding = term_field(
        Binding,
        _("legally binding"),
        default=Binding.UNKNOWN,
        help_text=_("Only when a source says so in as many words."),
    )
    summary = Translated(
        models.TextField, _("summary"), max_length=2000, help_text=_("What was agreed, in our own words.")
    )
    search_text = FoldedText(sources=[*columns_of("title"), *columns_of("summary")])
    mission_areas = models.ManyToManyField(
        MissionArea, verbose_name=_("mission areas"), blank=True, related_name="agreements"
    )

    announced_date = models.DateField(
        _("announced on"),
        null=True,
        blank=True,
        validators=[IS_NEAR],
        help_text=_("Leave empty where only the month is known, and note it below."),
    )
    signed_date = models.DateField(_("signed on"), null=True, blank=True, validators=[IS_NEAR])
    effective_date = models.DateField(_("in effect from"), null=True, blank=True, validators=[IS_PLANNED])
    expiration_date = models.DateField(_("in effect until"), null=True, blank=True, validators=[ENDS])
    announcement = optional_reference(
        Event,
        _("announcement"),
        related_name="agreements",
        help_text=_("The event at which it was made public."),
    )

    is_public = models.BooleanField(default=False, editable=False)  # kept by triggers/visibility.py

    curator_note = note_field()

    called = "title_en"
    needed_to_publish = ("title_en", "agreement_type", "summary_en")
    read_to_publish = ("citations", "parties__organization")
    citation_place = 2
    citable_fields = (
        *(*columns_of("title"), "agreement_type", "basis", "status", "binding", AMOUNTS_FIELD),
        *("announced_date", "signed_date", "effective_date", "expiration_date"),
        *("announcement", "mission_areas", *columns_of("summary")),
    )

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["title_key", "slug"]
        permissions = [("publish_agreement", "Can publish and withhold agreements")]
        indexes = [
            models.Index(
                fields=["is_public", "announced_date", "title_key", "slug"], name="agreement_listing"
            ),
            models.Index(fields=["title_key", "slug"], name="agreement_title_key"),
        ]
        constraints = [
            term_constraint("agreement", "agreement_type", AgreementType, blank=True),
            term_constraint("agreement", "basis", AgreementBasis),
            term_constraint("agreement", "status", AgreementStatus),
            term_constraint("agreement", "binding", Binding),
            term_constraint("agreement", "publication_state", PublicationState),
            models.CheckConstraint(
                name="agreement_expiration_not_before_effective",
                condition=Q(expiration_date__isnull=True)
                | Q(effective_date__isnull=True)
                | Q(expiration_date__gte=F("effective_date")),
                violation_error_message=_("An agreement cannot end before the day it takes effect."),
            ),
            models.CheckConstraint(
                name="agreement_expiration_not_before_signed",
                condition=Q(expiration_date__isnull=True)
                | Q(signed_date__isnull=True)
                | Q(expiration_date__gte=F("signed_date")),
                violation_error_message=_("An agreement cannot end before the day it was signed."),
            ),
            models.CheckConstraint(
                name="agreement_published_is_complete",
                condition=~Q(publication_state=PublicationState.PUBLISHED)
                | (~Q(title_en="") & ~Q(agreement_type="") & ~Q(summary_en="")),
                violation_error_message=_(
                    "A published agreement has a title, a type and an English summary."
                ),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("agreement_detail", args=[self.slug])

    def missing_for_publication(self) -> dict[str, str]:
        """As for every record, and a published partner: readers must be able to see whose agreement it is."""
        missing = super().missing_for_publication()
        # Over all(), which costs nothing where a list has prefetched the parties.
        partners = [party.organization for party in self.parties.all() if party.role == PartyRole.PARTNER]
        if not partners:
            missing["parties"] = str(_("a partner (a party with that role)"))
        elif not any(partner.publication_state == PublicationState.PUBLISHED for partner in partners):
            missing["parties"] = str(_("a partner that is published itself"))
        return missing


class AgreementParty(Readable):
    """An organization in an agreement, with the part it has in it."""

    agreement = models.ForeignKey(
        Agreement, verbose_name=_("agreement"), on_delete=models.CASCADE, related_name="parties"
    )
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, related_name="parties"
    )
    role = term_field(PartyRole, _("role"), default=PartyRole.PARTNER)
    is_public = models.BooleanField(default=False, editable=False)  # kept by triggers/visibility.py

    objects = AgreementPartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        indexes = [
            models.Index(
                fields=["is_public", "role", "organization", "agreement"], name="party_organization_public"
            ),
            models.Index(
                fields=["is_public", "role", "agreement", "organization"], name="party_agreement_public"
            ),
        ]
        constraints = [
            term_constraint("agreement_party", "role", PartyRole),
            models.UniqueConstraint(
                fields=["agreement", "organization", "role"], name="agreement_party_once"
            ),
        ]

    def __str__(self):
        return f"{self.organization} ({self.get_role_display()})"
