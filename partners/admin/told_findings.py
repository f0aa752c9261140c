"""What the message right after a save says of the values that were saved, where their quotes do not say the same."""

from django.contrib import messages
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.admin.likeness import address
from partners.findings.finding import Finding
from partners.findings.records import findings_of
from partners.links.page_texts import note_quotes
from partners.models import AgreementAmount, Citation
from partners.models.base import Citable
from partners.models.sources import value_of

MOST_FINDINGS_TOLD = 5


class TellsFindings:
    """For a ModelAdmin, whether its records can be cited or not."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        request.values_saved = values_saved(form, formsets)

    def response_add(self, request, obj, post_url_continue=None):
        self.tell_of_quotes(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        self.tell_of_quotes(request, obj)
        return super().response_change(request, obj)

    def tell_of_quotes(self, request, record) -> None:
        """Says of the saved values which sources say otherwise, each with the way to the value."""
        names = getattr(request, "values_saved", set())
        if not names or not isinstance(record, Citable):
            return
        cited = record.citations.exclude(quote="").select_related("source", "agreement_amount")
        note_quotes(each for each in cited if each.value_name in names)
        found = [each for each in findings_of(record) if each.citation and each.field in names]
        for each in found[:MOST_FINDINGS_TOLD]:
            self.message_user(request, told_with_link(record, each), messages.WARNING)
        if left := len(found[MOST_FINDINGS_TOLD:]):
            told = ngettext("and %d more finding", "and %d more findings", left) % left
            self.message_user(request, told, messages.WARNING)


def values_saved(form, formsets) -> set[str]:
    """The names of the values that were changed, or whose evidence was."""
    rows = [row for formset in formsets for row in formset.forms if row.instance.pk and row.has_changed()]
    cited = {row.instance.value_name for row in rows if isinstance(row.instance, Citation)}
    amounts = {value_of(row.instance) for row in rows if isinstance(row.instance, AgreementAmount)}
    return cited | amounts | set(form.changed_data)


def told_with_link(record: Citable, finding: Finding):
    """A finding with the name of its value, and a link to that in the form of the record."""
    name, _dot, row = finding.field.partition(".")
    column = record._meta.get_field(name)
    label = column.related_model._meta.verbose_name if row else column.verbose_name
    place = f"{name}-group" if row else f"id_{name}"
    return format_html(
        '{}: {} <a href="{}#{}">{}</a>',
        capfirst(str(label)),
        finding.message,
        address(record),
        place,
        _("Look at the value"),
    )
