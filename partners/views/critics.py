"""What critical sources say of an organization, its agreements and the events about it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from partners.models import AgreementParty, Citation, Organization, Publishable, Source
from partners.models.base import Citable
from partners.models.sources import TARGETS
from partners.nouns import SOURCE
from partners.provenance import Statement, statements_by_source, with_sources
from partners.querysets import with_others
from partners.views.past import AS_OF
from partners.vocabularies import SourceStance

# Further ones are found in the list of sources.
MOST_CRITICS = 12
SPOKEN_OF = tuple(target for target, model in TARGETS.items() if issubclass(model, Publishable))


@dataclass(frozen=True)
class Criticism:
    """A critical source, with the records that it is cited for and what it says of each."""

    source: Source
    uses: list[tuple[Citable, list[Statement]]]


@dataclass(frozen=True)
class Critics:
    """The newest critical sources that say something, how many critical ones are cited in all, and the list of these."""

    shown: list[Criticism]
    count: int
    link: str


def critics_of(organization: Organization) -> Critics:
    """The critical sources of what readers may be told, newest first. One query, and one for each kind of record in a past."""
    agreements = AgreementParty.objects.public().filter(organization=organization).values("agreement")
    events = organization.events.published().values("pk")
    about = Q(organization=organization) | Q(agreement__in=agreements) | Q(event__in=events)
    citations = Citation.objects.public(*SPOKEN_OF).filter(about, source__stance=SourceStance.CRITICAL)
    every: set[Source] = set()
    found: dict[Source, dict[Citable, list[Citation]]] = {}
    for citation in with_others(with_sources(citations.order_by("pk")), *SPOKEN_OF):
        every.add(citation.source)
        if speaks(citation):
            found.setdefault(citation.source, {}).setdefault(citation.record, []).append(citation)
    newest = sorted(found, key=lambda each: (each.published_date is None, each.title_key))
    newest.sort(key=lambda each: each.published_date.toordinal() if each.published_date else 0, reverse=True)
    shown = [
        Criticism(source, [(record, statements_by_source(own)) for record, own in found[source].items()])
        for source in newest[:MOST_CRITICS]
    ]
    return Critics(shown, len(every), list_of(organization))


def speaks(citation: Citation) -> bool:
    """Whether a critic says something: not where it is cited for a single value, such as a year, in no words of its own."""
    return bool(citation.quote or citation.says or not citation.field)


def list_of(organization: Organization) -> str:
    """The address at which exactly the critical sources about an organization are listed."""
    asked = {"stance": SourceStance.CRITICAL, "organization": organization.slug}
    if connection.as_of is not None:
        asked[AS_OF] = connection.as_of
    return f"{reverse(SOURCE.page_route)}?{urlencode(asked)}"
