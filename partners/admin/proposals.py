"""Proposals in curation: what waits, from whom, since when; each decided cell by cell or whole."""

from collections.abc import Iterable

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Case, Count, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.admin.fields import AddressField, LinesField
from partners.admin.likeness import merge_address
from partners.admin.proposed import Decision, ProposalWords, ProposedRow
from partners.admin.rights import publishes_what_one_wrote, right_to_publish
from partners.admin.used_by import used_by_what_goes
from partners.changes.accepting import (
    CellStanding,
    accept,
    close,
    digest_of_now,
    reopen,
    standing_of_cell,
)
from partners.changes.proposing import cells_today, note_event, proposed_steps
from partners.models import Proposal, ProposedCell
from partners.models.belonging import model_named
from partners.vocabularies import CellState, ProposalEventKind, ProposalState

CELLS_SHOWN = 500


def open_proposals_about(record: models.Model) -> list[Proposal]:
    """The open proposals that would change a record or a row of it."""
    own = ProposedCell.objects.filter(
        model=record._meta.model_name, record=record.pk, state=CellState.OPEN
    ).values("proposal")
    return list(Proposal.objects.filter(pk__in=own, state=ProposalState.OPEN))


# What it is sent ------------------------------------------------------------------------------------------------------


class ThreadForm(forms.Form):
    """A comment, and a source for what is proposed."""

    comment = LinesField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )
    url = AddressField(
        label=gettext_lazy("Address of a source"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"class": "vURLField"}),
    )
    quote = LinesField(
        label=gettext_lazy("What it says"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
    )

    def clean(self):
        found = super().clean()
        if found.get("quote") and not found.get("url"):
            self.add_error("url", _("Where does it say so? Give the address as well."))
        return found


class MineFilter(admin.SimpleListFilter):
    """What somebody has proposed himself."""

    title = gettext_lazy("author")
    parameter_name = "by"

    def lookups(self, request, model_admin):
        return [("me", _("Mine"))]

    def queryset(self, request, queryset):
        return queryset.filter(who=request.user.pk) if self.value() == "me" else queryset


# The pages ------------------------------------------------------------------------------------------------------------


@admin.register(Proposal)
class ProposalAdmin(admin.ModelAdmin):
    list_display = ["number", "title", "by", "at", "open_count", "state"]
    list_display_links = ["number", "title"]
    list_filter = ["state", MineFilter, "at"]
    search_fields = ["title", "name_of_who", "why"]
    # Open ones first.
    ordering = [Case(When(state=ProposalState.OPEN, then=Value(0)), default=Value(1)).asc(), "-pk"]
    list_per_page = 50
    show_full_result_count = False

    class Media:
        css = {"all": ["partners/admin.css"]}

    def get_queryset(self, request):
        # Of those that are shown: joined, the cells of all would be counted before the first page is cut off.
        cells = ProposedCell.objects.filter(proposal=OuterRef("pk"), state=CellState.OPEN)
        counted = cells.order_by().values("proposal").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(open_cells=Coalesce(Subquery(counted), 0))

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, proposal):
        return proposal.pk

    @admin.display(description=gettext_lazy("by"), ordering="name_of_who")
    def by(self, proposal):
        return proposal.name_of_who or "–"

    @admin.display(description=gettext_lazy("open cells"))
    def open_count(self, proposal):
        return proposal.open_cells

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        """Everybody sees what has become of his own."""
        is_own = obj is not None and obj.who == request.user.pk
        return is_own or super().has_view_permission(request, obj)

    def history_view(self, request, object_id, extra_context=None):
        """Its thread is its history."""
        proposal = self.get_object(request, object_id)
        if proposal is None or not self.has_view_permission(request, proposal):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:partners_proposal_change", args=[object_id]))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """A proposal, and what is decided about it."""
        proposal = self.get_object(request, object_id) if object_id else None
        if object_id and proposal is None:
            raise Http404
        if proposal is None or not self.has_view_permission(request, proposal):
            raise PermissionDenied
        if request.method != "POST":
            return self.page(request, proposal, ThreadForm())
        thread = ThreadForm(request.POST)
        if not thread.is_valid():
            return self.page(request, proposal, thread)
        try:
            self.act(request, proposal, thread.cleaned_data)
        except ValidationError as refusal:
            return self.page(request, proposal, thread, refusal.messages)
        return HttpResponseRedirect(request.get_full_path())

    def page(self, request, proposal, thread, problems=()):
        rows = self.rows(request, proposal)
        decisions = [each for row in rows for each in row.decisions]
        ready = [
            each for each in decisions if each.may_be_accepted and each.standing is not CellStanding.CHANGED
        ]
        may_decide = any(each.is_open and not each.is_locked for each in decisions)
        context = self.admin_site.each_context(request) | {
            "title": _("Proposal %d") % proposal.pk,
            "subtitle": None,
            "opts": self.opts,
            "proposal": proposal,
            "is_popup": IS_POPUP_VAR in request.GET,
            "rows": rows[:CELLS_SHOWN],
            "further": len(rows[CELLS_SHOWN:]),
            "problems": problems,
            "thread": thread,
            "events": proposal.events.all(),
            "sources": proposal.sources.all(),
            "used_by": used_by_what_goes(self.open_steps(proposal)) if proposal.is_open else None,
            "merging": self.merging_of(request, proposal),
            "ready": len(ready),
            "may_decide": may_decide and proposal.is_open,
            "is_own": self.is_own(request, proposal),
            "waits_for_another": self.waits_for_another(request, proposal),
            "may_reopen": self.may_reopen(request, proposal, decisions),
        }
        return TemplateResponse(request, "admin/proposal.html", context, status=409 if problems else 200)

    def open_steps(self, proposal):
        return [step for step, _cells in proposed_steps(cells_today(proposal, state=CellState.OPEN))]

    def merging_of(self, request, proposal) -> str:
        """Where the two records that it makes one are looked at as they are today; "" where that is nothing to do."""
        if not proposal.is_open or proposal.merges_into is None:
            return ""
        gone = next(
            (step for step in self.open_steps(proposal) if step.is_of_record and step.after is None), None
        )
        if gone is None or not self.may_publish(request, proposal, gone.model._meta.model_name):
            return ""
        rows = gone.model._base_manager.filter(pk__in=[gone.key, proposal.merges_into])
        kept = gone.model(pk=proposal.merges_into)
        return merge_address(kept, gone.model(pk=gone.key)) if rows.count() == 2 else ""

    def rows(self, request, proposal) -> list[ProposedRow]:
        words = ProposalWords(proposed_steps(cells_today(proposal)))
        locked: dict[str, bool] = {}

        def decide(cell, step, present) -> Decision:
            if cell.model not in locked:
                locked[cell.model] = not self.may_publish(request, proposal, cell.model)
            standing = (
                standing_of_cell(cell, step, present) if cell.state == CellState.OPEN else CellStanding.FITS
            )
            # What others changed meanwhile is chosen anew.
            is_chosen = standing is not CellStanding.CHANGED
            said = request.POST.get(f"cell-{cell.pk}", "") if is_chosen else ""
            return Decision(cell, standing, digest_of_now(cell, step, present), locked[cell.model], said)

        return [words.row(step, cells, decide) for step, cells in words.steps]

    # Who may do what ----------------------------------------------------------------------------------------------

    def is_own(self, request, proposal) -> bool:
        return proposal.who == request.user.pk

    def waits_for_another(self, request, proposal) -> bool:
        """Whether it takes other eyes than those of its author."""
        return settings.FOUR_EYES and self.is_own(request, proposal)

    def may_publish(self, request, proposal, name: str) -> bool:
        has_right = request.user.has_perm(right_to_publish(model_named(name)))
        return has_right and not self.waits_for_another(request, proposal)

    def may_reopen(self, request, proposal, decisions: Iterable[Decision]) -> bool:
        rest = [each for each in decisions if each.cell.state not in (CellState.OPEN, CellState.APPLIED)]
        may = self.is_own(request, proposal) or any(not each.is_locked for each in rest)
        return bool(rest) and may and not proposal.is_open

    # What is done -------------------------------------------------------------------------------------------------

    def act(self, request, proposal, said) -> None:
        """Do what the pressed button says. Raises ValidationError where that cannot be."""
        deeds = {
            "decide": self.decide,
            "accept_all": self.accept_all,
            "decline": self.decline,
            "withdraw": self.withdraw,
            "reopen": self.take_up_again,
            "comment": self.comment,
        }
        deed = deeds.get(request.POST.get("do", ""))
        if deed is None:
            raise ValidationError(_("Choose what to do."))
        deed(request, proposal, said)
        if said.get("url"):
            proposal.sources.create(url=said["url"], quote=said["quote"])

    def decide(self, request, proposal, said) -> None:
        """Accept the cells that are chosen one by one, and leave those that are to stay."""
        chosen = {
            cell: request.POST.get(f"cell-{cell.pk}")
            for cell in cells_today(proposal)
            if request.POST.get(f"cell-{cell.pk}") in ("accept", "leave")
        }
        if not chosen:
            raise ValidationError(_("Choose a cell first: accept it, or leave it as it is."))
        shown = {
            cell.pk: request.POST.get(f"shown-{cell.pk}", "")
            for cell, word in chosen.items()
            if word == "accept"
        }
        left = [cell.pk for cell, word in chosen.items() if word == "leave"]
        self.write(request, proposal, chosen, shown, left, said["comment"])

    def accept_all(self, request, proposal, said) -> None:
        """Accept every open cell that nobody has changed since; where all of them are, it is done."""
        decisions = [each for row in self.rows(request, proposal) for each in row.decisions]
        ready = [
            each for each in decisions if each.may_be_accepted and each.standing is not CellStanding.CHANGED
        ]
        if not ready:
            raise ValidationError(_("There is nothing that can be accepted at once."))
        cells = [each.cell for each in ready]
        self.write(request, proposal, cells, {cell.pk: "" for cell in cells}, [], said["comment"])

    def write(self, request, proposal, cells, shown, left, comment) -> None:
        if not all(self.may_publish(request, proposal, cell.model) for cell in cells):
            raise PermissionDenied
        for cell in cells:
            if settings.FOUR_EYES and publishes_what_one_wrote(cell, request.user):
                raise ValidationError(_("You wrote this record, or some of it: somebody else publishes it."))
        done = accept(proposal, shown, left, user=request.user, comment=comment)
        told = ngettext("%d cell was accepted.", "%d cells were accepted.", done.applied) % done.applied
        self.message_user(request, told, messages.SUCCESS)

    def decline(self, request, proposal, said) -> None:
        self.check_may_decide(request, proposal)
        if not said["comment"]:
            raise ValidationError(_("Say why, so that its author can do better: write a comment."))
        close(proposal, ProposalEventKind.DECLINED, user=request.user, comment=said["comment"])
        self.message_user(request, _("The proposal was returned."), messages.SUCCESS)

    def check_may_decide(self, request, proposal) -> None:
        """Whoever declines all that is open has to be one who could have accepted it."""
        names = {cell.model for cell in cells_today(proposal, state=CellState.OPEN)}
        if not all(self.may_publish(request, proposal, name) for name in names):
            raise PermissionDenied

    def withdraw(self, request, proposal, said) -> None:
        if not self.is_own(request, proposal):
            raise PermissionDenied
        close(proposal, ProposalEventKind.WITHDRAWN, user=request.user, comment=said["comment"])
        self.message_user(request, _("The proposal was withdrawn."), messages.SUCCESS)

    def take_up_again(self, request, proposal, said) -> None:
        decisions = [each for row in self.rows(request, proposal) for each in row.decisions]
        if not self.may_reopen(request, proposal, decisions):
            raise PermissionDenied
        reopen(proposal, user=request.user, comment=said["comment"])
        self.message_user(request, _("The proposal is open again."), messages.SUCCESS)

    def comment(self, request, proposal, said) -> None:
        if not said["comment"] and not said["url"]:
            raise ValidationError(_("Write a comment, or give a source."))
        note_event(proposal, ProposalEventKind.COMMENTED, request.user, said["comment"])
        if self.is_own(request, proposal) and proposal.is_open and not proposal.why and said["comment"]:
            # Where the form asked for no reason, the first thing its author says is it.
            Proposal.objects.filter(pk=proposal.pk).update(why=said["comment"][:2000])
