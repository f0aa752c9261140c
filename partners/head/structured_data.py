"""What pages show in the words of schema.org, for search engines and other readers of JSON-LD.

Only what is recorded and public is said, and nothing is said of what is not recorded. No query is run here: callers
pass what their page shows. Each term is checked against the vocabulary in `tests/test_structured_data.py`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from partners.models import Agreement, AgreementAmount, Event, Organization, Source
from partners.models.classification import NamedTerm
from partners.places import region_name
from partners.tables.columns import json_value
from partners.vocabularies import AmountKind, Exactness, OrganizationType, SourceKind

Node = dict[str, object]

# In a script element these end it, begin a comment, or break lines in old readers of JSON.
SCRIPT_ESCAPES = {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

ORGANIZATION_TYPES = {
    OrganizationType.COMPANY: "Corporation",
    OrganizationType.NONPROFIT: "NGO",
    OrganizationType.GOVERNMENT: "GovernmentOrganization",
    OrganizationType.FACILITY: "ResearchOrganization",
    OrganizationType.EDUCATION: "EducationalOrganization",
    OrganizationType.HEALTHCARE: "MedicalOrganization",
    OrganizationType.ARCHIVE: "ArchiveOrganization",
}
SOURCE_TYPES = {SourceKind.NEWS: "NewsArticle", SourceKind.EXECUTIVE_ORDER: "Legislation"}


@dataclass(frozen=True)
class Site:
    """The site a page belongs to: its address without a path, its name, and the language it is read in."""

    root: str
    name: str
    language: str

    def at(self, path: str) -> str:
        """The whole address of a path."""
        return self.root + path


def node(type: str, **properties) -> Node:
    """A thing of a type with the properties that have a value."""
    return {"@type": type} | {
        name: value for name, value in properties.items() if value not in (None, "", [])
    }


def script_text(described: Node) -> str:
    """A description as the text of a script element, in which no value can end that element."""
    text = ENCODER.encode({"@context": "https://schema.org"} | described)
    for letter, escape in SCRIPT_ESCAPES.items():
        text = text.replace(letter, escape)
    return text


# Pages ---------------------------------------------------------------------------------------------------------------


def web_site(site: Site, **more) -> Node:
    return node("WebSite", name=site.name, url=site.at("/"), **more)


def web_page(site: Site, type: str, url: str, name: str, description: str, **more) -> Node:
    """A page of the site; `type` is WebPage or a narrower one, `url` its whole address."""
    return node(
        type,
        url=url,
        name=name,
        description=description,
        inLanguage=site.language,
        isPartOf=web_site(site),
        **more,
    )


def breadcrumbs(site: Site, crumbs: Iterable[tuple[str, str]]) -> Node:
    """The way to a page from the front page: names and paths."""
    steps = [
        node("ListItem", position=number, name=name, item=site.at(path))
        for number, (name, path) in enumerate(crumbs, 1)
    ]
    return node("BreadcrumbList", itemListElement=steps)


def item_list(site: Site, paths: Iterable[str], count: int, first: int = 1) -> Node:
    """Rows of a listing by the paths of their pages; there are `count` in all, and `first` is the place of the first.

    Each page says itself what it is called, so that a listing stays light.
    """
    items = [
        {"@type": "ListItem", "position": number, "url": site.root + path}
        for number, path in enumerate(paths, first)
    ]
    return node("ItemList", numberOfItems=count, itemListElement=items)


def search_action(site: Site, path: str) -> Node:
    """That one can search here: the words stand in the parameter `q` of a path."""
    target = node("EntryPoint", urlTemplate=f"{site.at(path)}?q={{query}}")
    return node("SearchAction", target=target) | {"query-input": "required name=query"}


# Records -------------------------------------------------------------------------------------------------------------


def organization(site: Site, record: Organization, parent: Organization | None = None) -> Node:
    """An organization; `parent` is the record it belongs to where a reader may be told of that one."""
    return node(
        ORGANIZATION_TYPES.get(record.type, "Organization"),
        name=record.name,
        legalName=record.legal_name,
        alternateName=[name.value for name in record.names.all()],
        description=record.summary,
        url=site.at(record.get_absolute_url()),
        sameAs=same_as(record),
        foundingDate=f"{record.established:04}" if record.established else None,
        address=postal_address(record),
        # The word belongs to corporations alone.
        tickerSymbol=record.ticker if record.type == OrganizationType.COMPANY else "",
        keywords=[sector.name for sector in record.sectors.all()],
        parentOrganization=organization_in_short(site, parent) if parent else publisher(record.parent_name),
    )


def organization_in_short(site: Site, record: Organization) -> Node:
    """An organization as other records mention it."""
    type = ORGANIZATION_TYPES.get(record.type, "Organization")
    return node(type, name=record.name, url=site.at(record.get_absolute_url()))


def publisher(name: str) -> Node | None:
    """An organization of which only the name is recorded; None where not even that is."""
    return node("Organization", name=name) if name else None


def same_as(record: Organization) -> list[str]:
    """Where else an organization is described: its own site, Wikidata, ROR."""
    wikidata = f"https://www.wikidata.org/wiki/{record.wikidata_id}" if record.wikidata_id else ""
    return [address for address in (record.website, wikidata, record.ror_id) if address]


def postal_address(record: Organization) -> Node | None:
    """Where an organization is; None where no place is recorded."""
    place = node(
        "PostalAddress",
        addressLocality=record.city,
        addressRegion=region_name(record.region_code),
        addressCountry=record.country_code,
    )
    return place if len(place) > 1 else None


def event(site: Site, record: Event, organizations: Iterable[Organization] = ()) -> Node:
    """An event; `organizations` are those that it is about and a reader may be told of."""
    return node(
        "Event",
        name=record.title,
        description=record.summary,
        url=site.at(record.get_absolute_url()),
        startDate=record.date.isoformat(),
        about=[organization_in_short(site, each) for each in organizations],
        keywords=[str(record.get_kind_display())],
    )


def dates_of(site: Site, record: Agreement, announcement: Event | None, words: dict[str, str]) -> list[Node]:
    """The recorded dates of an agreement as events; `words` says what each of them is called.

    `announcement` is the event at which it was made public where a reader may be told of that one.
    """
    spans = [
        ("announced_date", record.announced_date, None),
        ("signed_date", record.signed_date, None),
        ("effective_date", record.effective_date, record.expiration_date),
    ]
    if not record.effective_date:
        spans.append(("expiration_date", record.expiration_date, None))
    found = []
    for field, start, end in spans:
        if start:
            above = announcement if field == "announced_date" else None
            found.append(
                node(
                    "Event",
                    name=f"{record.title}: {words[field]}",
                    startDate=start.isoformat(),
                    endDate=end and end.isoformat(),
                    superEvent=above and event(site, above),
                )
            )
    return found


# Which end of a range a figure is; one that is rounded, or named as it is, is the value.
BOUNDS = {Exactness.AT_LEAST: "minValue", Exactness.UP_TO: "maxValue"}


def amount(site: Site, record: AgreementAmount) -> Node:
    """A sum that an agreement names; an award, which has a term of its own, as the grant that it is.

    The name says what the terms have no word for, such as that a figure is rounded.
    """
    money = node(
        "MonetaryAmount",
        name=str(record),
        description=record.note,
        currency=record.currency,
        validFrom=record.period_start and record.period_start.isoformat(),
        validThrough=record.period_end and record.period_end.isoformat(),
    ) | {BOUNDS.get(record.exactness, "value"): json_value(record.amount)}
    if record.kind != AmountKind.AWARD:
        return money
    shown = record.giver and record.giver.is_published
    giver = organization_in_short(site, record.giver) if shown else publisher(record.giver_name)
    return node("MonetaryGrant", name=str(record), amount=money, funder=giver)


def source(record: Source) -> Node:
    """A document, as its publisher has it."""
    return node(
        SOURCE_TYPES.get(record.kind, "CreativeWork"),
        name=record.title,
        url=record.url,
        publisher=publisher(record.publisher_name),
        datePublished=record.published_date and record.published_date.isoformat(),
        inLanguage=record.language,
    )


def term(site: Site, record: NamedTerm, **more) -> Node:
    """A sector or a mission area."""
    return node(
        "DefinedTerm",
        name=record.name,
        description=record.description,
        url=site.at(record.get_absolute_url()),
        termCode=record.slug,
        **more,
    )


# Data ----------------------------------------------------------------------------------------------------------------


def dataset(
    site: Site, name: str, description: str, url: str, files: Iterable[tuple[str, str]], **more
) -> Node:
    """Rows that can be downloaded; `files` are paths with their media types, one for each format."""
    downloads = [
        node("DataDownload", contentUrl=site.at(path), encodingFormat=media_type)
        for path, media_type in files
    ]
    return node(
        "Dataset",
        name=name,
        description=description,
        url=url,
        isAccessibleForFree=True,
        distribution=downloads,
        **more,
    )
