"""The listings: which rows each has, and the parameters that narrow and order them.

A parameter is one declaration of its listing; its field, its check, its rows, its counts and its labels follow.
"""

from partners.selection.listings.agreements import AgreementListing, EventListing
from partners.selection.listings.base import Listing
from partners.selection.listings.organizations import (
    LaboratoryListing,
    OtherOrganizationListing,
    PartnerListing,
)
from partners.selection.listings.sources import SourceListing

LISTINGS = (PartnerListing, LaboratoryListing, AgreementListing, EventListing, SourceListing)
# What the index of the search holds.
SEARCHED = (*LISTINGS, OtherOrganizationListing)

__all__ = [
    "LISTINGS",
    "SEARCHED",
    "AgreementListing",
    "EventListing",
    "LaboratoryListing",
    "Listing",
    "OtherOrganizationListing",
    "PartnerListing",
    "SourceListing",
]
