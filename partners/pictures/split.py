"""What the agreements are: how many of each group of types, those of the announcement by themselves."""

import datetime
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from partners.models import Agreement, Event
from partners.pictures.marks import AGREEMENT_MARKS, Mark, mark_of


@dataclass(frozen=True)
class AgreementGroup:
    """Agreements of one mark, with the list of them; `is_announced` are those that the announcement made public."""

    mark: Mark
    count: int
    link: str
    is_announced: bool = False
    # Beside those of the announcement, which have the same mark.
    is_rest: bool = False
    announced_on: datetime.date | None = None

    @property
    def words(self) -> str:
        """What they are and since when, such as "memoranda announced on 18 December 2025"."""
        if self.is_announced:
            said = gettext("%(kind)s announced on %(day)s")
            return said % {"kind": self.noun, "day": date_format(self.announced_on, "j F Y")}
        return gettext("other %(kind)s") % {"kind": self.noun} if self.is_rest else self.noun

    @property
    def noun(self) -> str:
        """What they are, without their number: "partnerships"."""
        return self.mark.noun(self.count)


def title_of_split(agreements: int) -> str:
    return ngettext("What the one agreement is", "What the %(agreements)s agreements are", agreements) % {
        "agreements": agreements
    }


def groups_of_agreements(
    announcement: Event | None, more: str = "", rows: QuerySet | None = None
) -> list[AgreementGroup]:
    """Those of the announcement first, then the others by mark. `more` are parameters that every link carries, `rows`
    the agreements, where these are not all. One query.

    Only agreements of the most frequent mark among the announced ones are told apart from the others of that mark.
    """
    counts: Counter = Counter()
    rows = Agreement.objects.published() if rows is None else rows
    kinds = rows.order_by().values_list("agreement_type", "announcement")
    for agreement_type, event, number in kinds.annotate(Count("pk")):
        counts[mark_of(agreement_type), event] += number
    first = announced_mark(counts, announcement)
    groups = []
    if first:
        link = list_of_agreements(
            {"announcement": announcement.slug, "agreement_type": sorted(first.types)}, more
        )
        count = counts[first, announcement.pk]
        groups.append(AgreementGroup(first, count, link, is_announced=True, announced_on=announcement.date))
    for mark in AGREEMENT_MARKS:
        count = sum(number for (each, _event), number in counts.items() if each == mark)
        asked = {"agreement_type": sorted(filter(None, mark.types))}
        if mark == first:
            count -= counts[mark, announcement.pk]
            asked["exclude_announcement"] = announcement.slug
        if count:
            groups.append(AgreementGroup(mark, count, list_of_agreements(asked, more), is_rest=mark == first))
    return groups


def announced_mark(counts: Counter, announcement: Event | None) -> Mark | None:
    """The mark that most agreements of the announcement have; None where it made none public."""
    if announcement is None:
        return None
    found = {mark: counts[mark, announcement.pk] for mark in AGREEMENT_MARKS if counts[mark, announcement.pk]}
    return max(found, key=found.get, default=None)


def list_of_agreements(parameters: dict, more: str) -> str:
    return f"{reverse('agreement_list')}?{urlencode(parameters, doseq=True)}{more}"
