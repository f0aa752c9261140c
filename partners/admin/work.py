"""The work: the first page of the desk."""

from partners.admin.needs import latest, needs, states_of_records
from partners.admin.waiting import (
    AGES,
    WHOSE,
    asked_in,
    count_waiting,
    kinds_of_work,
    new_records,
    page_of_work,
    proposers,
    returned_to,
    sent_by,
)
from partners.vocabularies import PublicationState


def work_of(request) -> dict:
    """What the first page of the desk shows somebody."""
    asked = asked_in(request.GET)
    page, rows = page_of_work(request, asked)
    counts = count_waiting(request)
    return {
        "asked": asked,
        "tabs": [(whose, label, counts[whose]) for whose, label in WHOSE.items()],
        "page": page,
        "rows": rows,
        "kinds": kinds_of_work(),
        "ages": AGES,
        "authors": proposers(request),
        "returned": returned_to(request.user),
        "sent": sent_by(request.user),
        "needs": needs(request),
        "states": PublicationState.labels,
        "records": states_of_records(request),
        "latest": latest(request),
        "new": new_records(request),
    }
