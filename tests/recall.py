"""How much of what readers mean the search finds: `python -m tests.recall`, over the database of DATABASE_URL.

The labels stand in `search_labels.csv` (the new part: what is meant across all kinds), `search_queries.py` (the old
part: what is meant in one listing) and `search_negatives.csv` (what must not be led to). A label says `kind:slug`;
`suggestion:words` is what must be offered as meant.

A reader of `/search/` sees the kinds one below another, the best five of each. So, of a query:

recall@1  whether the first hit of the page is one that is meant; of the old part, the first hit of its kind
recall@5  which share of what is meant is among the first five of its kind; of more than five any five will do
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
KIND_OF = {"partners": "partner", "agreements": "agreement", "laboratories": "laboratory"}
BEST = 5


@dataclass(frozen=True)
class Label:
    """A query with what is meant by it, or must not be led to, as `kind:slug`."""

    query: str
    language: str
    targets: tuple[str, ...]

    @property
    def by_kind(self) -> dict[str, set[str]]:
        found = defaultdict(set)
        for target in self.targets:
            kind, _, slug = target.partition(":")
            found[kind].add(slug)
        return dict(found)


@dataclass
class Judged:
    """A query that was asked: whether its first hit was meant, which share was found, and what came first."""

    label: Label
    first: bool
    found: float
    came: list[str]


def labels(name: str, column: str) -> list[Label]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [
            Label(row["query"], row["language"], tuple(row[column].split())) for row in csv.DictReader(file)
        ]


def new_part() -> list[Label]:
    return labels("search_labels.csv", "meant")


def negatives() -> list[Label]:
    return labels("search_negatives.csv", "must_not_lead_to")


def old_part() -> Iterator[Label]:
    from tests.search_queries import LABELLED

    for listing, queries in LABELLED.items():
        for query, slugs in queries.items():
            if not slugs:
                continue
            yield Label(query, "en", tuple(f"{KIND_OF[listing]}:{slug}" for slug in slugs))


@cache
def results(query: str, language: str, version: int):
    """What the page of the search shows for a query, in a language, at a version of the data."""
    from django.test import RequestFactory

    from partners.views.search import Results

    return Results(RequestFactory().get("/search/", {"q": query}))


def ask(label: Label):
    """The slugs that are found for a query by their kind, and what is suggested, in the language of the label."""
    from django.utils.translation import override

    from partners.models import DataVersion

    with override(label.language):
        found = results(label.query, label.language, DataVersion.current())
        groups = {group.name: [hit.slug for hit in group.hits] for group in found.groups}
        suggested = [text.casefold() for text, _link in found.suggestions]
    return groups, suggested


def judge(label: Label, in_its_kind: bool = False) -> Judged:
    groups, suggested = ask(label)
    shown = groups | ({"suggestion": suggested} if suggested else {})
    came = [f"{kind}:{slug}" for kind, slugs in shown.items() for slug in slugs]
    if in_its_kind:
        came = [each for each in came if each.partition(":")[0] in label.by_kind]
    elif suggested:
        # Where something is suggested, it stands above the hits.
        came = [*(f"suggestion:{text}" for text in suggested), *came]
    found = wanted = 0
    for kind, meant in label.by_kind.items():
        found += min(len(meant & set(shown.get(kind, [])[:BEST])), BEST)
        wanted += min(len(meant), BEST)
    return Judged(label, bool(came) and came[0] in label.targets, found / wanted, came[:3])


def trespasses(label: Label) -> list[str]:
    """What a query leads to although it must not."""
    groups, suggested = ask(label)
    shown = groups | {"suggestion": suggested}
    if label.targets == ("any",):
        return [f"{kind}:{slug}" for kind, slugs in shown.items() for slug in slugs]
    return [
        f"{kind}:{slug}"
        for kind, unwanted in label.by_kind.items()
        for slug in shown.get(kind, [])
        if slug in unwanted or "*" in unwanted
    ]


def recalls(judged: Iterable[Judged]) -> tuple[float, float]:
    """Recall@1 and recall@5 of some queries."""
    judged = list(judged)
    return sum(each.first for each in judged) / len(judged), sum(each.found for each in judged) / len(judged)


def main() -> None:
    old, new = (
        [judge(label, in_its_kind=True) for label in old_part()],
        [judge(label) for label in new_part()],
    )
    for name, judged in (("old part", old), ("new part", new)):
        at_1, at_5 = recalls(judged)
        print(f"{name}: {len(judged)} queries, recall@1 {at_1:.3f}, recall@5 {at_5:.3f}")
        for each in judged:
            if not each.first or each.found < 1:
                asked = f"{each.label.query!r} ({each.label.language})"
                print(f"  {asked}: first {each.first}, found {each.found:.2f}; came {', '.join(each.came)}")
    wrong = [(label, found) for label in negatives() if (found := trespasses(label))]
    print(f"negatives: {len(negatives())} queries, {len(wrong)} lead where they must not")
    for label, found in wrong:
        print(f"  {label.query!r}: {', '.join(found[:6])}")


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    main()
