"""The values a filter takes, their labels, and what to say of a value it does not take."""

import difflib
from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext

from partners.folding import fold
from partners.vocabularies import Vocabulary

MOST_SHOWN = 60
# A facet that was searched for shows no more values than this.
MOST_FOUND = 200


class Terms:
    """What can be chosen in a facet."""

    def labels(self, values: Iterable[str]) -> dict[str, str]:
        """The labels of those of the given values that exist and are public."""
        raise NotImplementedError

    def names(self, values: Iterable[str]) -> dict[str, str]:
        """The labels of values that are known to exist."""
        return self.labels(values)

    def allowed(self) -> list[str]:
        """The values that exist, as many as a message may want to list."""
        raise NotImplementedError

    def found(self, text: str) -> list[str]:
        """The values with a label in which every word of a text begins a word; the first ones where there are many."""
        raise NotImplementedError


class VocabularyTerms(Terms):
    """The terms of a vocabulary."""

    def __init__(self, vocabulary: type[Vocabulary]):
        self.vocabulary = vocabulary

    def labels(self, values):
        return {value: self.vocabulary.label_of(value) for value in values if value in self.vocabulary.values}

    def allowed(self):
        return self.vocabulary.values

    def found(self, text):
        return [value for value in self.vocabulary.values if matches(self.vocabulary.label_of(value), text)]


class RecordTerms(Terms):
    """Public records with a slug, such as sectors or laboratories.

    `title` is their field that people read; `listed` are those to name as allowed where that is not all of them.
    """

    def __init__(
        self, records: Callable[[], QuerySet], title: str, listed: Callable[[], QuerySet] | None = None
    ):
        self.records, self.title, self.listed = records, title, listed or records

    def labels(self, values):
        if not values:
            return {}
        return {record.slug: getattr(record, self.title) for record in self.records().filter(slug__in=values)}

    def found(self, text):
        records, key = self.records(), f"{self.title}_key"
        for word in fold(text).split():
            records = records.filter(**{f"{key}__has_words": f" {word}"})
        return list(records.order_by(key, "slug").values_list("slug", flat=True)[:MOST_FOUND])

    def allowed(self):
        return list(self.listed().order_by("slug").values_list("slug", flat=True)[: MOST_SHOWN + 1])


class RecordedTerms(Terms):
    """The values that stand in a column of public records; `name` gives the label of one."""

    def __init__(self, records: Callable[[], QuerySet], column: str, name: Callable[[str], str]):
        self.records, self.column, self.name = records, column, name

    def labels(self, values):
        if not values:
            return {}
        rows = self.records().filter(**{f"{self.column}__in": values}).order_by()
        return {value: self.name(value) for value in rows.values_list(self.column, flat=True).distinct()}

    def names(self, values):
        return {value: self.name(value) for value in values}

    def found(self, text):
        rows = self.records().exclude(**{self.column: ""}).order_by()
        values = rows.values_list(self.column, flat=True).distinct()
        return [value for value in values if matches(self.name(value), text)][:MOST_FOUND]

    def allowed(self):
        rows = self.records().exclude(**{self.column: ""}).order_by(self.column)
        return list(rows.values_list(self.column, flat=True).distinct()[: MOST_SHOWN + 1])


def matches(label: str, text: str) -> bool:
    """Whether every word of a text begins a word of a label."""
    words = fold(str(label)).split()
    return all(any(word.startswith(part) for word in words) for part in fold(text).split())


def refuse(value: str, allowed: Iterable[str], message: str = "", parameter: str = "") -> ValidationError:
    """The error for a word that is not in a list: it says what is allowed, and what is nearest.

    `message` may be another first sentence, with `%(value)s` for the word; its code is the `parameter` that had it.
    """
    allowed = list(allowed)
    sentences = [
        (message or gettext("“%(value)s” is not a value of this parameter.")) % {"value": value[:100]}
    ]
    if near := nearest(value[:100], allowed):
        sentences.append(gettext("Did you mean “%s”?") % near)
    listed = ", ".join(allowed[:MOST_SHOWN]) + (", …" if len(allowed) > MOST_SHOWN else "")
    sentences.append(gettext("Allowed: %s.") % listed if allowed else gettext("None is allowed here."))
    return ValidationError(" ".join(sentences), code=parameter)


def nearest(value: str, allowed: list[str]) -> str | None:
    """The word of a list that was probably meant, whether in small letters or large ones; None where none is near."""
    by_small = {word.lower(): word for word in allowed}
    near = difflib.get_close_matches(value.lower(), by_small, n=1)
    return by_small[near[0]] if near else None
