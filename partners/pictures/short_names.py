"""Names that are short enough for a picture. The whole name stands in the title of the mark, and in its link."""

import re
from collections import Counter
from collections.abc import Iterable

from partners.models import Organization

LINKING_WORDS = {"of", "the", "for", "and"}
# Shorter than this, the name itself is short enough.
SHORT_ENOUGH = 18


def short_names(organizations: Iterable[Organization]) -> dict[int, str]:
    """Of organizations with their other names: the name, or the shortest other one where it is long."""
    return {
        each.pk: short_name(each.name, [name.value for name in each.names.all()]) for each in organizations
    }


def short_name(name: str, others: Iterable[str]) -> str:
    return name if len(name) <= SHORT_ENOUGH else min((name, *others), key=len)


def distinct_names(names: Iterable[str]) -> dict[str, str]:
    """Each name without the words that most of the names have in common: "Argonne National Laboratory" is "Argonne"
    among the others of its kind. A name that has no other word stays whole."""
    names = list(names)
    common = Counter(word for name in names for word in {stem(word) for word in name.split()})
    usual = {word for word, count in common.items() if len(names) > 2 and count * 2 > len(names)}
    return {name: without(name, usual) or name for name in names}


def without(name: str, usual: set[str]) -> str:
    left = [word for word in name.split() if stem(word) not in usual]
    while left and left[0].lower() in LINKING_WORDS:
        left.pop(0)
    while left and left[-1].lower() in LINKING_WORDS:
        left.pop()
    return " ".join(left)


def stem(word: str) -> str:
    """A word as it is compared: "Laboratories" is "laboratory"."""
    return re.sub(r"ies$", "y", word.lower())
