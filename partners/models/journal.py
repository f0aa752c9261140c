"""The journal: what has happened to the records of the directory, when, by whom and why.

Triggers write it in the transaction of each change, whoever makes it (`partners/triggers/journal.py`); nobody edits it.
What can be read from it is in `partners/changes/`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.curation_vocabularies import Operation, Via
from partners.models.base import term_field
from partners.models.fields import Code


class Revision(models.Model):
    """The changes of one transaction. Numbered 1, 2, 3 and so on, in the order in which they became visible.

    SQLite knows no transaction in its triggers: there each row that SQL from outside the application writes is a
    revision of its own.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"), db_index=True)
    # A plain number beside the name: whoever it was can be deleted.
    who = models.BigIntegerField(_("user number"), null=True)
    name_of_who = models.CharField(_("by"), max_length=150)
    why = models.TextField(_("why"))
    via = term_field(Via, _("via"))
    undoes = models.BigIntegerField(_("undoes"), null=True)
    # Of a merge, and of one that is made again: the record that stays.
    merges_into = models.BigIntegerField(_("record that stays"), null=True)
    # At its end; unknown for what happened before there was a journal.
    data_version = models.BigIntegerField(_("data version"), null=True)
    # The newest migration when it was written: its rows are those of that release.
    schema = Code(max_length=100)
    # Where nobody has announced it: PostgreSQL tells by it which revision is that of the present transaction.
    transaction = Code(max_length=60, null=True)
    # Whether the journal has its rows as they were before. Not of a first load, nor once they were forgotten.
    rows_kept = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-number"]
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["number"], condition=models.Q(rows_kept=False), name="revision_without_rows"
            ),
        ]

    def __str__(self):
        return str(self.number)

    @classmethod
    def newest(cls) -> int:
        """The number of the newest revision; 0 where there is none yet."""
        return cls.objects.aggregate(newest=models.Max("number"))["newest"] or 0


class Change(models.Model):
    """A row that was inserted, updated or deleted. `before` is the row as it was, by the columns of its table; what it
    became is in the next change of the row, or in the row itself.

    `model` and `record` name the record that it belongs to: names belong to their organization. A row that moves from
    one record to another has a change for each.
    """

    revision = models.ForeignKey(
        Revision, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="changes"
    )
    # The name of its model.
    table = Code(max_length=40)
    row = models.BigIntegerField()
    model = Code(max_length=20)
    record = models.BigIntegerField()
    operation = Code(max_length=1, choices=Operation.choices)
    before = models.JSONField(null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        default_permissions = ()
        indexes = [
            models.Index(fields=["model", "record", "revision"], name="change_of_record"),
            models.Index(fields=["table", "row", "revision"], name="change_of_row"),
            models.Index(fields=["revision"], name="change_of_revision"),
        ]

    def __str__(self):
        return f"{self.revision_id}: {self.table} {self.row} {self.operation}"


class PublicChange(models.Model):
    """A value of a public record that changed in a revision, as readers see it (`partners/triggers/public_changes.py`).

    `field` is the name of its column in the files. The field "" is the record itself: when it became public again or
    without a stamp, or, for a source, when it was added. Feeds, calendars and the sitemap read it.
    """

    pk = models.CompositePrimaryKey("model", "record_id", "field", "revision")
    model = Code(max_length=20)
    record_id = models.BigIntegerField()
    field = Code(max_length=30)
    revision = models.ForeignKey(
        Revision, on_delete=models.DO_NOTHING, db_constraint=False, related_name="public_changes"
    )

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.model} {self.record_id}: {self.field}"


class Writing(models.Model):
    """Who is writing in a transaction, and why: what its revision will say. Gone before the transaction ends, so that
    nobody else ever sees it.

    `keeps_rows` is false where only the revision is kept and not its rows: the first load of an empty directory.
    """

    # The transaction on PostgreSQL; SQLite has one writer at a time.
    transaction = Code(max_length=60, primary_key=True)
    revision = models.BigIntegerField(null=True)
    who = models.BigIntegerField(null=True)
    name_of_who = models.CharField(max_length=150)
    why = models.TextField()
    via = Code(max_length=30)
    undoes = models.BigIntegerField(null=True)
    merges_into = models.BigIntegerField(null=True)
    keeps_rows = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.via} {self.name_of_who}"
