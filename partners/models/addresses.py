"""Addresses that readers have known: where a renamed or merged record stands now, and what was withdrawn.

Triggers write them, whoever renames, withholds or deletes (`partners/triggers/addresses.py`). Only requests that would
find nothing look here.
"""

import datetime
from dataclasses import dataclass

from django.core.validators import validate_slug
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.fields import Code
from partners.models.validators import HAS_COME

# More names than anybody gives one record.
LONGEST_WAY = 100


class FormerAddress(models.Model):
    """A slug under which readers saw a record that they do not see there any more.

    `now` is the slug that took its place; "" where nothing did: the record was withheld or deleted. `since` is the day
    (UTC) on which that happened; unknown for what was withheld before this was noted. The row goes when readers see a
    record under the slug again.

    Another record may come to stand under a slug: `owner` is the number of the record that readers saw there, and `record`
    that of the one that stands for it, which is another one after a merge. Both are empty where a package does not say.
    """

    # The name of the model.
    kind = Code(_("kind"), max_length=20)
    slug = Code(_("slug"), max_length=100, validators=[validate_slug])
    now = Code(_("now"), max_length=100, validators=[validate_slug], blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    since = models.DateField(_("since"), null=True, blank=True, validators=[HAS_COME])
    owner = models.BigIntegerField(_("number of its record"), null=True)
    record = models.BigIntegerField(_("number of the record that stands for it"), null=True)

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="former_address_once")]

    def __str__(self):
        return f"{self.kind} {self.slug}"

    @property
    def refusal(self) -> str:
        """Why no other record gets this slug."""
        words = {"slug": self.slug, "name": self.name or self.slug, "now": self.now}
        if not self.now:
            return (
                _(
                    "Readers knew “%(slug)s” as the address of “%(name)s”, which was withdrawn. Choose another."
                )
                % words
            )
        return (
            _(
                "Readers know “%(slug)s” as the address of “%(name)s”, and it leads to “%(now)s” now. Choose another."
            )
            % words
        )


@dataclass(frozen=True)
class Trace:
    """What became of an address: the record that stands for it now, or None and the day since which there is none."""

    record: models.Model | None
    since: datetime.date | None = None


def where_now(rows: models.QuerySet, slug: str) -> Trace | None:
    """What became of a slug under which none of `rows` stands; None where readers never saw a record there.

    However often it was renamed or merged, the way leads to the newest name. Costs two queries for each step of it.
    """
    former = FormerAddress.objects.filter(kind=rows.model._meta.model_name)
    step, seen = former.filter(slug=slug).first(), {slug}
    if step is None:
        return None
    since = step.since
    while step is not None and step.now and step.now not in seen and len(seen) < LONGEST_WAY:
        record = rows.filter(slug=step.now, pk=step.record).first()
        if record is not None:
            return Trace(record)
        seen.add(step.now)
        step = former.filter(Q(owner=step.record) | Q(owner=None), slug=step.now).first()
        since = step.since if step else since
    return Trace(None, since)


def former_owner(record: models.Model, known_as: str) -> FormerAddress | None:
    """The note of whose address the slug of a record was, where readers knew it as that of another one.

    `known_as` is the slug under which the record is saved; "" where it is new.
    """
    former = FormerAddress.objects.filter(kind=record._meta.model_name)
    found = former.filter(slug=record.slug).first()
    if found is None or not known_as:
        return found
    # A record may go back to a name it had.
    saved = type(record)._base_manager.filter(slug=known_as)
    trace = where_now(saved, record.slug)
    return None if trace.record is not None else found
