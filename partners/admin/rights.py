"""What somebody may do in the screens of curation, and whether it has to wait for others."""

from collections.abc import Iterable

from django.contrib import admin
from django.db import models

from partners.changes.going_live import proposes, proposes_what_is_seen, writers_of
from partners.changes.history import RowStep, TouchedRow
from partners.models import ProposedCell, Publishable
from partners.models.belonging import model_named
from partners.vocabularies import PUBLISHED

# The field of a form in which the author of a proposal says why.
WHY = "_why"


def has_to_propose(user, model: type[models.Model], record: models.Model | None) -> bool:
    """Whether what somebody saves in the form of a record, or of a new one, will wait for others."""
    if record is not None:
        return proposes_what_is_seen(user, model, [record.pk])
    is_seen = not issubclass(model, Publishable) and not hasattr(model._default_manager, "published")
    return is_seen and proposes(user, model)


def may_change_all(request, steps: Iterable[RowStep | TouchedRow]) -> bool:
    """Whether somebody may work on every record that steps are about."""
    kinds = {model_named(name) for step in steps for name, _key in step.records}
    screens = [admin.site._registry.get(model) for model in kinds]
    return all(screen is not None and screen.has_change_permission(request) for screen in screens)


def may_take_back(request, steps: Iterable[RowStep | TouchedRow]) -> bool:
    """Whether somebody may also do the opposite: what was added goes, what was removed comes back."""
    steps = list(steps)
    if not may_change_all(request, steps):
        return False
    for step in (step for step in steps if step.is_of_record):
        screen = admin.site._registry[step.model]
        if step.is_added and not screen.has_delete_permission(request):
            return False
        if step.is_removed and not screen.has_add_permission(request):
            return False
    return True


def may_read(request, step: RowStep | TouchedRow) -> bool:
    """Whether somebody may read every record that a step is about."""
    screens = [admin.site._registry.get(model_named(name)) for name, _key in step.records]
    return all(screen is not None and screen.has_view_permission(request) for screen in screens)


def publishes_what_one_wrote(cell: ProposedCell, user) -> bool:
    """Whether to accept a cell is to publish a record that somebody wrote, or helped to write, himself."""
    is_publication = cell.column == "publication_state" and cell.after == PUBLISHED
    return is_publication and user.pk in writers_of(model_named(cell.model)(pk=cell.record))
