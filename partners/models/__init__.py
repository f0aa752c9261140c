"""The nouns of the directory."""

from partners.models.addresses import FormerAddress
from partners.models.agreements import Agreement, AgreementParty, Event
from partners.models.amounts import AgreementAmount
from partners.models.base import Publishable
from partners.models.claims import Claim
from partners.models.classification import MissionArea, Sector
from partners.models.facets import FacetEntry, FacetStale, FacetTerm
from partners.models.imports import ImportJob, ImportLine
from partners.models.journal import Change, PublicChange, Revision, Writing
from partners.models.judgements import Judgement
from partners.models.links import LinkCheck
from partners.models.organizations import Organization, OrganizationName
from partners.models.page_texts import PageText
from partners.models.presence import OpenForm
from partners.models.programmes import DataVersion, LoadedRow, Programme
from partners.models.proposals import Proposal, ProposalEvent, ProposalSource, ProposedCell
from partners.models.search import SearchEntry, SearchRecord
from partners.models.security import CountedTry, SecurityEvent
from partners.models.sources import Citation, Source

__all__ = [
    "Agreement",
    "AgreementAmount",
    "AgreementParty",
    "Change",
    "Citation",
    "Claim",
    "CountedTry",
    "DataVersion",
    "Event",
    "FacetEntry",
    "FacetStale",
    "FacetTerm",
    "FormerAddress",
    "ImportJob",
    "ImportLine",
    "Judgement",
    "LinkCheck",
    "PageText",
    "LoadedRow",
    "MissionArea",
    "OpenForm",
    "Organization",
    "OrganizationName",
    "Programme",
    "Proposal",
    "ProposalEvent",
    "ProposalSource",
    "ProposedCell",
    "PublicChange",
    "Publishable",
    "Revision",
    "SearchEntry",
    "SearchRecord",
    "Sector",
    "SecurityEvent",
    "Source",
    "Writing",
]
