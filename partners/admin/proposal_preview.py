"""The public page of a record as it would be once cells of a proposal are accepted: all is done, shown, and undone."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from partners.admin.page_preview import Shown, ShowsPreview
from partners.admin.proposed import Decision
from partners.admin.reviewing import ACCEPT, LEAVE, Review, record_of_step
from partners.changes.accepting import CellStanding, accept
from partners.models import Proposal
from partners.models.belonging import model_named

# The button that accepts nothing; its value names the record.
PREVIEW_OF = "preview"
# What can be accepted by nobody.
IMPOSSIBLE = (CellStanding.GONE, CellStanding.TAKEN)


def preview_of_proposal(request, proposal: Proposal, review: Review):
    """What readers would see of the record that the pressed button names; else what stands in the way."""
    places = {record_of_step(row.step): min(row.step.records) for row in review.rows}
    name, key = places.get(request.POST[PREVIEW_OF], ("", 0))
    screen = admin.site._registry.get(model_named(name)) if name else None
    if not isinstance(screen, ShowsPreview):
        raise Http404
    try:
        with transaction.atomic():
            raise Shown(page_once_accepted(request, proposal, review, screen, key))
    except Shown as shown:
        return shown.answer


def page_once_accepted(request, proposal: Proposal, review: Review, screen: ShowsPreview, key: int):
    shown = {each.cell.pk: each.shown for each in tried(review)}
    try:
        accept(proposal, shown, user=request.user)
    except ValidationError as refusal:
        return screen.no_preview(request, refusal.messages)
    record = record_after(proposal, screen.model, key)
    if record is None:
        return screen.no_preview(request, [_("The whole record goes: readers find nothing there.")])
    return screen.page_or_reasons(request, record)


def tried(review: Review) -> list[Decision]:
    """The open cells that are chosen to be accepted; where none is, all that are not chosen to be left."""
    decisions = [decision for _row, _line, decision in review.decided()]
    possible = [each for each in decisions if each.is_open and each.standing not in IMPOSSIBLE]
    chosen = [each for each in possible if each.said == ACCEPT]
    return chosen or [each for each in possible if each.said != LEAVE]


def record_after(proposal: Proposal, model: type[models.Model], key: int) -> models.Model | None:
    """A record once cells are accepted: one that came has got its number, one that was merged leads to the other."""
    if key < 0:
        own = proposal.cells.filter(table=model._meta.model_name, row=key)
        key = own.values_list("written_row", flat=True).first() or key
    found = model._base_manager.filter(pk=key).first()
    if found is None and proposal.merges_into:
        found = model._base_manager.filter(pk=proposal.merges_into).first()
    return found
