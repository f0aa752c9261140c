"""Parameters of an address: what was given that is not understood, and what is allowed instead; and how they are written."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext

MOST_SHOWN = 60
LONGEST_SHOWN = 100


@dataclass(frozen=True)
class Problem:
    """Something in the parameters that could not be understood. A bad value leaves no rows; an unknown parameter does
    not change them."""

    parameter: str
    message: str
    bad_value: bool = True
    # The same for whoever sees the field it is about, where that is said in other words.
    plain: str = ""
    # The same without what is allowed, where that is a long list that its readers have before them as a form.
    brief: str = ""

    @property
    def beside_field(self) -> str:
        return self.plain or self.message


class Renamed(Exception):
    """Raised where a value names a record that is called otherwise now: {(parameter, value): present value}."""

    def __init__(self, names: Mapping[tuple[str, str], str]):
        super().__init__(names)
        self.names = names


def with_present_names(given: QueryDict, names: Mapping[tuple[str, str], str]) -> QueryDict:
    """Parameters with the present names of records in the place of former ones, each once."""
    present = QueryDict(mutable=True)
    for parameter, values in given.lists():
        found = (names.get((parameter, value), value) for value in values)
        present.setlist(parameter, list(dict.fromkeys(found)))
    return present


def all_values_understood(problems: Iterable[Problem]) -> bool:
    """Whether every value was understood; an unknown parameter changes no rows."""
    return not any(problem.bad_value for problem in problems)


def unknown_parameters(given: QueryDict, allowed: Collection[str], message: str = "") -> Iterator[Problem]:
    """A problem for each parameter that there is not. `message` may be another first sentence, as of `refuse`."""
    message = message or gettext("“%(value)s” is not a filter of this page.")
    for name in given:
        if name not in allowed:
            brief = " ".join(what_is_wrong(name, allowed, message))
            told = f"{brief} {what_is_allowed(allowed)}"
            yield Problem(name[:LONGEST_SHOWN], told, bad_value=False, brief=brief)


def repeated(given: QueryDict, names: Iterable[str]) -> Iterator[Problem]:
    """A problem for each of these parameters, which take one value, that was given several."""
    for name in names:
        if len(given.getlist(name)) > 1:
            yield Problem(name, gettext("This can be given once only."))


def not_among(parameter: str, value: str, allowed: Iterable[str], message: str = "") -> Iterator[Problem]:
    """A problem where a value is none of those allowed."""
    allowed = list(allowed)
    if value not in allowed:
        yield Problem(parameter, refuse(value, allowed, message).messages[0])


def no_page_number(page: str) -> Iterator[Problem]:
    """A problem where the number of a page is none."""
    if not (page.isascii() and page.isdecimal() and len(page) < 10 and int(page)):
        message = gettext("“%s” is not a page number. Allowed: 1, 2, 3 and so on.")
        yield Problem("page", message % page[:LONGEST_SHOWN])


def refuse(value: str, allowed: Iterable[str], message: str = "", parameter: str = "") -> ValidationError:
    """The error for a word that is not in a list: it says what is allowed, and what is nearest.

    `message` may be another first sentence, with `%(value)s` for the word; its code is the `parameter` that had it.
    """
    allowed = list(allowed)
    sentences = [*what_is_wrong(value, allowed, message), what_is_allowed(allowed)]
    return ValidationError(" ".join(sentences), code=parameter)


def what_is_allowed(allowed: Iterable[str]) -> str:
    """The sentence that lists what is allowed, as far as a reader would read."""
    allowed = list(allowed)
    listed = ", ".join(allowed[:MOST_SHOWN]) + (", …" if len(allowed) > MOST_SHOWN else "")
    return gettext("Allowed: %s.") % listed if allowed else gettext("None is allowed here.")


def what_is_wrong(value: str, allowed: Iterable[str], message: str = "") -> list[str]:
    """The sentences that say that a word is not in a list, and which one was probably meant; `message` as of `refuse`."""
    message = message or gettext("“%(value)s” is not one of its values.")
    near = nearest(value[:LONGEST_SHOWN], list(allowed))
    meant = [gettext("Did you mean “%s”?") % near] if near else []
    return [message % {"value": value[:LONGEST_SHOWN]}, *meant]


def nearest(value: str, allowed: list[str]) -> str | None:
    """The word of a list that was probably meant, whether in small letters or large ones; None where none is near."""
    by_small = {word.lower(): word for word in allowed}
    near = difflib.get_close_matches(value.lower(), by_small, n=1)
    return by_small[near[0]] if near else None


def query_string(parameters: QueryDict) -> str:
    """The query string of some parameters, those left out that say nothing."""
    pairs = [(name, value) for name, values in parameters.lists() if any(values) for value in values]
    return f"?{urlencode(pairs)}"
