"""Deletions and actions of a list: only what the page showed is deleted, published, withheld."""

import json
from hashlib import blake2b

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import signing
from django.db import models
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.http import HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.admin.concurrency import meanwhile as merging
from partners.admin.concurrency.forms import authors, own_names, pristine, sent_record
from partners.admin.concurrency.opened import OPENED, Opened, last_entry, read_form
from partners.changes.history import steps_between
from partners.changes.revising import revising
from partners.changes.words import StepWords, kind_of_row
from partners.curation_vocabularies import Via
from partners.models import DataVersion, Revision

# The hidden field of a list, and of the question whether to delete chosen rows: what each row held.
LISTED = "_listed"
LISTED_SALT = "partners.admin.listed"
# Of so many records an action says what others changed, and of each so many cells.
RECORDS_TOLD, CELLS_TOLD = 20, 10
KEYS_PER_QUERY = 500  # more keys than a page has, and fewer than a statement of SQLite may name


def changed_since(record: models.Model, opened: str) -> list[str]:
    """What others changed in a record and its rows since a moment, and who: in sentences, from the journal."""
    base = Revision.objects.filter(at__lte=opened).aggregate(newest=models.Max("number"))["newest"] or 0
    steps = [step for step in steps_between(record, base, Revision.newest()) if step.shown()]
    words = StepWords(steps)
    change = _("%(what)s: changed from “%(before)s” to “%(now)s”.")
    said = []
    for step in steps:
        row = "" if step.is_of_record else f"{kind_of_row(step)}, "
        for cell in words.cells(step):
            said.append(change % {"what": row + cell.title, "before": cell.before, "now": cell.after})
    own = Revision.objects.filter(
        number__gt=base, changes__model=record._meta.model_name, changes__record=record.pk
    )
    names = (
        own.exclude(name_of_who="").order_by("name_of_who").values_list("name_of_who", flat=True).distinct()
    )
    return said[:CELLS_TOLD] + ([_("By %s.") % ", ".join(names)] if names else [])


