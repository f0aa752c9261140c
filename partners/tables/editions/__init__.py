"""The public data as one package: as it is now, as it was kept by date, and what changed between two of these."""

from partners.tables.editions.comparing import Change, differences
from partners.tables.editions.keeping import NotKept, is_date, keep, kept, kept_on, state_of_kept
from partners.tables.editions.now import open_present, present
from partners.tables.editions.storage import PUBLIC_NAME, Busy, Edition

__all__ = [
    "PUBLIC_NAME",
    "Busy",
    "Change",
    "Edition",
    "NotKept",
    "differences",
    "is_date",
    "keep",
    "kept",
    "kept_on",
    "open_present",
    "present",
    "state_of_kept",
]
