"""Forms: one that was opened before somebody else changed its record, or a row of it, is refused.

It comes back as it was typed, brought up to date by `meanwhile.py`.
"""

from copy import copy

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError
from django.db.models import Q
from django.forms import ModelChoiceField
from django.forms.formsets import INITIAL_FORM_COUNT
from django.forms.models import _get_foreign_key
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from partners.admin.concurrency import meanwhile as merging
from partners.admin.concurrency.choosing import (
    put_choices,
    still_undecided,
    table_of_both,
    table_of_theirs,
    tell_open,
)
from partners.admin.concurrency.opened import OPENED, Opened, editable, last_entry, read_form
from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.models import DataVersion

CONFLICT = 409
DEADLOCK = "40P01"  # the code of PostgreSQL


class ConcurrentForms:
    """For a ModelAdmin, whatever its form and inlines are."""

    # Values that the form shows without offering them, and that decide what saving does.
    also_watched: tuple[str, ...] = ()

    # The form -----------------------------------------------------------------------------------------------------

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.last_entry = last_entry()
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        sent = request.POST

        def save():
            request.POST, request.meanwhile, request.shown_now = sent, merging.Meanwhile(), None
            with revising(Via.FORM, user=request.user, why=self.why(request)):
                DataVersion.hold()
                if object_id is not None and "_saveasnew" not in sent:
                    self.bring_up_to_date(request, object_id)
                return super(ConcurrentForms, self).changeform_view(
                    request, object_id, form_url, extra_context
                )

        return again_after_deadlock(save)

    def why(self, request) -> str:
        """What the form that was sent says of the reason for its changes; the journal keeps it."""
        return ""

    def bring_up_to_date(self, request, object_id) -> None:
        """Puts what others changed since the page was opened into what it sent."""
        record = sent_record(self, request, object_id)
        if record is None or not self.has_change_permission(request, record):
            return
        form, formsets = pristine(self, request, record)
        now = read_form(record, form, formsets, self.also_watched, request.last_entry)
        before = Opened.unsealed(request.POST.get(OPENED, ""), record)
        data = request.POST.copy()
        undecided = put_choices(form, formsets, data, before.undecided if before else ())
        request.meanwhile = merging.merge_all(before, now, form, formsets, data, request.FILES)
        tell_open(request.meanwhile, undecided, data, request.FILES)
        now.undecided = still_undecided(request.meanwhile, formsets, data)
        request.meanwhile.authors = (
            authors(request.user, before, now, form, formsets) if request.meanwhile else []
        )
        request.POST, request.shown_now = data, now

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        found = getattr(request, "meanwhile", None)
        return type(form)(form.__name__, (FormWithMessages, form), {"meanwhile": found}) if found else form

    def get_formsets_with_inlines(self, request, obj=None):
        found = getattr(request, "meanwhile", None)
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            if found:
                formset = type(formset.__name__, (FormSetWithMessages, formset), {"meanwhile": found})
            yield formset, inline

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["meanwhile"] = found = getattr(request, "meanwhile", None)
        if found:
            formsets = [each.formset for each in context["inline_admin_formsets"]]
            both = table_of_both(found, context["adminform"].form, formsets, request.POST)
            context |= {"both_changed": both, "theirs_alone": table_of_theirs(found)}
        if change and obj is not None:
            formsets = [each.formset for each in context["inline_admin_formsets"]]
            shown = getattr(request, "shown_now", None) or read_form(
                obj, context["adminform"].form, formsets, self.also_watched, request.last_entry
            )
            context["opened"] = shown.sealed()
        response = super().render_change_form(request, context, add, change, form_url, obj)
        if found:
            response.status_code = CONFLICT
        return response

    # A record that is gone ----------------------------------------------------------------------------------------

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Django leads away from a record that is not there; what somebody typed for it must not go with it."""
        if request.method != "POST" or OPENED not in request.POST or "post" in request.POST:
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        request.meanwhile = merging.Meanwhile(
            is_gone=True, authors=authors_of_deletion(request.user, self.model, object_id)
        )
        if not self.has_add_permission(request):
            return self.show_what_was_typed(request)
        request.POST = self.as_new(request.POST)
        add = reverse(f"admin:{opts.app_label}_{opts.model_name}_add", current_app=self.admin_site.name)
        if query := request.META.get("QUERY_STRING"):
            add += f"?{query}"
        return self._changeform_view(request, None, add, None)

    def as_new(self, sent):
        """What was sent for a record and its rows, as it would be sent for new ones."""
        data = sent.copy()
        own = {name for inline in self.inlines for name in own_names(self.model, inline)}
        for name in list(data):
            prefix, _dash, rest = name.rpartition("-")
            if rest == INITIAL_FORM_COUNT:
                data[name] = "0"
            elif prefix and rest in own:
                del data[name]
        return data

    def show_what_was_typed(self, request):
        fields = self.get_form(
            request, None, fields=flatten_fieldsets(self.get_fieldsets(request))
        ).base_fields
        words = merging.Words()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Deleted meanwhile: %s") % self.opts.verbose_name,
            "opts": self.opts,
            "media": self.media,
            "meanwhile": request.meanwhile,
            "values": [
                (each.label, words.of(each, merging.typed(each, request.POST, request.FILES, name)[0]))
                for name, each in fields.items()
            ],
        }
        return TemplateResponse(request, "admin/deleted_meanwhile.html", context, status=CONFLICT)


def sent_record(model_admin, request, object_id):
    """The record whose page was sent; None where it is gone, or Django is about to refuse the way it is named."""
    to_field = request.POST.get(TO_FIELD_VAR, request.GET.get(TO_FIELD_VAR))
    if to_field and not model_admin.to_field_allowed(request, to_field):
        return None
    return model_admin.get_object(request, unquote(object_id), to_field)


def pristine(model_admin, request, record):
    """The form and the formsets as somebody who opens the page now would get them."""
    reading = copy(request)
    reading.method, reading.meanwhile = "GET", None
    fields = flatten_fieldsets(model_admin.get_fieldsets(reading, record))
    form = model_admin.get_form(reading, record, change=True, fields=fields)(instance=record)
    return form, model_admin._create_formsets(reading, record, change=True)[0]


def again_after_deadlock(save):
    """What `save` gives. PostgreSQL ends one of two transactions that wait for each other; ours begins again then."""
    try:
        return save()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        return save()


# What a refused form says ----------------------------------------------------------------------------------------------


class FormWithMessages:
    """Says beside each field what others changed meanwhile. In front of a form class."""

    meanwhile: merging.Meanwhile

    def full_clean(self):
        super().full_clean()
        if self.is_bound:
            self.add_error(None, _("Nothing is saved yet. Above stands what others changed meanwhile."))
            add_messages(self, self.meanwhile.notes)


class FormSetWithMessages:
    """Says in each row what others changed meanwhile, and above them which rows came and went."""

    meanwhile: merging.Meanwhile

    def full_clean(self):
        super().full_clean()
        for row in self.meanwhile.rows.get(self.prefix, []):
            if row.place is not None and row.place < len(self.forms):
                add_messages(self.forms[row.place], row.notes)
            self._non_form_errors.append(row.event or _("“%s” was changed meanwhile.") % row.label)


def add_messages(form, notes) -> None:
    for note in notes:
        if note.name in form.fields:
            form.add_error(note.name, message_about(note))


def message_about(note: merging.ChangedValue) -> str:
    """What others changed, for a place beside the field."""
    changed = (
        format_html(_("Changed meanwhile from <del>{}</del> to <ins>{}</ins>."), note.before, note.now)
        if note.before is not None
        else format_html(_("Saved now: <ins>{}</ins>."), note.now)
    )
    advice = (
        _("What you wrote stands here. Choose above whose stays.")
        if note.is_kept
        else _("You had not changed it, so it stands here.")
    )
    return format_html('<span class="meanwhile">{} {}</span>', changed, advice)


# Who did it ------------------------------------------------------------------------------------------------------------


def authors(reader, before: Opened | None, now: Opened, form, formsets) -> list[tuple[str, str]]:
    """Who changed the record or its rows since it was opened, and when, as far as the history of the site knows."""
    if before is None:
        return []
    record = form.instance
    where = entries_about(type(record), [record.pk])
    for formset in formsets:
        old, new = before.rows.get(formset.prefix, {}), now.rows[formset.prefix]
        changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        where |= entries_about(formset.model, changed)
    for name, each in editable(form).items():
        if isinstance(each, ModelChoiceField):
            lost = set(values_as_list(before.values.get(name, []))) - set(values_as_list(now.values[name]))
            where |= entries_about(each.queryset.model, lost) & Q(action_flag=DELETION)
    return named_authors(reader, LogEntry.objects.filter(where, pk__gt=before.last_entry).order_by("pk"))


def named_authors(reader, entries) -> list[tuple[str, str]]:
    """Everybody once, in words for one of them, with the time of the last entry."""
    found = {}
    for entry in entries.select_related("user"):
        when = date_format(timezone.localtime(entry.action_time), "DATETIME_FORMAT")
        name = entry.user.get_full_name() or entry.user.get_username()
        found[entry.user_id] = (_("you, in another window") if entry.user == reader else name, when)
    return list(found.values())


def entries_about(model, keys) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(model), object_id__in=[str(key) for key in keys])


def authors_of_deletion(reader, model, object_id) -> list[tuple[str, str]]:
    entries = LogEntry.objects.filter(entries_about(model, [unquote(object_id)]), action_flag=DELETION)
    return named_authors(reader, entries.order_by("-pk")[:1])


def own_names(model, inline) -> tuple[str, str]:
    """The fields of a row that say which row of which record it is."""
    relation = _get_foreign_key(model, inline.model, fk_name=inline.fk_name)
    return inline.model._meta.pk.name, relation.name


def values_as_list(value) -> list[str]:
    return value if isinstance(value, list) else [value]
