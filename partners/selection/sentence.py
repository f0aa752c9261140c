"""The sentence: what a selection holds, in words. It stands in headings, titles, and names of files and feeds."""

from django.utils.text import capfirst, slugify
from django.utils.translation import gettext

from partners.selection.facets import NONE, Choice, Facet, either
from partners.selection.ranges import Range
from partners.selection.search import Search
from partners.texts import isolated

LONGEST_FILE_NAME = 100


def clauses(selection) -> list[str]:
    """What narrows a selection, each parameter as a few words; nothing when a value was not understood."""
    if not selection.valid:
        return []
    chosen, ranges, search = [], [], []
    for name, filter in selection.filters.filters.items():
        value = selection.filters.form.cleaned_data.get(name)
        if isinstance(filter, Search) and value and value.strip():
            message = gettext("closest to “%s”") if selection.found.is_closest else gettext("matching “%s”")
            search.append(message % isolated(" ".join(value.split())))
        elif isinstance(filter, Range) and value:
            ranges.append(filter.phrase(value))
        elif isinstance(filter, Facet) and value:
            chosen += facet_clauses(filter, value, selection.labels[name])
    return [*chosen, *ranges, *search, *clause_of_past(selection)]


def clause_of_past(selection) -> list[str]:
    return [gettext("as of %s") % selection.as_of] if selection.as_of else []


def facet_clauses(facet: Facet, choice: Choice, labels: dict[str, str]) -> list[str]:
    """What is chosen in a facet, such as "in the sector Cloud or Chips" and "not in the sector Retail"."""
    clauses = []
    for values, negation in ((choice.include, "%s"), (choice.exclude, gettext("not %s"))):
        names = [isolated(labels[value]) for value in values if value != NONE]
        parts = [facet.clause(names)] if names else []
        if NONE in values:
            parts.append(gettext("without a recorded %s") % lowered(str(facet.label)))
        if parts:
            clauses.append(negation % either(parts))
    return clauses


def lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def sentence(selection, counted: str) -> str:
    """The selection in words, after the number of its rows in words: "12 partners in the sector Cloud"."""
    return " ".join(filter(None, [counted, ", ".join(clauses(selection))]))


def title(selection, noun: str) -> str:
    """The selection in words without the number of its rows: "Partners in the sector Cloud"."""
    return capfirst(sentence(selection, noun))


def file_name(selection, noun: str) -> str:
    """The selection in words as the name of a file, without its ending: "partners-in-the-sector-cloud"."""
    return slugify(title(selection, noun))[:LONGEST_FILE_NAME].rstrip("-")
