"""The sums that agreements name, as rows of the form of their agreement.

Rows of citations beside them name a sum by its key. In the form of a copy, or of a record that others deleted, these
keys are those of rows that are about to be saved, and each citation follows its row.
"""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from partners.admin.base import CurationForm, CurationFormSet, CurationInline
from partners.languages import columns_of
from partners.models import AgreementAmount
from partners.money import currencies, currency_name, plain_number


class FigureField(forms.DecimalField):
    """The figure of an amount as it was typed. A number field of a browser would drop what it cannot read."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    default_error_messages = {
        "invalid": _(
            "This is no figure. Allowed: digits, such as 200000000 or 1234.50, without signs, spaces and words."
        )
    }

    def to_python(self, value):
        """With as many decimals as the database gives, so that the same figure is always the same text."""
        figure = super().to_python(value)
        cents = round(figure, self.decimal_places) if figure is not None and figure.is_finite() else None
        return cents if cents == figure else figure

    def prepare_value(self, value):
        return plain_number(value) if isinstance(value, Decimal) else value


KEY_OF_ROW = re.compile(r"amounts-([0-9]{1,4})-key")


def amounts_about_to_be_saved(data) -> list[tuple[str, str]]:
    """The amounts in the data sent for a new record, by the keys that citations refer to them by."""
    found = []
    for name in data:
        if row := KEY_OF_ROW.fullmatch(name):
            key, amount, currency = (
                data.get(f"amounts-{row[1]}-{each}", "").strip() for each in ("key", "amount", "currency")
            )
            if key and amount and not data.get(f"amounts-{row[1]}-{DELETION_FIELD_NAME}"):
                found.append((key, f"{amount} {currency}"))
    return found


class AgreementAmountForm(CurationForm):
    # What citations call it. It goes with the page, and changes nothing.
    key = forms.CharField(label=_("Key"), required=False, widget=forms.HiddenInput)

    rule_fields = {
        "agreement_amount_is_positive": "amount",
        "agreement_amount_has_a_currency": "currency",
        "agreement_amount_period_in_order": "period_end",
        "agreement_amount_one_giver": "giver_name",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["key"] = self.instance.slug


class AgreementAmountFormSet(CurationFormSet):
    """An amount can be deleted together with the citations that support it; these are deleted first."""

    def delete_existing(self, obj, commit=True):
        pass

    def delete_at_last(self):
        for amount in self.deleted_objects:
            amount.delete()


class DeletedWithItsCitations:
    """Mixed in before the form that Django makes, which looks only at what is in the database."""

    def hand_clean_DELETE(self):
        if not self.cleaned_data.get(DELETION_FIELD_NAME) or self.instance._state.adding:
            return
        cited_in = self.instance.citations.exclude(pk__in=deleted_keys(self.data, "citations"))
        if names := [str(citation.source) for citation in cited_in.select_related("source")]:
            message = _("“%(amount)s” is cited. Delete these citations as well: %(sources)s.")
            words = {"amount": self.instance, "sources": get_text_list(names, _("and"))}
            raise ValidationError(message, params=words)


def deleted_keys(data, prefix: str) -> list[int]:
    """The keys of the saved rows of a formset that are marked for deletion in what was sent."""
    pattern = re.compile(rf"{prefix}-([0-9]{{1,5}})-{DELETION_FIELD_NAME}")
    rows = [found[1] for name in data if data[name] and (found := pattern.fullmatch(name))]
    keys = [data.get(f"{prefix}-{row}-id", "") for row in rows]
    return [int(key) for key in keys if key.isascii() and key.isdigit()]


class AgreementAmountInline(CurationInline):
    """One form below the other: an amount has too many fields for a row of a table."""

    model = AgreementAmount
    form = AgreementAmountForm
    formset = AgreementAmountFormSet
    template = "admin/edit_inline/stacked.html"
    autocomplete_fields = ["giver"]
    view_on_site = False  # it stands on the page of the agreement
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "exactness", "amount", "currency"),
                    *("giver", "giver_name"),
                    ("period_start", "period_end"),
                    *(*columns_of("note"), "key"),
                ]
            },
        )
    ]

    def get_extra(self, request, obj=None, **kwargs):
        """Most agreements name no sum."""
        return 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("giver")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form.__name__, (DeletedWithItsCitations, formset.form), {})
        return formset

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "amount":
            kwargs["form_class"] = FigureField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "currency":
            named = [(code, f"{code} {currency_name(code)}") for code in currencies()]
            return forms.ChoiceField(
                choices=[("", "---------"), *named],
                label=field.label,
                help_text=field.help_text,
            )
        return field
