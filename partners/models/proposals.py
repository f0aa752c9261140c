"""Proposals: changes of what readers see that wait for somebody who may publish them.

They are about records and hold no data of the directory: readers see nothing of them, and they do not advance the data
version. How they are made and accepted is in `partners/changes/proposing.py` and `accepting.py`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.curation_vocabularies import CellState, ProposalEventKind, ProposalState
from partners.models.base import term_constraint, term_field
from partners.models.fields import Code


class Proposal(models.Model):
    """Changes that somebody wants, with the reason. `base` is the newest revision when it was made."""

    title = models.CharField(_("about"), max_length=200)
    # A plain number beside the name: whoever it was can be deleted.
    who = models.BigIntegerField(_("user number"), null=True, db_index=True)
    name_of_who = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("since"))
    base = models.BigIntegerField(_("base revision"))
    # The revision that it takes back, and the record that others are to become part of, where it does that.
    undoes = models.BigIntegerField(_("undoes"), null=True)
    merges_into = models.BigIntegerField(_("record that stays"), null=True)
    # The newest migration when it was made: its cells speak of the tables of that release.
    schema = Code(max_length=100)
    why = models.TextField(_("why"), max_length=2000, blank=True)
    state = term_field(ProposalState, _("state"), default=ProposalState.OPEN, db_index=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["-pk"]
        default_permissions = ("view",)
        constraints = [term_constraint("proposal", "state", ProposalState)]

    def __str__(self):
        return f"{self.pk}: {self.title}"

    @property
    def is_open(self) -> bool:
        return self.state == ProposalState.OPEN


class ProposedCell(models.Model):
    """A value that is to change; or, where `column` is empty, a whole row that is to come or to go.

    Values are kept as in the images of the journal, a whole row as such an image. Rows that are to come have negative
    numbers, and so has what names them in other cells: they get their own when they are written. `model` and `record`
    name the record that the row belongs to.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="cells")
    table = Code(max_length=40)
    row = models.BigIntegerField()
    column = Code(max_length=60, blank=True)
    model = Code(max_length=20)
    record = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    state = term_field(CellState, _("state"), default=CellState.OPEN)
    # The number that a row got which was to come.
    written_row = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["model", "record"], name="proposed_of_record"),
            models.Index(fields=["table", "row"], name="proposed_of_row"),
        ]
        constraints = [
            term_constraint("proposed_cell", "state", CellState),
            models.UniqueConstraint(fields=["proposal", "table", "row", "column"], name="proposed_cell_once"),
        ]

    def __str__(self):
        return f"{self.table} {self.row} {self.column}"


class ProposalSource(models.Model):
    """A source that its author, or somebody else in the thread, gives for a proposal."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="sources")
    url = models.URLField(_("address of a source"), max_length=500)
    quote = models.TextField(_("what it says"), max_length=1000, blank=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self):
        return self.url


class ProposalEvent(models.Model):
    """What somebody did with a proposal, or wrote about it. `revision` is what accepting it wrote."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("at"))
    who = models.BigIntegerField(_("user number"), null=True)
    name_of_who = models.CharField(_("by"), max_length=150)
    kind = term_field(ProposalEventKind, _("what happened"))
    comment = models.TextField(_("comment"), max_length=5000, blank=True)
    revision = models.BigIntegerField(_("revision"), null=True)
    # The cell that a comment is about, where it is about one.
    cell = models.ForeignKey(
        ProposedCell, verbose_name=_("about"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [term_constraint("proposal_event", "kind", ProposalEventKind)]

    def __str__(self):
        return f"{self.proposal_id}: {self.kind}"
