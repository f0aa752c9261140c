"""What a searched text is: what it is to a row, where it stands, and what it is called."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from partners.languages import language_of
from partners.models import AgreementParty
from partners.selection.search.spoken import Spoken

# What a text is to the row: its title, another name of it, what else is said of it in a few words or at length, what
# belongs to its agreements, or is said of them at length. Found rows stand in this order, and "-word" leaves out no
# row for what stands in the last.
TITLE, NAME, NEAR, SUMMARY_OF_ROW, TIED, FAR = "t", "n", "o", "s", "a", "p"
OF_ITSELF = (TITLE, NAME, NEAR, SUMMARY_OF_ROW)

# An organization in more agreements than this, and an event that announced more, is not found by what these say: they
# have a list of their own, of which its page shows the first ones, and each of them would be read again whenever one
# of them changes. What kinds they are, and what they are about, finds it all the same.
MOST_TIES = 2_000

LANGUAGES = tuple(language for language, _name in settings.LANGUAGES)

# From the party of an agreement to the other parties of it.
OTHER_PARTIES = "agreement__parties__organization"


@dataclass(frozen=True)
class Text:
    """A text of a row.

    `fields`  the lookups to it; where there are several, one for each language
    `key`     the lookup to its folded column
    `spoken`  where codes or dates are stored: what they are called
    `rows`    the rows that tie it to the listed record, those a reader may see; None where it stands in the record
    `owner`   the lookup from such a row to the listed record
    `many`    whether a record can have thousands of them
    `is_term` whether it is one of a list, such as a sector: people may ask for it by its whole name
    """

    label: str | Promise
    fields: tuple[str, ...]
    weight: str = NEAR
    key: str = ""
    spoken: Spoken | None = None
    rows: Callable[[], QuerySet] | None = None
    owner: str = "pk"
    many: bool = False
    is_term: bool = False

    @property
    def is_name(self) -> bool:
        """Whether one may ask for it as a whole."""
        return self.is_term or self.weight in (TITLE, NAME)

    @property
    def is_of_ties(self) -> bool:
        """Whether busy records are not found by it; see `MOST_TIES`."""
        return self.many and not self.is_term

    def ties(self) -> tuple[QuerySet, str]:
        """The rows by which one counts how many of it a record can have, and the lookup from them to the record."""
        return (
            (AgreementParty.objects.public(), "organization")
            if self.owner == OTHER_PARTIES
            else (self.rows(), self.owner)
        )

    def names(self, field: str, value) -> Iterator[tuple[str, str]]:
        """What a reader sees of a stored value, each text with its language; "" where it belongs to none."""
        if value and self.spoken:
            yield from self.spoken.names(value)
        elif value:
            yield value, language_of(field)

    def having(self, *patterns: str) -> Q:
        """The condition, on its rows, that it has one of the patterns."""
        if self.spoken:
            (field,) = self.fields
            return Q(**{f"{field}__in": self.spoken.having(*patterns)})
        return reduce(or_, (Q(**{f"{self.key}__has_words": pattern}) for pattern in patterns))


@dataclass(frozen=True)
class Texts:
    """What is searched for the rows of a listing.

    `listing` names it in the index; `title` is the folded column of the text that heads a row, and `heading` and
    `summary` are the fields that a page shows of it. `public` gives the rows a reader may see where the index holds more.
    `called` are the folded words, in every language, for what the rows are: "partners in Texas" asks for Texas.
    """

    listing: str
    model: type[models.Model]
    title: str
    heading: str
    summary: str
    texts: tuple[Text, ...]
    public: Callable[[], QuerySet] | None = None
    called: frozenset[str] = frozenset()

    @property
    def is_headed_by_name(self) -> bool:
        """Whether what heads a row is a name, as of organizations; the titles of other records are sentences."""
        return self.heading == "name"

    @property
    def own(self) -> list[Text]:
        """The texts that stand in the record itself."""
        return [text for text in self.texts if text.rows is None]

    @property
    def related(self) -> list[Text]:
        """The texts of other records."""
        return [text for text in self.texts if text.rows is not None]

    @property
    def names(self) -> list[Text]:
        """The other names of a row."""
        return [text for text in self.related if text.weight == NAME]


def own_text(label, *fields: str, weight: str = NEAR) -> Text:
    """A text of the record itself, which stands in its `search_text`."""
    return Text(label, fields, weight, key="search_text")


def own_term(label, field: str, spoken: Spoken) -> Text:
    return Text(label, (field,), spoken=spoken, is_term=True)
