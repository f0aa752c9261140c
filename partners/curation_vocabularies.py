"""Every controlled term of curation: how changes come, what becomes of proposals, imports, links and accounts.

Written and stored as the vocabularies of the directory are, but no reader's address or file carries them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.vocabularies import Vocabulary


class Via(Vocabulary):
    """By which way a change of the directory came. Our own list."""

    FORM = "form", _("A form of curation."), _("Form")
    LIST = "list", _("An action on records chosen in a list."), _("List")
    FILE = "file", _("A table that was brought in."), _("File")
    PACKAGE = "package", _("A data package that was loaded."), _("Package")
    PROPOSAL = "proposal", _("A proposal that was accepted."), _("Proposal")
    MERGE = "merge", _("Two records were made one."), _("Merge")
    UNDO = "undo", _("An earlier change was taken back."), _("Undo")
    COMMAND = "command", _("A command of the operator."), _("Command")
    MIGRATION = "migration", _("A new release of the directory."), _("New release")
    UNKNOWN = "unknown", _("Past the application, as by SQL."), _("Unknown")


class ImportState(Vocabulary):
    """How far a table has come that was brought in through the browser. Our own list."""

    CHECKING = "checking", _("It waits to be read and checked, or is being checked."), _("Being checked")
    READY = "ready", _("What it would change is shown; nothing is saved."), _("Preview, nothing is saved")
    WRITING = "writing", _("It waits to be written, or is being written."), _("Being written")
    WRITTEN = "written", _("What was shown is written, as one revision."), _("Written")
    PROPOSED = "proposed", _("What was shown is proposed; a reviewer decides."), _("Sent for review")
    FAILED = "failed", _("It cannot be read; nothing is saved."), _("Cannot be read")
    CANCELLED = "cancelled", _("It was stopped; nothing is saved."), _("Stopped, nothing is saved")


class LineState(Vocabulary):
    """What becomes of a row of such a table. Our own list."""

    REFUSED = "refused", _("A cell of it cannot be written."), _("refused")
    ALIKE = "alike", _("It may be a record that is there already: somebody decides."), _("alike")
    CONFLICT = "conflict", _("Somebody changed the record after the file was made."), _("conflict")
    NEW = "new", _("It becomes a record."), _("new")
    CHANGED = "changed", _("It changes a record."), _("changed")
    UNCHANGED = "unchanged", _("The record says the same already."), _("unchanged")
    SKIPPED = "skipped", _("It is left out, because somebody said so."), _("left out")


class Verdict(Vocabulary):
    """What was judged of two records that look alike. Our own list."""

    DIFFERENT = "different", _("They are two things, however alike."), _("Two different ones")


class LinkState(Vocabulary):
    """What the address of a source answered when it was last asked. Our own list."""

    WORKS = "works", _("It answers; where it could be read, the quoted words are there."), _("Works")
    MOVED = "moved", _("It leads to another address, and says that this is for good."), _("Moved")
    CHANGED = "changed", _("It answers, but quoted words are not there any more."), _("Words are gone")
    CLOSED = "closed", _("It lets no programs in; a person may see it."), _("Closed to programs")
    SILENT = "silent", _("It gave no answer this time."), _("No answer")
    DEAD = "dead", _("Nothing stands there any more."), _("Dead")


class SecurityEventKind(Vocabulary):
    """What the security log notes. Our own list."""

    SIGNED_IN = "signed-in", _("Somebody signed in."), _("Signed in")
    SIGNED_OUT = "signed-out", _("Somebody signed out."), _("Signed out")
    FAILED = (
        "failed",
        _("A name and a password that do not belong together were tried, or a code that is not right."),
        _("Failed to sign in"),
    )
    LOCKED = (
        "locked",
        _("So many tries failed that no more are looked at for some minutes."),
        _("Locked out"),
    )
    PASSWORD = "password", _("A password was set or changed."), _("Password changed")
    SECOND_STEP = (
        "second-step",
        _("A second step of signing in was added or taken off, or recovery codes were made."),
        _("Second step changed"),
    )
    LINK = (
        "link",
        _("A link was made by which somebody can choose a password, or was asked for."),
        _("Password link"),
    )
    RIGHTS = (
        "rights",
        _("An account or a group was made, deleted or given other rights."),
        _("Rights changed"),
    )


class ProposalState(Vocabulary):
    """What has become of a proposal. Our own list."""

    OPEN = "open", _("Waits for somebody who may publish it."), _("Open")
    APPLIED = "applied", _("All of it was accepted."), _("Applied")
    PARTLY = "partly", _("Some of it was accepted, and the rest was not."), _("Applied in part")
    DECLINED = "declined", _("It was returned with a comment."), _("Declined")
    WITHDRAWN = "withdrawn", _("Its author took it back."), _("Withdrawn")
    SUPERSEDED = "superseded", _("Other proposals were accepted in its place."), _("Superseded")


class CellState(Vocabulary):
    """What has become of a cell of a proposal. Our own list."""

    OPEN = "open", _("Not decided yet."), _("Open")
    APPLIED = "applied", _("Readers see it."), _("Accepted")
    LEFT = "left", _("It was not accepted: the value stays as it is."), _("Left as it is")
    SUPERSEDED = "superseded", _("Another proposal for the same value was accepted."), _("Superseded")


class ProposalEventKind(Vocabulary):
    """What happened to a proposal. Our own list."""

    OPENED = "opened", _("It was sent for review."), _("Proposed")
    COMMENTED = "commented", _("Somebody wrote about it."), _("Comment")
    APPLIED = "applied", _("All that was left of it was accepted."), _("Accepted")
    PARTLY = "partly", _("Some of its cells were decided."), _("Decided in part")
    DECLINED = "declined", _("It was returned with a comment."), _("Declined")
    WITHDRAWN = "withdrawn", _("Its author took it back."), _("Withdrawn")
    REOPENED = "reopened", _("What was not accepted is open again."), _("Taken up again")
    SUPERSEDED = "superseded", _("A rival proposal was accepted."), _("Superseded")


class Operation(models.TextChoices):
    """What happened to a row."""

    INSERT = "I", _("added")
    UPDATE = "U", _("changed")
    DELETE = "D", _("removed")
