"""The sums that agreements name."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from partners.languages import columns_of
from partners.models.agreements import Agreement
from partners.models.base import InEachLanguage, Readable, Translated, term_constraint, term_field
from partners.models.fields import Code, FoldedText, Slug, optional_reference
from partners.models.naming import free_slug
from partners.models.organizations import Organization
from partners.models.validators import ENDS, IS_PLANNED, raise_fault
from partners.money import WITHOUT_CENTS, amount_in_words, currencies, in_every_form, plain_number
from partners.querysets import AgreementAmountQuerySet
from partners.vocabularies import AmountKind, Exactness

# What a spreadsheet, JSON and SQLite keep of a number without rounding it.
MOST_DIGITS = 15


def is_currency(code: str) -> None:
    """Refuse what is no code of ISO 4217."""
    if code not in currencies():
        raise_fault(_("is the code of no currency"), _("one that ISO 4217 lists, such as USD or EUR"))


def is_kept_exactly(amount: Decimal) -> None:
    """Refuse a number of which some programs would keep only a part."""
    if len(plain_number(amount).replace(".", "")) > MOST_DIGITS:
        raise_fault(_("has too many digits"), _("at most %d in all") % MOST_DIGITS)


class Told(models.CharField):
    """An amount in words of a language, which search looks through. Filled as a `FoldedKey` is."""

    # The fields that it is made from.
    read_from = ("kind", "exactness", "amount", "currency")

    def __init__(self, *args, language: str, **kwargs):
        self.language = language
        super().__init__(*args, **{"max_length": 300, "editable": False, "default": ""} | kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"language": self.language}

    def pre_save(self, instance, add):
        amount = self.model._meta.get_field("amount").to_python(instance.amount)
        parts = (instance.kind, instance.exactness, amount, instance.currency)
        is_sound = instance.kind in AmountKind.values and instance.exactness in Exactness.values
        with override(self.language):
            # What the rules do not allow is for the database to refuse.
            text = in_every_form(*parts) if is_sound and amount is not None and instance.currency else ""
        setattr(instance, self.attname, text)
        return text


class AgreementAmount(Readable):
    """A sum that an agreement names, as its source qualifies it. An agreement may name several.

    They are never added up: they differ in kind, currency and exactness, and one may be part of another.
    """

    slug = Slug(
        _("key"),
        max_length=120,
        help_text=_("Stands in files and citations; made from the name of the agreement, and then stays."),
    )
    agreement = models.ForeignKey(
        Agreement, verbose_name=_("agreement"), on_delete=models.CASCADE, related_name="amounts"
    )
    kind = term_field(AmountKind, _("kind of amount"))
    exactness = term_field(Exactness, _("exactness"), default=Exactness.EXACT)
    amount = models.DecimalField(
        _("amount"),
        max_digits=MOST_DIGITS + 2,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), is_kept_exactly],
        help_text=_("The figure in digits, such as 200000000."),
    )
    currency = Code(
        _("currency"),
        max_length=3,
        validators=[is_currency],
        help_text=_("ISO 4217, such as USD."),
    )
    period_start = models.DateField(
        _("from"),
        null=True,
        blank=True,
        validators=[IS_PLANNED],
        help_text=_("The first day it is for, where a source names it."),
    )
    period_end = models.DateField(
        _("until"),
        null=True,
        blank=True,
        validators=[ENDS],
        help_text=_("The last day it is for, where a source names it."),
    )
    giver = optional_reference(
        Organization,
        _("given by"),
        related_name="amounts_given",
        help_text=_("The organization of this directory that gives it, where a source says so."),
    )
    giver_name = models.CharField(
        _("giver outside the directory"),
        max_length=200,
        blank=True,
        help_text=_("Only when the giver is not a record of this directory."),
    )
    note = Translated(
        models.CharField, _("note"), max_length=300, help_text=_("What it is for; in a few words.")
    )

    told = InEachLanguage(lambda code: Told(language=code))
    search_text = FoldedText(sources=columns_of("told"))

    objects = AgreementAmountQuerySet.as_manager()

    class Meta:
        verbose_name = _("amount")
        verbose_name_plural = _("amounts")
        ordering = ["agreement__title_key", "slug"]
        indexes = [
            models.Index(fields=["agreement", "currency", "amount"], name="amount_of_agreement"),
            models.Index(fields=["currency", "amount", "agreement"], name="amount_range"),
        ]
        constraints = [
            term_constraint("agreement_amount", "kind", AmountKind),
            term_constraint("agreement_amount", "exactness", Exactness),
            models.CheckConstraint(
                name="agreement_amount_is_positive",
                condition=Q(amount__gt=0),
                violation_error_message=_("An amount is more than nothing."),
            ),
            models.CheckConstraint(
                name="agreement_amount_has_a_currency",
                condition=~Q(currency=""),
                violation_error_message=_("An amount needs a currency."),
            ),
            models.CheckConstraint(
                name="agreement_amount_period_in_order",
                condition=Q(period_start__isnull=True)
                | Q(period_end__isnull=True)
                | Q(period_end__gte=F("period_start")),
                violation_error_message=_("The time it is for cannot end before it begins."),
            ),
            models.CheckConstraint(
                name="agreement_amount_one_giver",
                condition=Q(giver__isnull=True) | Q(giver_name=""),
                violation_error_message=_(
                    "Fill in a giver of the directory or the name of another one, not both."
                ),
            ),
        ]

    def clean(self):
        super().clean()
        if self.amount is not None and self.currency in WITHOUT_CENTS and self.amount % 1:
            message = _("%(currency)s has no smaller unit. Allowed: a figure without a point.")
            raise ValidationError({"amount": message % {"currency": self.currency}})

    def __str__(self):
        is_whole = self.kind and self.amount is not None and self.currency
        return (
            amount_in_words(self.kind, self.exactness, self.amount, self.currency) if is_whole else self.slug
        )

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = free_slug(type(self), f"{self.agreement.slug}-amount")
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        """Its place on the page of its agreement."""
        return f"{self.agreement.get_absolute_url()}#{self.slug}"
