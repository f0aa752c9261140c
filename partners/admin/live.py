"""What somebody without the right to publish changes in what readers see becomes a proposal, by whatever page he sent.

The page does its work as for everybody, within a transaction. The journal then says what it wrote: where that would
be seen by readers, all of it is taken back and kept as a proposal. So no form, action or page needs to know of this.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.messages.storage import default_storage
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.admin.rights import WHY
from partners.changes.going_live import may_go_live, may_publish_everything
from partners.changes.history import RowStep, net_steps
from partners.changes.proposing import keep_proposal
from partners.changes.words import title_for
from partners.curation_vocabularies import Via
from partners.models import Change, DataVersion, Proposal, Revision


class HasToWait(Exception):
    """Raised when what was written may not go live: all of it is taken back."""

    def __init__(self, steps: Sequence[RowStep], base: int, facts: dict):
        super().__init__()
        self.steps, self.base, self.facts = steps, base, facts
        # What the journal would have said, such as what the sources of changed values say.
        self.reasons = list(Revision.objects.filter(number__gt=base).values_list("why", flat=True))
        # What was added is gone afterwards; what was there has its former name again.
        first = min(steps[0].records)
        is_new = any(step.before is None and step.is_of_record and first in step.records for step in steps)
        self.title = title_for(steps) if is_new else ""


def answer_or_propose(view, request, *args, **kwargs):
    """The answer of a view that may write; in its place, where that has to wait, the way to the proposal."""
    if may_publish_everything(request.user):
        return view(request, *args, **kwargs)
    began = timezone.now()
    try:
        with transaction.atomic():
            DataVersion.hold()
            base = Revision.newest()
            answer = view(request, *args, **kwargs)
            steps = steps_written_since(base)
            if steps and not may_go_live(request.user, steps):
                raise HasToWait(steps, base, what_it_does(request, base))
            return answer
    except HasToWait as found:
        given = [request.POST.get(name, "") for name in (WHY, "why")]
        why = "; ".join(filter(None, dict.fromkeys(given + found.reasons)))
        title = found.title or title_for(found.steps)
        facts = {"at": began} | found.facts
        proposal = keep_proposal(found.steps, found.base, user=request.user, title=title, why=why, **facts)
        return lead_to(request, proposal)


def what_it_does(request, base: int) -> dict:
    """What a proposal says beside its cells: the revision that it takes back, the record that another is merged into."""
    undone = Revision.objects.filter(number__gt=base, undoes__isnull=False).values_list("undoes", flat=True)
    return {"undoes": undone.first(), "merges_into": getattr(request, "merged_into", None)}


def steps_written_since(base: int) -> list[RowStep]:
    """What became of rows since a revision; nothing where it is an accepted proposal, which has been judged already."""
    numbers = list(Revision.objects.filter(number__gt=base).values_list("number", "via"))
    if not numbers or all(via == Via.PROPOSAL for _number, via in numbers):
        return []
    return net_steps(Change.objects.all(), base, max(number for number, _via in numbers))


def lead_to(request, proposal: Proposal):
    """Say that it is proposed, and not that it is saved, as the page did; what was refused stays so."""
    refused = [each for each in messages.get_messages(request) if each.level == messages.ERROR]
    request._messages = default_storage(request)
    for each in refused:
        messages.error(request, each.message)
    told = _("Proposed: a reviewer will look at it. Nothing is live yet; readers see what they saw before.")
    messages.success(request, told)
    address = reverse("admin:partners_proposal_change", args=[proposal.pk])
    popup = f"?{IS_POPUP_VAR}=1" if IS_POPUP_VAR in request.POST else ""
    return HttpResponseRedirect(address + popup)
