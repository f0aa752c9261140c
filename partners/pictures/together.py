"""Who works with whom: the agreements in which several partners stand, a line for each that joins them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from partners.models import Agreement, AgreementParty, Organization
from partners.pictures.marks import Mark, mark_of
from partners.pictures.short_names import distinct_names, short_names
from partners.querysets import with_others
from partners.vocabularies import PartyRole

# More lines than this are a list; those with most partners are drawn.
MOST_JOINED = 40


class JoinedCell(NamedTuple):
    """A cell of a line: "on" with a mark, "through" between two of them, "" for nothing; and whose column it is in."""

    kind: str
    partner: Organization
    short: str


@dataclass(frozen=True)
class JoiningLine:
    """An agreement with the places of its partners among the columns, and who else is in it."""

    agreement: Agreement
    mark: Mark
    places: list[int]
    # Short names of the laboratories in it.
    laboratories: list[str]
    # Partners with their short names.
    columns: list[tuple[Organization, str]]

    @property
    def link(self) -> str:
        return reverse("agreement_detail", args=[self.agreement.slug])

    @property
    def cells(self) -> list[JoinedCell]:
        return [JoinedCell(self.kind_of(number), *column) for number, column in enumerate(self.columns)]

    def kind_of(self, number: int) -> str:
        """What the cell in a column shows."""
        first, last = self.places[0], self.places[-1]
        if number in self.places:
            return {first: "on first", last: "on last"}.get(number, "on")
        return "through" if first < number < last else ""


@dataclass(frozen=True)
class Together:
    """`columns` are partners with short names, those in most of the agreements first; `count` is that of the
    agreements with several partners, of which `lines` draws the first, `all` that of all agreements of the partners."""

    columns: list[tuple[Organization, str]]
    lines: list[JoiningLine]
    count: int
    all: int

    @property
    def left_out(self) -> int:
        return self.count - len(self.lines)

    @property
    def title(self) -> str:
        return ngettext(
            "%(count)d of %(all)d agreements joins several partners",
            "%(count)d of %(all)d agreements join several partners",
            self.count,
        ) % {"count": self.count, "all": self.all}

    @property
    def takeaway(self) -> str:
        """Which two partners stand together most often, where one pair does."""
        pairs = Counter(pair for line in self.lines for pair in combinations(line.places, 2))
        if self.left_out or not pairs:
            return ""
        (first, most), *rest = pairs.most_common(2)
        if most < 2 or (rest and rest[0][1] == most):
            return ""
        one, other = (self.columns[place][1] for place in first)
        return gettext("%(one)s and %(other)s stand together most often: in %(count)d agreements.") % {
            "one": one,
            "other": other,
            "count": most,
        }

    @property
    def notes(self) -> list[str]:
        said = gettext("Each line is one agreement; its name leads to it.")
        if not self.left_out:
            return [said]
        more = ngettext(
            "Not drawn: one more agreement with several partners.",
            "Not drawn: %(count)d more agreements with several partners.",
            self.left_out,
        )
        return [said, more % {"count": self.left_out}]


def together_of(partners: Iterable[Organization]) -> Together:
    """Of partners with their other names. Agreements in which two of them or more stand; five queries, whatever there is."""
    partners = list(partners)
    keys = [each.pk for each in partners]
    own = AgreementParty.objects.public(PartyRole.PARTNER).filter(organization__in=keys)
    everything = Agreement.objects.published().filter(pk__in=own.values("agreement"))
    ours = Count("parties", filter=Q(parties__in=own))
    newest = F("announced_date").desc(nulls_last=True)
    several = everything.annotate(partners=ours).filter(partners__gt=1)
    drawn = list(several.order_by("-partners", newest, "title_key", "slug")[:MOST_JOINED])
    standing: dict[int, list[int]] = {}
    for agreement, organization in own.filter(agreement__in=drawn).values_list("agreement", "organization"):
        standing.setdefault(agreement, []).append(organization)
    reach = Counter(key for found in standing.values() for key in found)
    shorts = short_names(partners)
    inside = sorted(
        (each for each in partners if reach[each.pk]), key=lambda each: (-reach[each.pk], each.name_key)
    )
    place = {each.pk: number for number, each in enumerate(inside)}
    columns = [(each, shorts[each.pk]) for each in inside]
    laboratories = laboratories_in(drawn)
    lines = [
        JoiningLine(
            each,
            mark_of(each.agreement_type),
            sorted(place[key] for key in standing[each.pk]),
            laboratories.get(each.pk, []),
            columns,
        )
        for each in drawn
    ]
    count = len(drawn) if len(drawn) < MOST_JOINED else several.count()
    return Together(columns, lines, count, everything.count())


def laboratories_in(agreements: list[Agreement]) -> dict[int, list[str]]:
    """The short names of the laboratories in agreements, in their order. One query."""
    found: dict[int, list[str]] = {}
    parties = with_others(AgreementParty.objects.public(PartyRole.LABORATORY), "organization")
    for party in parties.filter(agreement__in=agreements).in_order():
        found.setdefault(party.agreement_id, []).append(party.organization.name)
    shorts = distinct_names({name for names in found.values() for name in names})
    return {key: [shorts[name] for name in names] for key, names in found.items()}
