"""Proposals in curation: what waits, from whom, since when; each decided cell by cell or whole."""

from collections.abc import Iterable

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from partners.admin.fields import AddressField, LinesField
from partners.admin.likeness import merge_address
from partners.admin.proposal_preview import PREVIEW_OF, preview_of_proposal
from partners.admin.proposed import Decision, ProposalWords, ProposedRow
from partners.admin.reviewing import (
    ACCEPT,
    LEAVE,
    Review,
    choices_of_cells,
    count_by_state,
    links_to_record,
    records_of,
    told_events,
)
from partners.admin.rights import publishes_what_one_wrote
from partners.admin.used_by import used_by_what_goes
from partners.changes.accepting import (
    CellStanding,
    accept,
    close,
    digest_of_now,
    reopen,
    standing_of_cell,
)
from partners.changes.going_live import right_to_publish
from partners.changes.proposing import cells_today, note_event, proposed_steps
from partners.curation_vocabularies import CellState, ProposalEventKind, ProposalState
from partners.findings.proposed import ProposedFindings
from partners.models import Proposal, ProposedCell
from partners.models.belonging import model_named

CELLS_SHOWN = 500


MOST_OTHERS = 10


def open_proposals_about(
    records: Iterable[tuple[type[models.Model], int]], but: Proposal | None = None
) -> list[Proposal]:
    """The open proposals that would change one of these records or a row of it, but for one of them."""
    by_model: dict[str, list[int]] = {}
    for model, key in records:
        by_model.setdefault(model._meta.model_name, []).append(key)
    about = Q.create([Q(model=name, record__in=keys) for name, keys in by_model.items()], connector=Q.OR)
    if not by_model:
        return []
    own = ProposedCell.objects.filter(about, state=CellState.OPEN).values("proposal")
    found = Proposal.objects.filter(pk__in=own, state=ProposalState.OPEN)
    return list((found.exclude(pk=but.pk) if but else found)[:MOST_OTHERS])


# What it is sent ------------------------------------------------------------------------------------------------------


class ThreadForm(forms.Form):
    """A comment, and a source for what is proposed."""

    comment = LinesField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "data-comment": ""}),
    )
    about = forms.ChoiceField(
        label=pgettext_lazy("what a proposal is about", "About"),
        required=False,
        widget=forms.Select(attrs={"data-about": ""}),
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
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, rows: Iterable[ProposedRow], data=None):
        super().__init__(data)
        self.fields["about"].choices = [("", _("The proposal as a whole")), *choices_of_cells(rows)]

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
        review = self.review(request, proposal)
        if request.method != "POST":
            return self.page(request, proposal, review, ThreadForm(review.rows))
        if PREVIEW_OF in request.POST:
            return preview_of_proposal(request, proposal, review)
        thread = ThreadForm(review.rows, request.POST)
        if not thread.is_valid():
            return self.page(request, proposal, review, thread)
        try:
            self.act(request, proposal, thread.cleaned_data)
        except ValidationError as refusal:
            # What others did meanwhile is read anew.
            review = self.review(request, proposal)
            return self.page(request, proposal, review, thread, refusal.messages)
        return HttpResponseRedirect(request.get_full_path())

    def review(self, request, proposal) -> Review:
        """The rows of a proposal with what is found of them."""
        words = ProposalWords(proposed_steps(cells_today(proposal)))
        rows = self.rows(request, proposal, words)
        return Review(rows, ProposedFindings([step for step, _cells in words.steps], words.present))

    def page(self, request, proposal, review, thread, problems=()):
        rows = review.rows
        decisions = [each for row in rows for each in row.decisions]
        may_decide = any(each.is_open and not each.is_locked for each in decisions)
        records = records_of(rows)
        context = self.admin_site.each_context(request) | {
            "title": _("Proposal %d") % proposal.pk,
            "subtitle": None,
            "opts": self.opts,
            "proposal": proposal,
            "is_popup": IS_POPUP_VAR in request.GET,
            "rows": rows[:CELLS_SHOWN],
            "tables": review.tables(CELLS_SHOWN),
            "counts": count_by_state(rows),
            "changed_since": sum(
                each.is_open and each.standing is CellStanding.CHANGED for each in decisions
            ),
            **links_to_record(request, records),
            "others": open_proposals_about(records, proposal),
            "further": len(rows[CELLS_SHOWN:]),
            "problems": problems,
            "thread": thread,
            "events": told_events(proposal, rows),
            "sources": proposal.sources.all(),
            "used_by": used_by_what_goes(self.open_steps(proposal)) if proposal.is_open else None,
            "merging": self.merging_of(request, proposal),
            "ready": len(review.sound) if may_decide else 0,
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

    def rows(self, request, proposal, words: ProposalWords) -> list[ProposedRow]:
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

        rows = (words.row(step, cells, decide) for step, cells in words.steps)
        return [row for row in rows if row.decisions]

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
            if request.POST.get(f"cell-{cell.pk}") in (ACCEPT, LEAVE)
        }
        if not chosen:
            raise ValidationError(_("Choose a cell first: accept it, or leave it as it is."))
        shown = {
            cell.pk: request.POST.get(f"shown-{cell.pk}", "")
            for cell, word in chosen.items()
            if word == ACCEPT
        }
        left = [cell.pk for cell, word in chosen.items() if word == LEAVE]
        self.write(request, proposal, chosen, shown, left, said["comment"])

    def accept_all(self, request, proposal, said) -> None:
        """Accept every open cell without a warning or an error that nobody has changed since."""
        cells = [each.cell for each in self.review(request, proposal).sound]
        if not cells:
            raise ValidationError(_("Each of these needs to be looked at: nothing can be accepted at once."))
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
        if ACCEPT in (request.POST.get(f"cell-{cell.pk}") for cell in cells_today(proposal)):
            message = _(
                "You have accepted some of these. Publish them first: those that you leave go back with it."
            )
            raise ValidationError(message)
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
        decisions = [each for row in self.review(request, proposal).rows for each in row.decisions]
        if not self.may_reopen(request, proposal, decisions):
            raise PermissionDenied
        reopen(proposal, user=request.user, comment=said["comment"])
        self.message_user(request, _("The proposal is open again."), messages.SUCCESS)

    def comment(self, request, proposal, said) -> None:
        if not said["comment"] and not said["url"]:
            raise ValidationError(_("Write a comment, or give a source."))
        cell = int(said["about"]) if said["about"] else None
        note_event(proposal, ProposalEventKind.COMMENTED, request.user, said["comment"], cell_id=cell)
        if self.is_own(request, proposal) and proposal.is_open and not proposal.why and said["comment"]:
            # Where the form asked for no reason, the first thing its author says is it.
            Proposal.objects.filter(pk=proposal.pk).update(why=said["comment"][:2000])
