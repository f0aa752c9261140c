"""The names of what a connection has for itself alone while it reads a past state (`partners/changes/past.py`)."""

# Before the name of a table: the rows as they were, and the keys of those that changed since.
ROWS_THEN, KEYS_CHANGED = "then_", "changed_"
# Records that a statement is about, one after another.
THOSE_TABLE = "partners_those"
# Places of records in a facet, one facet after another: as they were, and as the index of today has them.
PLACES_THEN, PLACES_NOW = "partners_places_then", "partners_places_now"
# The index: what stands in it no more, entries and words of a listing.
ENTRIES_GONE, WORDS_CHANGED = "partners_entries_gone", "partners_words_changed"
