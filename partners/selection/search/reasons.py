"""Why a row was found: the words of the query in its name, and where else they stand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Case, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import get_language

from partners.folding import fold
from partners.languages import for_reader, with_language
from partners.selection.search.kinds_of_text import LANGUAGES, Text, Texts
from partners.selection.search.lookup import Hits
from partners.selection.search.marking import Marked, Piece
from partners.selection.search.queries import Query, SearchTerm

# So many related texts are looked through for a page; of records that have more of them, some stay unexplained.
MOST_LOOKED_THROUGH = 10_000
# So many are read as they are: to choose among them in the database takes longer.
MOST_READ_WHOLE = 200
# So many terms are looked for in them.
MOST_TERMS = 12


@dataclass(frozen=True)
class Reason:
    """A text that was found: what it is to the row, and the text with the words that were asked for marked."""

    label: str | Promise
    pieces: list[Piece]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass
class Match:
    """How a row meets a query: its name and summary as the page shows them, and texts with the words they lack."""

    heading: list[Piece]
    summary: list[Piece] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)


class Candidates:
    """The texts of a row that may say why it was found."""

    def __init__(self, heading: str, summary: str, asked: Query, whole: Collection[SearchTerm] = ()):
        """`whole` are the terms of which the row has the words themselves, and not only words that begin so."""
        self.asked, self.whole = asked, set(whole)
        self.heading, self.summary = Marked(heading, asked.wanted), Marked(summary, asked.wanted)
        self.missing = self.unseen()
        # Those of which only a text in another language than the reader's is known so far.
        self.abroad: set[SearchTerm] = set()
        self.texts: list[tuple[str | Promise, Marked, bool]] = []

    def unseen(self) -> set[SearchTerm]:
        """The terms that a reader does not see in the row itself."""
        return set(self.asked.wanted) - self.heading.met - self.summary.met

    def add(self, label: str | Promise, text: str, is_mine: bool = True) -> None:
        """`is_mine` says whether the text is in the reader's language, or in none."""
        marked = Marked(text, self.asked.wanted)
        self.texts.append((label, marked, is_mine))
        met = (marked.met - self.whole) | marked.met_whole
        self.abroad = self.abroad - met if is_mine else self.abroad | met & self.missing
        self.missing -= met

    def match(self) -> Match:
        """Choose texts until every term is shown, of those that are left always the one that shows most: rather the
        words themselves than others that begin so, and rather in the reader's language."""
        missing = self.unseen()
        match = Match(self.heading.pieces(), self.summary.pieces())
        while missing and self.texts:
            label, best, _ = max(self.texts, key=lambda each: (*shown(each[1], missing), each[2]))
            if not best.met & missing:
                break
            match.reasons.append(Reason(label, best.excerpt()))
            missing -= best.met
        return match


def shown(marked: Marked, missing: set[SearchTerm]) -> tuple[int, int]:
    """How many terms a text shows, and of how many the words themselves."""
    return len(marked.met & missing), len(marked.met_whole & missing)


def explain(
    texts: Texts,
    asked: Query,
    hits: dict[SearchTerm, Hits],
    whole: dict[SearchTerm, Hits],
    slugs: Iterable[str],
) -> dict[str, Match]:
    """How each of the rows with these slugs meets a query; `hits` say in what kind of text they have its terms, and
    `whole` in what kind they have the words themselves.

    Costs a query for the rows, at most one for each kind of related text in which there is a term to explain, and one
    for how many there are, however many rows there are; none where the query asks for nothing.
    """
    slugs = list(slugs)
    if not asked.wanted or not slugs:
        return {}
    fields = [name for text in texts.own for name in text.fields]
    # What stands in one language only, as the title of a source does, may say which.
    fields += ["language"] if hasattr(texts.model, "language") else []
    rows = list(texts.model._default_manager.filter(slug__in=slugs).order_by().values("pk", "slug", *fields))
    found = {}
    for row in rows:
        has = [term for term in asked.wanted if term in whole and whole[term].anywhere >> row["pk"] & 1]
        heading, summary = (
            for_reader(name, lambda column, row=row: row.get(column, ""))
            for name in (texts.heading, texts.summary)
        )
        heading = with_language(heading, row.get("language", ""))
        found[row["pk"]] = Candidates(heading, summary, asked, has)
    amounts = Amounts(found)
    for text in texts.names:
        add_related(text, asked, unexplained(text, hits, found), amounts)
    for row in rows:
        add_own(texts, row, found[row["pk"]])
    for text in texts.related:
        if text not in texts.names:
            add_related(text, asked, unexplained(text, hits, found), amounts)
    return {row["slug"]: found[row["pk"]].match() for row in rows}


