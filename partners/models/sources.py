"""Where the directory knows things from."""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.languages import with_language
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.amounts import AgreementAmount
from partners.models.base import Citable, Readable, citable_models, term_constraint, term_field
from partners.models.fields import Code, FoldedKey, FoldedText, PageKey, Slug, note_field
from partners.models.organizations import LANGUAGE_CODE
from partners.models.validators import HAS_COME, IS_NEAR, language_exists
from partners.querysets import CitationQuerySet, SourceQuerySet
from partners.vocabularies import Preference, Reading, SourceKind, SourceStance

# Every kind of record that a source can support something about, by the field of a citation that names the record.
# Constraints, columns, forms, pages and the rule of publication follow from it.
TARGETS: dict[str, type[Citable]] = {model.citation_field(): model for model in citable_models()}


# A source can be cited for several amounts of an agreement, and for any other value once.
WITHOUT_AMOUNT = {"agreement": {"agreement_amount__isnull": True}}


def value_of(amount: AgreementAmount) -> str:
    """The name by which an amount is one of the values of its agreement."""
    return f"{AMOUNTS_FIELD}.{amount.slug}"


def field_of(value: str) -> str:
    """The field of a value that a citation supports."""
    return value.partition(".")[0]


def exactly_one(names: Iterable[str]) -> Q:
    """The condition that one of these fields is filled in and the others are empty."""
    return reduce(or_, (Q(**{f"{other}__isnull": other != name for other in names}) for name in names))


# An address as machines write it: lower case, with a dot, without a space. "Example.org" would be a name.
BARE_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def name_of_publisher(publisher: str | None) -> str:
    """The name in what is recorded of a publisher; "" where that is nothing, or the address of a site only."""
    return "" if not publisher or BARE_HOST.fullmatch(publisher) else publisher


class Source(Readable):
    """A press release, article, order or registry that supports what the directory says."""

    slug = Slug(_("slug"), help_text=_("Stands in addresses and files."))
    title = models.CharField(_("title"), max_length=300, help_text=_("As its publisher has it."))
    title_key = FoldedKey(source="title")
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    publisher_key = FoldedKey(source="publisher")
    search_text = FoldedText(sources=["title", "publisher", "url"])
    published_date = models.DateField(_("published on"), null=True, blank=True, validators=[IS_NEAR])
    url = models.URLField(
        _("address"),
        max_length=500,
        blank=True,
        help_text=_("Empty only for a document that others quote and nobody links."),
    )
    page_key = PageKey(source="url", max_length=500)
    language = models.CharField(
        _("language"),
        max_length=2,
        default="en",
        validators=[LANGUAGE_CODE, language_exists],
    )
    kind = term_field(SourceKind, _("kind"))
    stance = term_field(SourceStance, _("stance"), help_text=_("From which side it speaks."))
    curator_note = note_field()

    called = "title"
    alike_by: ClassVar = {"page_key": "address"}

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title_key", "slug"]
        # By what another source may be the same (`changes/likeness.py`).
        indexes = [
            models.Index(fields=["title_key", "slug"], name="source_title_key"),
            models.Index(fields=["page_key"], name="source_page_key"),
        ]
        permissions = [("publish_source", "Can publish changes of sources")]
        constraints = [
            term_constraint("source", "kind", SourceKind),
            term_constraint("source", "stance", SourceStance),
        ]

    def __str__(self):
        return f"{self.title} ({self.publisher})" if self.publisher else self.title

    @property
    def shown_title(self) -> str:
        """Its title, marked with its language where the page is in another one."""
        return with_language(self.title, self.language)

    @property
    def publisher_name(self) -> str:
        """Who published it, by name; "" where only the address of a site is recorded."""
        return name_of_publisher(self.publisher)

    def get_absolute_url(self):
        return reverse("source_detail", args=[self.slug])


