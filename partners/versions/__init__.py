"""The public data as one package: as it is now, as it was kept by date, and what changed between two of these."""

from partners.versions.checking import check_all, checked, strays
from partners.versions.comparing import differences
from partners.versions.keeping import NotKept, all_kept, keep_version, kept, kept_on, state_of_kept
from partners.versions.now import open_present, present
from partners.versions.storage import PUBLIC_NAME, Busy, Damaged, PublicPackage

__all__ = [
    "PUBLIC_NAME",
    "Busy",
    "Damaged",
    "PublicPackage",
    "NotKept",
    "all_kept",
    "check_all",
    "checked",
    "differences",
    "keep_version",
    "kept",
    "kept_on",
    "open_present",
    "present",
    "state_of_kept",
    "strays",
]
