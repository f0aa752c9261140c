"""Who may change what readers see at once. Whoever may not, proposes it."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models

from partners.changes.history import RowStep, history_of
from partners.models import Publishable
from partners.models.belonging import is_record, model_named, models_with_data
from partners.vocabularies import PUBLISHED

# What publishing a record, or withholding it, changes in it.
MOVES = {"publication_state", "published_at"}

# More than anybody makes before a record is published.
REVISIONS_LOOKED_AT = 500

type_of_seen = set[tuple[str, int]]


def right_to_publish(model: type[models.Model]) -> str:
    """The permission to change what readers see of a kind of record."""
    return f"{model._meta.app_label}.publish_{model._meta.model_name}"


def may_publish_everything(user) -> bool:
    """Whether nothing that somebody does has to wait for others."""
    kinds = [model for model in models_with_data() if is_record(model)]
    return not settings.FOUR_EYES and all(user.has_perm(right_to_publish(model)) for model in kinds)


def proposes(user, model: type[models.Model]) -> bool:
    """Whether what somebody changes in what readers see of a kind of record waits for others."""
    return settings.FOUR_EYES or not user.has_perm(right_to_publish(model))


def proposes_what_is_seen(user, model: type[models.Model], keys: Iterable[int]) -> bool:
    """The same, of records of which readers see one."""
    return proposes(user, model) and bool(keys_seen(model, set(keys)))


def seen_by_readers(steps: Iterable[RowStep]) -> type_of_seen:
    """The records of steps, just written, that readers saw before or see now."""
    steps = list(steps)
    keys: dict[str, set[int]] = {}
    for step in steps:
        for name, key in step.records:
            keys.setdefault(name, set()).add(key)
    found = {(name, key) for name, own in keys.items() for key in keys_seen(model_named(name), own)}
    return found | {
        record
        for step in steps
        if step.is_of_record and (step.before or {}).get("publication_state") == PUBLISHED
        for record in step.records
    }


def keys_seen(model: type[models.Model], keys: set[int]) -> set[int]:
    """Which of some records readers see; what has no state and no rule of its own is seen at once."""
    if issubclass(model, Publishable):
        # The state alone: an agreement is shown again as soon as one of its partners is.
        rows = model._base_manager.filter(publication_state=PUBLISHED)
    elif hasattr(model._default_manager, "published"):
        rows = model._default_manager.published()
    else:
        return keys
    return set(rows.filter(pk__among=sorted(keys)).values_list("pk", flat=True))


def may_go_live(user, steps: Iterable[RowStep]) -> bool:
    """Whether steps that somebody has just written may stay as they are; else they are proposed."""
    steps = list(steps)
    records = seen_by_readers(steps)
    if not all(
        user.has_perm(right_to_publish(model_named(name))) for name in {name for name, _key in records}
    ):
        return False
    if not settings.FOUR_EYES:
        return True
    return all(is_move_for_another(step, user) for step in steps if step.records & records)


def is_move_for_another(step: RowStep, user) -> bool:
    """Whether a step only withholds a record, or publishes what somebody else has written."""
    if step.before is None or step.after is None or {each.name for each in step.changed} - MOVES:
        return False
    if step.after["publication_state"] != PUBLISHED:
        return True
    ((name, key),) = step.records
    return user.pk not in writers_of(model_named(name)(pk=key))


def writers_of(record: models.Model) -> set[int]:
    """Who has changed a record, or a row of it, since it was last public, as far as that is known."""
    writers = set()
    for found in history_of(record, most=REVISIONS_LOOKED_AT):
        own = [step for step in found.steps if step.is_of_record]
        if any((step.before or {}).get("publication_state") == PUBLISHED for step in own):
            break
        if any({each.name for each in step.changed} - MOVES for step in found.steps):
            writers.add(found.revision.who)
    return writers - {None}
