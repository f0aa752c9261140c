"""The sums that agreements name, as rows of the form of their agreement."""

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.admin.base import CurationForm, CurationInline
from partners.models import AgreementAmount
from partners.money import currencies


class AgreementAmountForm(CurationForm):
    rule_fields = {
        "agreement_amount_is_positive": "amount",
        "agreement_amount_has_a_currency": "currency",
        "agreement_amount_period_in_order": "period_end",
        "agreement_amount_one_giver": "giver_name",
    }


class AgreementAmountInline(CurationInline):
    """One sum below the other: each has too much to say for a line of a table."""

    model = AgreementAmount
    form = AgreementAmountForm
    template = "admin/edit_inline/stacked.html"
    autocomplete_fields = ["giver"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "exactness", "amount", "currency"),
                    ("giver", "giver_name"),
                    ("period_start", "period_end"),
                    ("note_en", "note_nl"),
                ]
            },
        )
    ]

    def get_extra(self, request, obj=None, **kwargs):
        """Most agreements name no sum."""
        return 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("giver")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "amount":
            field.error_messages["invalid"] = _(
                "This is no figure. Allowed: digits, such as 200000000 or 1234.50, without signs, spaces and words."
            )
        if db_field.name == "currency":
            named = [(code, f"{code} {name}") for code, name in currencies().items()]
            return forms.ChoiceField(
                choices=[("", "---------"), *named],
                label=field.label,
                help_text=field.help_text,
            )
        return field
