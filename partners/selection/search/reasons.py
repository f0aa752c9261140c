"""Why a row was found: the words of the query in its name, and where else they stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, F, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import get_language

from partners.selection.search.marking import Marked, Piece
from partners.selection.search.queries import Query, Term
from partners.selection.search.texts import Related, Texts


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

    def __init__(self, heading: str, summary: str, asked: Query):
        self.asked = asked
        self.heading, self.summary = Marked(heading, asked.wanted), Marked(summary, asked.wanted)
        self.missing = self.unseen()
        self.texts: list[tuple[str | Promise, Marked]] = []

    def unseen(self) -> set[Term]:
        """The terms that a reader does not see in the row itself."""
        return set(self.asked.wanted) - self.heading.met - self.summary.met

    def add(self, label: str | Promise, text: str) -> None:
        marked = Marked(text, self.asked.wanted)
        self.texts.append((label, marked))
        self.missing -= marked.met

    def match(self) -> Match:
        """Choose texts until every term is shown, of those that are left always the one that shows most."""
        missing = self.unseen()
        match = Match(self.heading.pieces(), self.summary.pieces())
        while missing and self.texts:
            label, best = max(self.texts, key=lambda candidate: len(candidate[1].met & missing))
            if not best.met & missing:
                break
            match.reasons.append(Reason(label, best.excerpt()))
            missing -= best.met
        return match


def explain(texts: Texts, asked: Query, slugs: Iterable[str]) -> dict[str, Match]:
    """How each of the rows with these slugs meets a query.

    Costs a query for the rows and at most one for each kind of related text, however many rows there are; none where
    the query asks for nothing.
    """
    slugs = list(slugs)
    if not asked.wanted or not slugs:
        return {}
    columns = [name for text in (texts.heading, *texts.own) for name in text.fields]
    rows = list(texts.model._default_manager.filter(slug__in=slugs).order_by().values("pk", "slug", *columns))
    found = {row["pk"]: Candidates(*(row.get(name, "") for name in texts.shown), asked) for row in rows}
    for text in texts.names:
        add_related(text, asked, found)
    for row in rows:
        for text in (texts.heading, *texts.own):
            for name in in_language(text.fields):
                found[row["pk"]].add(text.label, row[name])
    for text in texts.related:
        if not text.name:
            add_related(text, asked, found)
    return {row["slug"]: found[row["pk"]].match() for row in rows}


def in_language(names: tuple[str, ...]) -> list[str]:
    """The fields of a text, that of the reader's language first."""
    language = (get_language() or "en").split("-")[0]
    return sorted(names, key=lambda name: not name.endswith(f"_{language}"))


def add_related(text: Related, asked: Query, found: dict[int, Candidates]) -> None:
    """Add the related texts with a term to the rows of which a term is not explained yet.

    A row may have thousands of them: of those with the same terms one is enough.
    """
    unexplained = [pk for pk, candidates in found.items() if candidates.missing]
    if not unexplained:
        return
    flags = {
        f"has_{number}": Case(
            When(**{f"{text.key}__has_words": term.pattern}, then=Value(1)), default=Value(0)
        )
        for number, term in enumerate(asked.wanted)
    }
    any_term = Q(*((f"{text.key}__has_words", term.pattern) for term in asked.wanted), _connector=Q.OR)
    first = Window(RowNumber(), partition_by=[F(text.owner), *map(F, flags)], order_by=[text.key, "pk"])
    rows = (
        text.rows()
        .filter(any_term, **{f"{text.owner}__in": unexplained})
        .annotate(**flags, place=first)
        .filter(place=1)
        .order_by(text.key, "pk")
        .values_list(text.owner, *in_language(text.fields))
    )
    for owner, *values in rows:
        for value in values:
            found[owner].add(text.label, value)
