"""The public data as one package: as it is now, as it was kept by date, and what changed between two of these."""

from partners.tables.editions.checking import check_all, checked, strays
from partners.tables.editions.comparing import Change, differences
from partners.tables.editions.keeping import NotKept, all_kept, is_date, keep, kept, kept_on, state_of_kept
from partners.tables.editions.now import open_present, present
from partners.tables.editions.storage import PUBLIC_NAME, Busy, Damaged, Edition

__all__ = [
    "PUBLIC_NAME",
    "Busy",
    "Change",
    "Damaged",
    "Edition",
    "NotKept",
    "all_kept",
    "check_all",
    "checked",
    "differences",
    "is_date",
    "keep",
    "kept",
    "kept_on",
    "open_present",
    "present",
    "state_of_kept",
    "strays",
]
