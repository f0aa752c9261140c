"""The names of what a connection has for itself alone while it reads a past state (`partners/changes/past.py`)."""

# Before the name of a table: the rows as they were, and the keys of those that changed since.
ROWS_THEN, KEYS_CHANGED = "then_", "changed_"
# Records that a statement is about, one transaction after another.
THOSE_TABLE = "partners_those"
