"""The public page of a record as it would be if a form were saved and published: all is done, shown, and undone.

`proposal_preview.py` does the same for the cells of a proposal."""

from django.contrib.messages.storage import default_storage
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import resolve
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from partners.models import Publishable
from partners.requests import public_request

# The button that saves nothing.
PREVIEW = "_preview"
# What answers the address of a record. Views stand above curation, so it is named.
RECORD_PAGE = "partners.views.details.record_page"


class Shown(Exception):
    """Carries the page out of the transaction, which is taken back."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer


class ShowsPreview:
    """For a ModelAdmin: outside of all that saves."""

    def add_view(self, request, form_url="", extra_context=None):
        return self.shown_or(super().add_view, request, form_url, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self.shown_or(super().change_view, request, object_id, form_url, extra_context)

    def shown_or(self, view, request, *args):
        """What a view answers; where a preview is asked for, the page that readers would see after it."""
        if request.method != "POST" or PREVIEW not in request.POST:
            return view(request, *args)
        try:
            with transaction.atomic():
                raise Shown(self.preview_of(request, view(request, *args)))
        except Shown as shown:
            return shown.answer

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        request.previewed = form.instance

    def preview_of(self, request, answer):
        """The public page, once all is saved; else what stands in the way."""
        is_saved = isinstance(answer, HttpResponseRedirect) and hasattr(request, "previewed")
        # What was saved is not: nothing is said of it, here or on the next page.
        request._messages = default_storage(request)
        if not is_saved:
            return self.no_preview(request, self.faults_of(answer))
        return self.page_or_reasons(request, self.model._base_manager.get(pk=request.previewed.pk))

    def page_or_reasons(self, request, record):
        """The public page of a record, as if it were published; else why readers would not see it."""
        if isinstance(record, Publishable) and not record.is_published:
            try:
                record.publish()
            except ValidationError as refusal:
                return self.no_preview(request, refusal.messages)
        if not self.is_public(record):
            words = _(
                "Nothing that readers see would lead to it: its page is shown once another public record names it."
            )
            return self.no_preview(request, [words])
        return page_of(record)

    def faults_of(self, answer) -> list[str]:
        context = getattr(answer, "context_data", None) or {}
        return [str(each) for each in context.get("errors", ())] or [_("The form could not be read.")]

    def no_preview(self, request, reasons: list[str]):
        context = self.admin_site.each_context(request)
        context |= {"title": _("No preview yet"), "opts": self.opts, "reasons": reasons}
        return TemplateResponse(request, "admin/no_preview.html", context)


def page_of(record):
    """The public page of a record as it is in this transaction. It goes past the cache of pages."""
    asked = public_request(record.get_absolute_url())
    asked.is_preview = True
    asked.resolver_match = found = resolve(asked.path_info)
    return import_string(RECORD_PAGE)(asked, **found.kwargs)
