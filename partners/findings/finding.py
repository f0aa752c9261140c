"""A finding: how much it weighs, which value it is about, and what it says."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """How much a finding weighs. An error stops; a warning is saved, and reviewers see it; a suggestion would be better."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")
    SUGGESTION = "suggestion", _("Suggestion")

    @property
    def mark(self) -> str:
        """The end of the class by which `desk.css` puts the sign before it, and says the word."""
        return self.value[0]


@dataclass(frozen=True)
class Finding:
    """`field` is the name of a value as a citation has it, such as "established" or "amounts.a-key", or of a relation, such as
    "names"; "" for the record as a whole. `citation` is the key of the citation that it is about, where it is about one."""

    level: Level
    field: str
    message: str
    citation: int | None = field(default=None, compare=False)

    @property
    def may_pass_unseen(self) -> bool:
        """Whether somebody may accept the value without having looked at this."""
        return self.level is Level.SUGGESTION


def heaviest_first(findings) -> list[Finding]:
    """Findings by their level, each said once for a value."""
    weights = list(Level)
    return sorted(dict.fromkeys(findings), key=lambda each: weights.index(each.level))
