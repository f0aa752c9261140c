"""The marks of agreements: one shape and one color to each group of types, and never a color alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.models import AgreementParty
from partners.vocabularies import AgreementType, PartyRole


# Each stands for itself: it is compared by what it is, not by its words.
@dataclass(frozen=True, eq=False)
class Mark:
    """A group of types of agreements: the class of its shape in the style sheet, its name, and what one or several are called."""

    shape: str
    label: str | Promise
    nouns: object
    types: frozenset[str]

    def noun(self, count: int) -> str:
        """What that many of them are called, without the number."""
        return self.nouns % {"count": count}

    def counted(self, count: int) -> str:
        return f"{count} {self.noun(count)}"


MEMORANDUM = Mark(
    "mou",
    _("Memorandum"),
    ngettext_lazy("memorandum", "memoranda", "count"),
    frozenset({AgreementType.MOU}),
)
PARTNERSHIP = Mark(
    "partnership",
    _("Partnership"),
    ngettext_lazy("partnership", "partnerships", "count"),
    frozenset({AgreementType.PARTNERSHIP, AgreementType.CONSORTIUM}),
)
CONTRACT = Mark(
    "contract",
    _("Contract"),
    ngettext_lazy("contract", "contracts", "count"),
    frozenset({AgreementType.CONTRACT}),
)
COMMITMENT = Mark(
    "commitment",
    _("Commitment"),
    ngettext_lazy("commitment", "commitments", "count"),
    frozenset({AgreementType.COMMITMENT}),
)
OTHER_TYPES = Mark(
    "other",
    _("Other"),
    ngettext_lazy("other", "others", "count"),
    frozenset(AgreementType) - MEMORANDUM.types - PARTNERSHIP.types - CONTRACT.types - COMMITMENT.types
    | {""},
)
AGREEMENT_MARKS = (MEMORANDUM, PARTNERSHIP, CONTRACT, COMMITMENT, OTHER_TYPES)
MARK_OF_TYPE = {each: mark for mark in AGREEMENT_MARKS for each in mark.types}


def mark_of(agreement_type: str) -> Mark:
    """The mark of a type of agreement; of an unknown type as well."""
    return MARK_OF_TYPE[agreement_type]


def marks_in_words(marks: Iterable[Mark]) -> str:
    """What marks say, for those who do not see them: "1 memorandum, 2 partnerships"."""
    found = list(marks)
    return ", ".join(mark.counted(found.count(mark)) for mark in AGREEMENT_MARKS if mark in found)


def marks_of_partners(keys: Iterable[int]) -> dict[int, list[Mark]]:
    """The marks of the public agreements that organizations entered as partners, by key, in the order of AGREEMENT_MARKS."""
    parties = AgreementParty.objects.public(PartyRole.PARTNER).filter(organization__in=list(keys))
    found: dict[int, list[Mark]] = {}
    for key, agreement_type in parties.values_list("organization", "agreement__agreement_type"):
        found.setdefault(key, []).append(mark_of(agreement_type))
    return {key: sorted(marks, key=AGREEMENT_MARKS.index) for key, marks in found.items()}
