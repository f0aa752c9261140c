"""What every filter of a listing is: declared once, and used by each request."""

from copy import copy

import django_filters


class DeclaredFilter(django_filters.Filter):
    """A filter of which each listing that is made has a copy of its own, and nothing below it.

    The copy knows its listing (`parent`) and keeps its form field. All else, such as the terms of a facet and the texts
    of a search, is declared and never changed: to copy it for each request would take longer than to find the rows.
    """

    def __deepcopy__(self, memo: dict) -> "DeclaredFilter":
        return copy(self)
