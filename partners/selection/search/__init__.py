"""Search: which rows the words of `q` find, in which order, why, and what else may have been meant."""

from partners.selection.search.filters import Search

__all__ = ["Search"]