class Citation(Readable):
    """This source supports that value, or the whole record where no field is named.

    It supports the value that stood there when it was cited. Where another one stands there now, the citation is for
    an earlier value: it is kept, still counts as a source of the record, and stands beside no value.
    """

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="citations"
    )
    field = Code(
        _("field"),
        max_length=30,
        blank=True,
        help_text=_("The value it supports; empty for the whole record."),
    )
    agreement_amount = models.ForeignKey(
        AgreementAmount,
        verbose_name=_("amount"),
        # An amount does not take away what supports it, except with its agreement.
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="citations",
        help_text=_("Which of the amounts of the agreement it supports."),
    )
    value = models.TextField(  # noqa: DJ001 - not said: the database fills in that of now (`triggers/evidence.py`)
        _("value when cited"),
        null=True,
        blank=True,
        help_text=_("The value that it supports, as files have it."),
    )
    says = models.CharField(
        _("says otherwise"),
        max_length=300,
        blank=True,
        help_text=_("What this source says, where that is not the value here; else empty."),
    )
    reason = term_field(
        Preference,
        _("why one is followed"),
        blank=True,
        help_text=_("Where sources disagree: why the value here is followed, and not the other one."),
    )
    # Whether the value that it supports is the one of now. The database keeps it, whatever is written here.
    supports_current = models.BooleanField(_("supports the value of now"), default=True, editable=False)
    quote = models.TextField(
        _("quote"), max_length=1000, blank=True, help_text=_("The few words that support it.")
    )
    retrieved_date = models.DateField(
        _("retrieved on"),
        null=True,
        blank=True,
        validators=[HAS_COME],
        help_text=_("The day somebody read it."),
    )
    curator_note = note_field()

    objects = CitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["source__title_key", "source__slug", "field"]
        indexes = [
            models.Index(fields=["field"], name="citation_of_earlier", condition=Q(supports_current=False)),
        ]
        constraints = [
            term_constraint("citation", "reason", Preference, blank=True),
            models.CheckConstraint(
                name="citation_of_whole_says_nothing_else",
                condition=~Q(field="") | Q(says="", reason=""),
                violation_error_message=_(
                    "Only a citation of a single value can say otherwise. Choose the value that it is about."
                ),
            ),
            models.CheckConstraint(
                name="citation_has_one_target",
                condition=exactly_one(TARGETS),
                violation_error_message=_("A citation belongs to exactly one record."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["source", target, "field"],
                    condition=Q(**{f"{target}__isnull": False} | WITHOUT_AMOUNT.get(target, {})),
                    name=f"citation_{target}_once",
                    violation_error_message=_("This source is already cited for this value."),
                )
                for target in TARGETS
            ),
            models.UniqueConstraint(
                fields=["source", "agreement_amount"],
                condition=Q(agreement_amount__isnull=False),
                name="citation_agreement_amount_once",
                violation_error_message=_("This source is already cited for this value."),
            ),
            models.CheckConstraint(
                name="citation_names_the_amount",
                condition=Q(agreement__isnull=False, field=AMOUNTS_FIELD, agreement_amount__isnull=False)
                | (~Q(field=AMOUNTS_FIELD) & Q(agreement_amount__isnull=True)),
                violation_error_message=_("A citation of an amount says which amount of its agreement."),
            ),
        ]

    def __str__(self):
        return f"{self.source}: {self.field}" if self.field else str(self.source)

    @property
    def reading(self) -> Reading:
        """How what it supports is known."""
        if self.quote:
            return Reading.QUOTED
        return Reading.READ if self.retrieved_date else Reading.UNREAD

    @staticmethod
    def targets() -> dict[str, type[Citable]]:
        """Every kind of record it can belong to, by the name of the field."""
        return TARGETS

    @property
    def target(self) -> str:
        """The name of the field that holds the record it belongs to; "" while it belongs to none."""
        return next((name for name in TARGETS if getattr(self, f"{name}_id") is not None), "")

    @property
    def record(self) -> Citable | None:
        """The record it belongs to."""
        return getattr(self, self.target) if self.target else None

    @property
    def value_name(self) -> str:
        """What it is about: the name of a field, "amounts." with the key of an amount, or "" for the whole record."""
        return value_of(self.agreement_amount) if self.agreement_amount_id else self.field

    def clean(self):
        record = self.record
        if self.agreement_amount and self.agreement_amount.agreement_id != self.agreement_id:
            raise ValidationError({"agreement_amount": _("This is an amount of another agreement.")})
        if record and self.field and self.field not in record.citable_fields:
            raise ValidationError(
                {
                    "field": _("There is no such value to cite. Allowed: %s.")
                    % ", ".join(record.citable_fields)
                }
            )
        if record and self.says and self.says.casefold() in words_for_value(record, self.field):
            raise ValidationError({"says": _("That is the value here: leave this empty.")})


def words_for_value(record: Citable, field: str) -> set[str]:
    """The texts, in small letters, by which people write a value of a record; none where it is a list or another record."""
    column = record._meta.get_field(field) if field and field != AMOUNTS_FIELD else None
    if column is None or column.is_relation:
        return set()
    value = getattr(record, column.attname)
    words = {str(value)} | {str(label) for code, label in column.flatchoices if code == value}
    return {each.casefold() for each in words} - {""}


for name, model in TARGETS.items():
    Citation.add_to_class(
        name,
        models.ForeignKey(
            model,
            verbose_name=model._meta.verbose_name,
            on_delete=models.CASCADE,
            null=True,
            blank=True,
            related_name="citations",
        ),
    )
