"""Who works with which laboratory: partners by laboratories, with their agreements in the cells."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from partners.models import AgreementParty, Organization
from partners.pictures.marks import AGREEMENT_MARKS, Mark, mark_of
from partners.pictures.short_names import distinct_names, short_names
from partners.vocabularies import PartyRole

# Tints by the number of agreements; the last one stands for more as well.
STRONGEST_TINT = 3


@dataclass(frozen=True)
class SharedCell:
    """The agreements of a partner with a laboratory: one leads to itself, more to the list of them."""

    link: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def count(self) -> int:
        return len(self.marks)

    @property
    def tint(self) -> int:
        return min(self.count, STRONGEST_TINT)


@dataclass(frozen=True)
class PartnerLine:
    """A partner with its cells, in the order of the laboratories."""

    partner: Organization
    short: str
    cells: list[SharedCell]


@dataclass(frozen=True)
class Matrix:
    """`columns` are laboratories with short names, `lines` the partners that have one, `left_out` those without."""

    columns: list[tuple[Organization, str]]
    lines: list[PartnerLine]
    left_out: list[Organization]

    @property
    def total(self) -> int:
        return len(self.lines) + len(self.left_out)

    @property
    def title(self) -> str:
        return gettext("Who works with which laboratory")

    @property
    def takeaway(self) -> str:
        return ngettext(
            "The one partner has an agreement that names a laboratory.",
            "%(involved)s of the %(partners)s partners have an agreement that names a laboratory.",
            self.total,
        ) % {"involved": len(self.lines), "partners": self.total}


def matrix_of(partners: Iterable[Organization], more: str = "") -> Matrix:
    """Of partners with their other names, in their order. `more` are parameters that each link to a list carries.

    Partners with most laboratories come first, and laboratories with most agreements. Three queries.
    """
    partners = list(partners)
    shared = agreements_shared(each.pk for each in partners)
    laboratories = Organization.objects.in_bulk({laboratory for _partner, laboratory in shared})
    sums: dict[int, int] = defaultdict(int)
    reach: dict[int, int] = defaultdict(int)
    for (partner, laboratory), agreements in shared.items():
        sums[laboratory] += len(agreements)
        reach[partner] += 1
    columns = sorted(laboratories.values(), key=lambda each: (-sums[each.pk], each.name_key))
    rows = sorted((each for each in partners if reach[each.pk]), key=lambda each: -reach[each.pk])
    shorts, towns = short_names(rows), distinct_names(each.name for each in columns)
    lines = [
        PartnerLine(
            row,
            shorts[row.pk],
            [cell_of(row, column, shared.get((row.pk, column.pk), []), more) for column in columns],
        )
        for row in rows
    ]
    left_out = [each for each in partners if not reach[each.pk]]
    return Matrix([(each, towns[each.name]) for each in columns], lines, left_out)


def agreements_shared(partners: Iterable[int]) -> dict[tuple[int, int], list[tuple[str, Mark]]]:
    """The agreements, slug and mark, of each pair of a partner and a laboratory that has one."""
    parties = AgreementParty.objects.public()
    partner_in: dict[int, list[int]] = defaultdict(list)
    mine = parties.filter(role=PartyRole.PARTNER, organization__in=list(partners))
    for agreement, partner in mine.values_list("agreement", "organization"):
        partner_in[agreement].append(partner)
    theirs = parties.filter(role=PartyRole.LABORATORY, agreement__in=partner_in)
    columns = ("agreement", "organization", "agreement__slug", "agreement__agreement_type")
    found: dict[tuple[int, int], list[tuple[str, Mark]]] = defaultdict(list)
    for agreement, laboratory, slug, agreement_type in theirs.values_list(*columns).order_by(
        "agreement__slug"
    ):
        for partner in partner_in[agreement]:
            found[partner, laboratory].append((slug, mark_of(agreement_type)))
    return found


def cell_of(
    partner: Organization, laboratory: Organization, agreements: list[tuple[str, Mark]], more: str
) -> SharedCell:
    if not agreements:
        return SharedCell()
    link = reverse("agreement_detail", args=[agreements[0][0]])
    if len(agreements) > 1:
        link = f"{reverse('agreement_list')}?partner={partner.slug}&laboratory={laboratory.slug}{more}"
    return SharedCell(link, tuple(sorted((mark for _slug, mark in agreements), key=AGREEMENT_MARKS.index)))
