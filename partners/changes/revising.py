"""Announcing who writes: the revision of a transaction says it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from partners.curation_vocabularies import Via
from partners.engines.emptying import PRUNING, THIS_TRANSACTION, WRITING

__all__ = ["PRUNING", "Announced", "revising"]


@dataclass
class Announced:
    """What is written under an announcement. `revision` is its number, once all is written; None where nothing was."""

    revision: int | None = None


def name_of_user(user) -> str:
    """What somebody is called in the journal; "" for nobody."""
    return (user.get_full_name() or user.get_username())[:150] if user else ""


@contextmanager
def revising(
    via: Via | str,
    *,
    user=None,
    why: str = "",
    undoes: int | None = None,
    merges_into: int | None = None,
    keeps_rows: bool = True,
    using=DEFAULT_DB_ALIAS,
) -> Iterator[Announced]:
    """A transaction whose changes are one revision of the journal, which says by which way, by whom and why.

    `undoes` is the number of a revision that this one takes back, `merges_into` that of the record which stays in a merge.
    `keeps_rows=False` keeps the revision without the
    rows: for the first load of an empty directory. Within another announcement this one adds nothing: the outer one
    has said it. `PRUNING` is the way by which rows of the journal may be deleted.
    """
    vendor = connections[using].vendor
    who = user.pk if user else None
    name = name_of_user(user)
    announced = Announced()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {WRITING} ("transaction", who, name_of_who, why, via, undoes, merges_into, keeps_rows) '  # noqa: S608
            f"VALUES ({THIS_TRANSACTION[vendor]}, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [who, name, why, via, undoes, merges_into, keeps_rows],
        )
        is_ours = cursor.rowcount == 1
        yield announced
        if connections[using].needs_rollback:
            # The caller takes back all of it, and no statement runs any more.
            return
        where = f'FROM {WRITING} WHERE "transaction" = {THIS_TRANSACTION[vendor]}'
        cursor.execute(f"SELECT revision {where}")  # noqa: S608
        announced.revision = cursor.fetchone()[0]
        if is_ours:
            cursor.execute(f"DELETE {where}")  # noqa: S608
