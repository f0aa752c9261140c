"""Publication in curation: one rule, that of the models, for forms, lists and deletions."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.contrib.admin.utils import model_format_dict
from django.core.exceptions import PermissionDenied, ValidationError
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.admin.base import CurationAdmin, CurationForm
from partners.admin.used_by import Breaking, UsedBy, breaks_with, used_by
from partners.admin.value_rows import AFTER_ROWS
from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.models import DataVersion, Publishable
from partners.vocabularies import DRAFT, IN_REVIEW, PUBLISHED, WITHHELD, PublicationState

REFUSALS_SHOWN = 25
# The box that says that what breaks for readers may break.
BREAKS = "_breaks"
# The group of a form with what is noted of a record.
DATES = (
    _("Dates"),
    {
        "fields": ["verified_date", "published_at", "created_at", "updated_at"],
        "classes": ["collapse", "once-saved", AFTER_ROWS],
    },
)


@dataclass(frozen=True)
class Step:
    """A step of publication. Its name is that of the record's method, and of the button."""

    name: str
    button: str
    done: str
    begins_in: tuple[PublicationState, ...]
    # What the button says to whoever may not show or hide records, and proposes it.
    proposes: str = ""


PUBLISH = Step(
    "publish", _("Save and publish"), _("published"), (DRAFT, IN_REVIEW, WITHHELD), _("Propose to publish")
)
SEND_FOR_REVIEW = Step("send_for_review", _("Save and send for review"), _("sent for review"), (DRAFT,))
RETURN_TO_DRAFT = Step(
    "return_to_draft", _("Save and return to draft"), _("returned to draft"), (IN_REVIEW, WITHHELD)
)
WITHHOLD = Step(
    "withhold", _("Save and withhold"), _("withheld"), (IN_REVIEW, PUBLISHED), _("Propose to withhold")
)
STEPS = (PUBLISH, SEND_FOR_REVIEW, RETURN_TO_DRAFT, WITHHOLD)
# What actions of the list are called to whoever may not publish.
PROPOSED_ACTIONS = {
    "publish_selected": _("Propose to publish selected %(verbose_name_plural)s"),
    "withhold_selected": _("Propose to withhold selected %(verbose_name_plural)s"),
}


class Incomplete(Exception):
    """Raised when a record would be public without something it needs; the whole change is rolled back."""

    def __init__(self, missing: dict[str, str]):
        super().__init__(", ".join(missing.values()))
        self.missing = missing


class PublishableForm(CurationForm):
    """Refuses what the rule of publication refuses.

    `missing` is what the record lacked when saving it was tried; the form is then shown again as it was sent.
    """

    # Completeness is judged when all of the record is saved, its sources included.
    rules_without = {"publication_state"}
    missing: dict[str, str] = {}
    # Whether it is shown again to ask if what breaks for readers may break.
    is_asking = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.state_before = self.instance.publication_state

    def clean(self):
        cleaned = super().clean()
        if self.missing:
            self.refuse_as_incomplete()
        if self.is_asking:
            self.add_error(None, _("Nothing is saved yet: readers would lose more than this. See above."))
        return cleaned

    def refuse_as_incomplete(self):
        lacking = ", ".join(self.missing.values())
        self.add_error(None, _("Nothing is saved yet: a public record cannot be without %s.") % lacking)
        for name in self.missing.keys() & self.fields.keys():
            self.add_error(name, _("Needed for publication."))