class ConcurrentActions:
    """For a ModelAdmin, whatever its actions are."""

    # The confirmation of a deletion ---------------------------------------------------------------------------------

    def delete_view(self, request, object_id, extra_context=None):
        request.last_entry = last_entry()
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)
        with revising(Via.FORM, user=request.user):
            DataVersion.hold()
            if refusal := self.refuse_to_delete(request, object_id):
                return refusal
            return super().delete_view(request, object_id, extra_context)

    def render_delete_form(self, request, context):
        context["opened"] = self.shown(request, context["object"])[0].sealed()
        return super().render_delete_form(request, context)

    def shown(self, request, record):
        form, formsets = pristine(self, request, record)
        return read_form(record, form, formsets, self.also_watched, request.last_entry), form, formsets

    def refuse_to_delete(self, request, object_id):
        """Asks again, and says why, where what is to be deleted is no longer what was shown."""
        record = sent_record(self, request, object_id)
        if record is None or not self.has_delete_permission(request, record):
            return None
        now, form, formsets = self.shown(request, record)
        before = Opened.unsealed(request.POST.get(OPENED, ""), record)
        if before is not None and merging.is_same(before, now):
            return None
        sentences = [
            _("Nothing is deleted yet: “%s” is no longer what this page showed. Look again.") % record
        ]
        if before is not None:
            data = as_sent(before, [formset.model._meta.pk.name for formset in formsets])
            found = merging.merge_all(before, now, form, formsets, data, request.FILES)
            change = _("%(what)s: changed from “%(before)s” to “%(now)s”.")
            sentences += [
                change % {"what": what, "before": note.before, "now": note.now} for what, note in found.lines
            ]
            sentences += found.events
            sentences += [
                _("By %s: %s") % author for author in authors(request.user, before, now, form, formsets)
            ]
        self.message_user(request, " ".join(sentences), messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())

    # Actions of a list ------------------------------------------------------------------------------------------------

    def changelist_view(self, request, extra_context=None):
        opened = timezone.now()
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if self.get_actions(request):
            # The list itself, or the question whether to delete what was chosen in it.
            records = (
                context["queryset"]
                if "queryset" in context
                else getattr(context.get("cl"), "result_list", ())
            )
            rows = self.digests([record.pk for record in records])
            context["listed"] = signing.dumps({"opened": opened.isoformat(), "rows": rows}, salt=LISTED_SALT)
        return response

    def response_action(self, request, queryset):
        """An action leaves alone what was changed after its page was opened, and says so."""
        if request.POST.get("select_across") == "1":
            # Also on what no page showed, and perhaps for long: other writers are let in between.
            return self.act_on_unchanged(request, queryset, None)
        with revising(Via.LIST, user=request.user):
            DataVersion.hold()
            return self.act_on_unchanged(request, queryset, request.POST.getlist(ACTION_CHECKBOX_NAME))

    def act_on_unchanged(self, request, queryset, chosen: list[str] | None):
        """`chosen` are the keys of the ticked rows, None where all were chosen that a filter finds."""
        opened, listed = self.listed_in(request)
        changed, deleted = self.since_listed(listed, chosen)
        if deleted:
            message = ngettext(
                "%d of the chosen records is not there any more: it was deleted after this list was opened.",
                "%d of the chosen records are not there any more: they were deleted after this list was opened.",
                deleted,
            )
            self.message_user(request, message % deleted, messages.WARNING)
        for number, record in enumerate(self.model._base_manager.filter(pk__in=changed)):
            message = _("“%s” was left alone: it was changed after this list was opened. Look at it first.")
            said = changed_since(record, opened) if number < RECORDS_TOLD else []
            self.message_user(request, " ".join([message % record, *said]), messages.ERROR)
        if chosen and changed.issuperset(chosen):
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset.exclude(pk__in=changed))

    def listed_in(self, request) -> tuple[str, dict[str, str]]:
        """When the page of a list was opened, and what it showed of each record; nothing where that was lost."""
        try:
            listed = signing.loads(request.POST.get(LISTED, ""), salt=LISTED_SALT)
            return listed["opened"], listed["rows"]
        except (signing.BadSignature, KeyError):
            return "", {}

    def since_listed(self, listed: dict[str, str], chosen: list[str] | None) -> tuple[set[str], int]:
        """Which records of the page were changed since it was opened, and how many of the chosen ones were deleted."""
        shown = listed.keys() if chosen is None else listed.keys() & set(chosen)
        found = self.digests(shown)
        now = {key: digest for key, digest in found.items() if digest}
        return {key for key in now if now[key] != listed[key]}, len(shown - now.keys())

    def digests(self, keys) -> dict[str, str]:
        """What each record and its rows hold, in short. The number of queries depends on the model alone, up to a page."""
        keys, found = list(keys), {}
        for start in range(0, len(keys), KEYS_PER_QUERY):
            found |= self.some_digests(keys[start : start + KEYS_PER_QUERY])
        return found

    def some_digests(self, keys) -> dict[str, str]:
        """The same for few records; nothing for one that is not there."""
        found = {str(key): [] for key in keys}
        relations = [(self.model, "pk")]
        relations += [(inline.model, own_names(self.model, inline)[1]) for inline in self.inlines]
        relations += [
            (field.remote_field.through, field.m2m_field_name()) for field in self.opts.many_to_many
        ]
        for model, name in relations:
            columns = [field.attname for field in model._meta.concrete_fields if field.editable]
            rows = model._base_manager.filter(**{f"{name}__in": list(found)}).order_by("pk")
            for key, *values in rows.values_list(name, *columns):
                found[str(key)].append([model._meta.model_name, *map(str, values)])
        return {
            key: blake2b(json.dumps(rows).encode(), digest_size=9).hexdigest() if rows else ""
            for key, rows in found.items()
        }


def as_sent(opened: Opened, key_names: list[str]) -> QueryDict:
    """What a browser would send of a page on which nothing was typed."""
    data = QueryDict(mutable=True)
    for name, value in opened.values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    for (prefix, rows), key_name in zip(opened.rows.items(), key_names, strict=False):
        data[f"{prefix}-{INITIAL_FORM_COUNT}"] = data[f"{prefix}-{TOTAL_FORM_COUNT}"] = str(len(rows))
        for number, (key, row) in enumerate(rows.items()):
            data[f"{prefix}-{number}-{key_name}"] = key
            for name, value in row.values.items():
                data.setlist(f"{prefix}-{number}-{name}", value if isinstance(value, list) else [value])
    return data
