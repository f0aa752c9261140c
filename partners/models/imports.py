"""Tables that somebody brings in through the browser: the file, how it was read, what it would change, how far it is.

They hold no data of the directory. A worker reads and checks them, in steps whose state stands here, and writes what
was shown; see `partners/exchange/importing/`.
"""

import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.curation_vocabularies import ImportState, LineState
from partners.models.base import term_constraint, term_field
from partners.models.fields import Code

# A worker says so often enough that it is still there; a job of one that said nothing for so long is taken up by another.
HOLDS_JOB_FOR = datetime.timedelta(seconds=30)
# While it writes it can say nothing. That takes ten seconds at most.
HOLDS_JOB_WHILE_WRITING = datetime.timedelta(seconds=90)
# After so long without a touch an import goes, written or not: files of colleagues are not kept for ever, and what was
# written stands in the journal.
KEPT_FOR = datetime.timedelta(days=30)
# What a worker has to do something for.
TO_DO = (ImportState.CHECKING, ImportState.WRITING)


class ImportJob(models.Model):
    """A table that was brought in. `options` is what its owner has said of it: the source, decisions, columns."""

    # The name of the table of which it has rows.
    kind = Code(_("kind"), max_length=40)
    # A plain number beside the name: whoever it was can be deleted.
    who = models.BigIntegerField(_("user number"), db_index=True)
    name_of_who = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("since"), default=timezone.now)
    touched_at = models.DateTimeField(_("last touched"), default=timezone.now, db_index=True)
    name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    why = models.CharField(_("why"), max_length=1000, blank=True)
    options = models.JSONField(default=dict)
    state = term_field(ImportState, _("state"), default=ImportState.CHECKING, db_index=True)
    # Counts what its owner has done with it: what a worker made of an earlier round is of no use.
    round = models.PositiveIntegerField(default=1)

    # How it was read, what it comes to, and what is to be written: compressed JSON of a `ChangePlan`.
    reading = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    plan = models.BinaryField(null=True)
    # Stands for what was shown, and the state of the directory that it was compared with.
    planned = Code(max_length=40, blank=True)
    data_version = models.BigIntegerField(null=True)
    # Why it could not be read, or was not written.
    problem = models.TextField(_("problem"), blank=True)
    # Lines that are otherwise than when they were last shown, because others changed something.
    changed_meanwhile = models.PositiveIntegerField(default=0)

    # Who works on it, until when nobody else takes it up, and how far that is.
    worker = Code(max_length=120, blank=True)
    held_until = models.DateTimeField(null=True)
    step = models.CharField(max_length=30, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    # What it became.
    revision = models.BigIntegerField(_("revision"), null=True)
    proposal = models.BigIntegerField(_("proposal"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [term_constraint("import_job", "state", ImportState)]

    def __str__(self):
        return self.name

    @property
    def is_to_do(self) -> bool:
        return self.state in TO_DO

    @classmethod
    def forget_old(cls) -> int:
        """Delete what nobody has touched for long; gives how many these were."""
        old = cls.objects.filter(touched_at__lt=timezone.now() - KEPT_FOR)
        # A file of megabytes is not read to be deleted.
        keys = list(old.values_list("pk", flat=True))
        ImportLine.objects.filter(job__in=keys).delete()
        cls.objects.filter(pk__in=keys).delete()
        return len(keys)

    @classmethod
    def waiting(cls):
        """What a worker can take up, the oldest first."""
        now = timezone.now()
        # Nobody holds one for longer: the clock was set back since.
        is_over = Q(held_until__lt=now) | Q(held_until__gt=now + 2 * HOLDS_JOB_WHILE_WRITING)
        is_free = Q(worker="") | Q(held_until__isnull=True) | is_over
        return cls.objects.filter(is_free, state__in=TO_DO).order_by("touched_at", "pk")


class ImportLine(models.Model):
    """A row of such a table, as it is shown: the cells that it would change, and what was found of them."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    state = term_field(LineState, _("state"))
    # By which decisions about the row are kept.
    key = models.CharField(max_length=300)
    record = models.CharField(max_length=300)
    # Each with its column, before, after, and the level and words of what was found.
    cells = models.JSONField(default=list)
    # Records that it is like, each with its key and what it is called.
    alike = models.JSONField(default=list)
    has_finding = models.BooleanField(default=False)
    # Otherwise than when it was last shown.
    is_changed = models.BooleanField(default=False)

    class Meta:
        ordering = ["line"]
        default_permissions = ()
        constraints = [
            term_constraint("import_line", "state", LineState),
            models.UniqueConstraint(fields=["job", "line"], name="import_line_once"),
        ]
        indexes = [models.Index(fields=["job", "state", "line"], name="import_line_by_state")]

    def __str__(self):
        return f"{self.line}: {self.record}"