class PublishableAdmin(CurationAdmin):
    """Records with a publication state, which moves by buttons and actions and is never a free choice."""

    form = PublishableForm
    also_watched = ("publication_state",)
    actions = [
        "publish_selected",
        "send_selected_for_review",
        "return_selected_to_draft",
        "withhold_selected",
    ]
    change_form_template = "admin/partners/publishable_change_form.html"

    # What the list can be narrowed to: {value: (label, condition)}.
    lacks: dict = {}
    # What readers would miss, beyond what is needed for publication: (label, whether a record lacks it).
    wanted: tuple = ()

    # Who may do what ----------------------------------------------------------------------------------------------

    def has_publish_permission(self, request):
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    def has_publish_or_propose_permission(self, request):
        """Whether somebody may show and hide records, or propose it."""
        return self.has_publish_permission(request) or self.has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        """Others use the address of a public record, so it has to be withheld before it can be deleted."""
        is_public = obj is not None and obj.publication_state == PUBLISHED
        return super().has_delete_permission(request, obj) and not is_public

    def get_deleted_objects(self, objs, request):
        deleted, counts, refused, protected = super().get_deleted_objects(objs, request)
        if any(record.publication_state == PUBLISHED for record in objs):
            records = self.opts.verbose_name_plural
            refused = {_("published %s, which have to be withheld first") % records}
        return deleted, counts, refused, protected

    def steps_from(self, state, request):
        """The steps that somebody may take from a state, or propose."""
        may_publish = self.has_publish_permission(request)
        return [
            step
            for step in STEPS
            # Nothing that readers see is withheld in review: there is nothing to propose.
            if state in step.begins_in and (may_publish or step is not WITHHOLD or state == PUBLISHED)
        ]

    def get_actions(self, request):
        """Says of what readers would see that it is proposed, to whom it is so."""
        actions = super().get_actions(request)
        if not self.has_publish_permission(request):
            for name, words in PROPOSED_ACTIONS.items():
                if name in actions:
                    action, name, _words = actions[name]
                    actions[name] = (action, name, words % model_format_dict(self.opts))
        return actions

    # The list -----------------------------------------------------------------------------------------------------

    @admin.display(description=_("missing"))
    def missing(self, record):
        """What the record lacks: in bold what publication needs, then what readers would like to have."""
        needed = ", ".join(record.missing_for_publication().values())
        wanted = ", ".join(str(label) for label, is_lacking in self.wanted if is_lacking(record))
        between = "; " if needed and wanted else ""
        return format_html('<strong>{}</strong>{}<span class="quiet">{}</span>', needed, between, wanted)

    @admin.display(description=_("last changed"), ordering="updated_at")
    def changed(self, record):
        return date_format(record.updated_at, "SHORT_DATE_FORMAT")

    @admin.action(
        description=_("Publish selected %(verbose_name_plural)s"), permissions=["publish_or_propose"]
    )
    def publish_selected(self, request, queryset):
        self.take_each(request, queryset, PUBLISH)

    @admin.action(description=_("Send selected %(verbose_name_plural)s for review"), permissions=["change"])
    def send_selected_for_review(self, request, queryset):
        self.take_each(request, queryset, SEND_FOR_REVIEW)

    @admin.action(description=_("Return selected %(verbose_name_plural)s to draft"), permissions=["change"])
    def return_selected_to_draft(self, request, queryset):
        self.take_each(request, queryset, RETURN_TO_DRAFT)

    @admin.action(
        description=_("Withhold selected %(verbose_name_plural)s"), permissions=["publish_or_propose"]
    )
    def withhold_selected(self, request, queryset):
        """Shows first what uses the records and what breaks, where something does."""
        found = UsedBy([], []) if "post" in request.POST else used_by(self.model, queryset.values("pk"))
        if not found:
            return self.take_each(request, queryset, WITHHOLD)
        context = self.admin_site.each_context(request) | {
            "title": _("Are you sure?"),
            "opts": self.opts,
            "count": queryset.count(),
            "used_by": found,
            "is_proposed": not self.has_publish_permission(request),
            "sent": [
                (name, value)
                for name, values in request.POST.lists()
                if name != "csrfmiddlewaretoken"
                for value in values
            ],
        }
        return TemplateResponse(request, "admin/withhold_confirmation.html", context)

    def take_each(self, request, queryset, step):
        """Every record in a transaction of its own: one that is refused leaves the others alone."""
        done, refusals = 0, []
        for key in list(queryset.values_list("pk", flat=True)):
            with revising(Via.LIST, user=request.user):
                DataVersion.hold()
                record = self.model.objects.get(pk=key)
                try:
                    self.take(request, record, step)
                except ValidationError as refusal:
                    refusals += refusal.messages
                else:
                    done += 1
                    self.note(request, record, step)
        self.report(request, step, done, refusals)

    def take(self, request, record, step):
        """Moves the record, or raises ValidationError."""
        if step not in self.steps_from(record.publication_state, request):
            words = {"record": record, "done": step.done, "state": record.get_publication_state_display()}
            raise ValidationError(_("“%(record)s” was not %(done)s. It is: %(state)s."), params=words)
        getattr(record, step.name)()

    def note(self, request, record, step):
        """Writes the step into the history of the record; a subclass says what else it changed for readers."""
        self.log_change(request, record, f"{capfirst(step.done)}.")

    def report(self, request, step, done, refusals):
        if done:
            records = self.opts.verbose_name if done == 1 else self.opts.verbose_name_plural
            message = ngettext(
                "%(count)d %(records)s was %(done)s.", "%(count)d %(records)s were %(done)s.", done
            )
            words = {"count": done, "records": records, "done": step.done}
            self.message_user(request, message % words, messages.SUCCESS)
        for refusal in refusals[:REFUSALS_SHOWN]:
            self.message_user(request, refusal, messages.ERROR)
        if len(refusals) > REFUSALS_SHOWN:
            others = _("And %d more, for reasons of the same kind.") % (len(refusals) - REFUSALS_SHOWN)
            self.message_user(request, others, messages.ERROR)

    # The form -----------------------------------------------------------------------------------------------------

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.missing = getattr(request, "missing_for_publication", {})
        form.is_asking = getattr(request, "asks_of_breaking", False)
        return form

    def is_to_be_public(self, request, form):
        step = chosen_step(request)
        return step is PUBLISH or (step is None and form.state_before == PUBLISHED)

    def is_published_by(self, request, form):
        return chosen_step(request) is PUBLISH

    def is_public(self, record):
        return self.model.objects.published().filter(pk=record.pk).exists()

    def has_been_public(self, record):
        return record.published_at is not None

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        state = PublicationState(obj.publication_state if obj else DRAFT)
        may_save = self.has_change_permission(request, obj) if obj else add
        missing = obj.missing_for_publication() if obj else self.model.needed_for_publication()
        context |= {
            "state": state,
            "missing": list(missing.values()) if obj else [],
            "needed": needed_of(self.model, missing) if state != PUBLISHED else [],
            "steps": self.steps_from(state, request) if may_save else [],
            "may_publish": self.has_publish_permission(request),
            "may_verify": bool(obj) and may_save,
            "asks_of_breaking": getattr(request, "asks_of_breaking", False),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Incomplete as refusal:
            # All of it is undone. The same form comes back, with what is missing beside its place.
            request.missing_for_publication = refusal.missing
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Breaking:
            # All of it is undone. The same form comes back, with what would break and a box to tick.
            request.asks_of_breaking = True
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        if obj.publication_state == PUBLISHED and not all(
            getattr(obj, name) for name in obj.needed_to_publish
        ):
            # The database would refuse this row before all that is missing is known; `save_related` refuses it too.
            obj.publication_state = DRAFT
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        record, step = form.instance, chosen_step(request)
        if step and step not in self.steps_from(form.state_before, request):
            raise PermissionDenied
        if self.is_to_be_public(request, form) and (missing := record.missing_for_publication()):
            raise Incomplete(missing)
        is_asked = step is WITHHOLD and BREAKS not in request.POST
        if is_asked and any(use.is_grave for use in breaks_with(self.model, [record.pk])):
            raise Breaking
        if step:
            getattr(record, step.name)()

    def response_add(self, request, obj, post_url_continue=None):
        self.announce(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        self.announce(request, obj)
        return super().response_change(request, obj)

    def announce(self, request, obj):
        if step := chosen_step(request):
            words = {"record": obj, "done": step.done}
            self.message_user(request, _("“%(record)s” was %(done)s.") % words, messages.SUCCESS)
            self.note(request, obj, step)


def needed_of(model: type[Publishable], missing: dict[str, str]) -> list[tuple[str, str, bool]]:
    """What is needed before readers may see a record: its place on the page, its name, whether it is missing."""
    needed = model.needed_for_publication() | missing
    return [
        (f"id_{name}" if name in model.needed_to_publish else f"{name}-group", label, name in missing)
        for name, label in needed.items()
    ]


def chosen_step(request) -> Step | None:
    """The step whose button sent the form."""
    return next((step for step in STEPS if f"_{step.name}" in request.POST), None)
