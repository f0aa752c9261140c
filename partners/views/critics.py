"""What critical sources say of an organization, its agreements and the events about it."""

from dataclasses import dataclass

from django.db.models import Q

from partners.models import AgreementParty, Citation, Organization, Publishable, Source
from partners.models.base import Citable
from partners.models.sources import TARGETS
from partners.provenance import Statement, statements_by_source, with_sources
from partners.querysets import with_others
from partners.vocabularies import SourceStance

# Sources beyond these are counted, and found in the list of sources.
MOST_CRITICS = 12
SPOKEN_OF = tuple(target for target, model in TARGETS.items() if issubclass(model, Publishable))


@dataclass(frozen=True)
class Criticism:
    """A critical source, with the records that it is cited for and what it says of each."""

    source: Source
    uses: list[tuple[Citable, list[Statement]]]


@dataclass(frozen=True)
class Critics:
    """The newest critical sources, and how many there are."""

    shown: list[Criticism]
    count: int

    @property
    def left_out(self) -> int:
        return self.count - len(self.shown)


def critics_of(organization: Organization) -> Critics:
    """The critical sources of what readers may be told, newest first. A query, and one for each kind of record in a past."""
    agreements = AgreementParty.objects.public().filter(organization=organization).values("agreement")
    events = organization.events.published().values("pk")
    about = Q(organization=organization) | Q(agreement__in=agreements) | Q(event__in=events)
    # That a critic is cited for a single value, such as a year, in no words of its own, is no criticism.
    speaks = Q(quote__gt="") | Q(says__gt="") | Q(field="")
    citations = Citation.objects.public(*SPOKEN_OF).filter(
        about, speaks, source__stance=SourceStance.CRITICAL
    )
    found: dict[Source, dict[Citable, list[Citation]]] = {}
    for citation in with_others(with_sources(citations.order_by("pk")), *SPOKEN_OF):
        found.setdefault(citation.source, {}).setdefault(citation.record, []).append(citation)
    newest = sorted(found, key=lambda each: (each.published_date is None, each.title_key))
    newest.sort(key=lambda each: each.published_date.toordinal() if each.published_date else 0, reverse=True)
    shown = [
        Criticism(source, [(record, statements_by_source(own)) for record, own in found[source].items()])
        for source in newest[:MOST_CRITICS]
    ]
    return Critics(shown, len(found))