def unexplained(
    text: Text, hits: dict[SearchTerm, Hits], found: dict[int, Candidates]
) -> dict[int, Candidates]:
    """The rows that have a term in texts of one kind, and in none that was looked at so far."""
    return {
        pk: candidates
        for pk, candidates in found.items()
        if any(hits[term].sets.get(text.weight, 0) >> pk & 1 for term in candidates.missing if term in hits)
    }


def add_own(texts: Texts, row: dict, candidates: Candidates) -> None:
    """Add the texts that stand in the record itself, those in the reader's language first."""
    for text in texts.own:
        if candidates.missing or candidates.abroad:
            for written, is_mine in in_order(text, {name: row[name] for name in text.fields}):
                candidates.add(text.label, written, is_mine)


def in_order(text: Text, values: dict) -> list[tuple[str, bool]]:
    """What a reader sees of some values, in the reader's language first, and whether it is in that or in none.

    One in another language is marked with it.
    """
    mine = ((get_language() or LANGUAGES[0]).split("-")[0], "")
    names = [name for field, value in values.items() for name in text.names(field, value)]
    return sorted(
        ((with_language(written, language), language in mine) for written, language in names),
        key=lambda name: not name[1],
    )


def add_related(text: Text, asked: Query, found: dict[int, Candidates], amounts: "Amounts") -> None:
    """Add the related texts with a term to some rows.

    A row may have thousands of them: of those with the same terms one is enough. Those with most terms come first, then
    each that shows one more.
    """
    owners = amounts.few_enough(text, list(found))
    if not owners:
        return
    terms = asked.wanted[:MOST_TERMS]
    conditions = [text.having(*term.patterns) for term in terms]
    order = [text.key or text.fields[0], "pk"]
    rows = text.rows().filter(any_of(conditions), **{f"{text.owner}__in": owners})
    if amounts.of_all(text, owners) > MOST_READ_WHOLE:
        rows = one_of_each(rows, text.owner, conditions, order)
    each_text = [
        (owner, written, is_mine, met(terms, written))
        for owner, *values in rows.order_by(*order).values_list(text.owner, *text.fields)
        for written, is_mine in in_order(text, dict(zip(text.fields, values, strict=True)))
    ]
    for owner, written, is_mine, has in sorted(each_text, key=lambda each: (-len(each[3]), not each[2])):
        candidates = found[owner]
        # Where the terms stand in a text is looked for only if it shows one more.
        if has & (candidates.missing | candidates.abroad if is_mine else candidates.missing):
            candidates.add(text.label, written, is_mine)


def one_of_each(rows: QuerySet, owner: str, conditions: list[Q], order: list[str]) -> QuerySet:
    """Of the rows of each owner that meet the same conditions, the first one in an order."""
    flags = {
        f"has_{number}": Case(When(condition, then=Value(1)), default=Value(0))
        for number, condition in enumerate(conditions)
    }
    first = Window(RowNumber(), partition_by=[F(owner), *map(F, flags)], order_by=order)
    return rows.annotate(**flags, place=first).filter(place=1)


def met(terms: Iterable[SearchTerm], text: str) -> set[SearchTerm]:
    """Those of some terms that stand in a text."""
    folded = f" {fold(text)} "
    return {term for term in terms if any(pattern in folded for pattern in term.patterns)}


def any_of(conditions: list[Q]) -> Q:
    whole = Q()
    for condition in conditions:
        whole |= condition
    return whole


class Amounts:
    """How many rows tie records to others, looked up once for a page where it matters."""

    def __init__(self, owners: Iterable[int]):
        self.owners = list(owners)
        self.counted: dict[str, dict[int, int]] = {}

    def few_enough(self, text: Text, owners: list[int]) -> list[int]:
        """Those of some records of which the related texts, of all together, can be looked through."""
        if not text.many or not owners:
            return owners
        amounts = self.of(text)
        taken, left = [], MOST_LOOKED_THROUGH
        for owner in sorted(owners, key=lambda owner: (amounts.get(owner, 0), owner)):
            left -= amounts.get(owner, 0)
            if left < 0:
                break
            taken.append(owner)
        return taken

    def of_all(self, text: Text, owners: list[int]) -> int:
        """How many rows tie some records to their texts, of all together; 0 where each has a few."""
        return sum(self.of(text).get(owner, 0) for owner in owners) if text.many else 0

    def of(self, text: Text) -> dict[int, int]:
        rows, owner = text.ties()
        if owner not in self.counted:
            counted = rows.filter(**{f"{owner}__in": self.owners}).order_by().values(owner)
            self.counted[owner] = dict(counted.annotate(number=Count("pk")).values_list(owner, "number"))
        return self.counted[owner]
