"""Laws of the search, on each engine, against an account in plain Python that knows nothing of its queries."""

import random
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from partners.folding import fold
from partners.models import Source
from partners.selection.search.queries import parse
from partners.vocabularies import (
    AgreementStatus,
    AgreementType,
    EventKind,
    OrganizationType,
    SourceKind,
    SourceStance,
)
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.records import (
    add_party,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)
from tests.searching import (
    FAR,
    NAME,
    NEAR,
    SUMMARY_OF_ROW,
    TIED,
    TITLE,
    Text,
    has,
    labels,
    place,
    rows_found,
    stands,
    weighed,
)
from tests.test_search import LISTINGS, WORDS, many_examples, ranked, select, slugs, written

# The account: every public row of each listing, with the texts in which a search may find its words.


@dataclass
class Account:
    """For each listing, of each row that readers see: all its texts, each with what it is to the row."""

    rows: dict[str, dict[str, list[Text]]] = field(default_factory=dict)

    def words(self) -> list[str]:
        return sorted({word for text in self.texts() for word in text.split()})

    def texts(self) -> list[str]:
        return sorted({text for rows in self.rows.values() for texts in rows.values() for _, text in texts})

    def title(self, listing: str, slug: str) -> str:
        return next(text for weight, text in self.rows[listing][slug] if weight == TITLE)


def build_account(seed: int) -> Account:
    """Fill the database with records of few words, some of them hidden, and tell what is in those one may see."""
    dice = random.Random(seed)

    def text() -> str:
        return " ".join(dice.choice(WORDS) for _ in range(dice.randrange(1, 4)))

    def texts(most: int) -> list[str]:
        return list(dict.fromkeys(text() for _ in range(dice.randrange(most))))

    def state() -> str:
        return dice.choice(("published", "published", "published", "draft", "withheld"))

    lead = make_organization("Zzlead", slug="lead", type="government", cited=False)
    make_programme(lead=lead)
    sectors, areas = {}, {}
    for slug in "abc":
        english, dutch = text(), text()
        sectors[make_sector(english, name_nl=dutch, slug=f"s{slug}")] = [english, dutch]
        english, dutch = text(), text()
        areas[make_mission_area(english, name_nl=dutch, slug=f"m{slug}")] = [english, dutch]
    people, own, names, theirs = [], {}, {}, {}
    for number in range(14):
        name, legal, english, dutch, other = text(), text(), text(), text(), texts(3)
        mine = dice.sample(sorted(sectors, key=lambda s: s.slug), dice.randrange(2))
        is_laboratory = number % 3 == 0
        type = OrganizationType.FACILITY if is_laboratory else OrganizationType.COMPANY
        person = make_organization(
            name,
            slug=f"o{number}",
            legal_name=legal,
            summary_en=english,
            summary_nl=dutch,
            names=other,
            sectors=mine,
            publication_state=state(),
            type=type,
            parent=lead if is_laboratory else None,
            cited=False,
        )
        people.append(person)
        names[person] = [name, *other]
        own[person] = [
            *weighed(TITLE, name),
            *weighed(NAME, *other),
            *weighed(NAME, legal),
            *weighed(NEAR, *labels(type), lead.name if is_laboratory else ""),
            *weighed(SUMMARY_OF_ROW, english, dutch),
        ]
        theirs[person] = weighed(NEAR, *(t for sector in mine for t in sectors[sector]))
    deals = []
    for number in range(14):
        title, dutch, summary, more = text(), text(), text(), text()
        mine = dice.sample(sorted(areas, key=lambda a: a.slug), dice.randrange(2))
        deal = make_agreement(
            title,
            slug=f"a{number}",
            title_nl=dutch,
            summary_en=summary,
            summary_nl=more,
            mission_areas=mine,
            publication_state=state(),
            partners=[],
            cited=False,
        )
        parties = [(p, "partner") for p in dice.sample(people, dice.randrange(1, 3))]
        parties += [(p, "laboratory") for p in dice.sample(people, dice.randrange(3))]
        for person, role in parties:
            add_party(deal, person, role)
        about = [t for area in mine for t in areas[area]]
        deals.append((deal, parties, [title, dutch], [summary, more], about))

    def seen(parties) -> bool:
        return any(role == "partner" and p.is_published for p, role in parties)

    public = [
        (deal, [(p, role) for p, role in parties if p.is_published], *rest)
        for deal, parties, *rest in deals
        if deal.is_published and seen(parties)
    ]

    def of_agreements(person, as_: tuple[str, ...], beside: dict[str, str]) -> list[Text]:
        """What is searched of the agreements of an organization in some roles, and of the parties beside it."""
        found = []
        for _deal, parties, titles, summaries, about in public:
            roles = {role for p, role in parties if p == person}
            if roles & set(as_):
                found += [
                    *weighed(TIED, *titles, *labels(AgreementType.MOU), *about),
                    *weighed(FAR, *summaries),
                ]
            if roles:
                found += [
                    (beside[role], name)
                    for p, role in parties
                    if role in beside
                    for name in (names[p][:1] if beside[role] == FAR else names[p])
                ]
        return found

    account = Account()
    partners = {p for _, parties, *_ in public for p, role in parties if role == "partner"}
    account.rows["partners"] = {
        p.slug: own[p] + theirs[p] + of_agreements(p, ("partner",), {"laboratory": TIED, "partner": FAR})
        for p in partners
    }
    account.rows["laboratories"] = {
        p.slug: own[p] + of_agreements(p, ("partner", "laboratory"), {"partner": TIED})
        for p in people
        if p.is_published and p.parent_id == lead.pk
    }
    account.rows["agreements"] = {
        deal.slug: [
            *weighed(TITLE, titles[0]),
            *weighed(NAME, titles[1]),
            *weighed(SUMMARY_OF_ROW, *summaries),
            *weighed(NEAR, *labels(AgreementType.MOU), *labels(AgreementStatus.ANNOUNCED), *about),
            *weighed(NEAR, *(n for p, _ in parties for n in names[p])),
        ]
        for deal, parties, titles, summaries, about in public
    }
    account.rows["events"], account.rows["sources"] = {}, {}
    for number in range(8):
        words = [text(), text(), text(), text()]
        event = make_event(
            words[0],
            slug=f"e{number}",
            title_nl=words[1],
            summary_en=words[2],
            summary_nl=words[3],
            publication_state=state(),
            cited=False,
        )
        source = make_source(text(), slug=f"q{number}", publisher=text())
        cite(event, source=source)
        if event.is_published:
            account.rows["events"][event.slug] = [
                *weighed(TITLE, words[0]),
                *weighed(NAME, words[1]),
                *weighed(SUMMARY_OF_ROW, *words[2:]),
                *weighed(NEAR, *labels(EventKind.ANNOUNCEMENT), "18 December 2025", "18 december 2025"),
            ]
            account.rows["sources"][source.slug] = [
                *weighed(TITLE, source.title),
                *weighed(NEAR, source.publisher, source.url),
                *weighed(TIED, words[0]),
                *weighed(NEAR, *labels(SourceKind.NEWS), *labels(SourceStance.REPORTING)),
            ]
    return account


@pytest.fixture(scope="module", params=[1, 2])
def account(request, db):
    """A directory that all tests ask, and what it holds. None of them leaves anything behind."""
    with transaction.atomic():
        yield build_account(request.param)
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Wish:
    """One thing to ask for: words in a row, and how."""

    words: str
    whole: bool
    excluded: bool

    def written(self, quote: str = '"') -> str:
        return "-" * self.excluded + (f"{quote}{self.words}{quote}" if self.whole else self.words)


@st.composite
def wishes(draw, account: Account) -> list[Wish]:
    """Parts of words, phrases that stand in a text, and phrases that run from one text into another."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        excluded = draw(st.integers(0, 3)) == 0
        if draw(st.booleans()):
            words = fold(draw(st.sampled_from(account.words()))).split() or ["x"]
            word = draw(st.sampled_from(words))
            found.append(Wish(word[: draw(st.integers(1, len(word)))], False, excluded))
        else:
            texts = draw(st.lists(st.sampled_from(account.texts()), min_size=1, max_size=2))
            words = fold(" ".join(texts)).split() or ["x"]
            start = draw(st.integers(0, len(words) - 1))
            found.append(Wish(" ".join(words[start : start + draw(st.integers(1, 3))]), True, excluded))
    return found


@pytest.mark.parametrize("listing", LISTINGS)
def test_rows_are_those_of_the_account(account, listing):
    found = 0

    @many_examples
    @given(st.data())
    def law(data):
        nonlocal found
        query = " ".join(wish.written() for wish in data.draw(wishes(account)))
        total = Source.objects.count() if listing == "sources" else None
        expected = rows_found(account.rows[listing], query, total)

        got = slugs(listing, query)

        assert len(got) == len(set(got))
        assert set(got) == expected
        found += bool(expected)

    law()
    assert found


@pytest.mark.parametrize(
    "query", ["&", "-", '"', '""', '-""', "- -", "%", "_", "\\", "\x00", "' \" '", "🙂", "—"]
)
@pytest.mark.parametrize("listing", LISTINGS)
def test_query_without_a_letter_finds_nothing(account, listing, query):
    assert slugs(listing, query) == []
    assert slugs(listing, f"{query} {query}") == []


@pytest.mark.parametrize("query", ["", " ", "\t\n"])
@pytest.mark.parametrize("listing", LISTINGS)
def test_blank_query_finds_everything(account, listing, query):
    assert set(slugs(listing, query)) == set(account.rows[listing])


# The order of what is found


@pytest.mark.parametrize("listing", LISTINGS)
def test_rows_stand_in_the_order_of_the_account(account, listing):
    @many_examples
    @given(st.data())
    def law(data):
        wished = [wish for wish in data.draw(wishes(account)) if not wish.excluded]
        query = " ".join(wish.written() for wish in dict.fromkeys(wished))

        found = ranked(listing, query)

        def key(slug: str) -> tuple[int, str]:
            return place(query, account.rows[listing][slug]), slug

        assert found == sorted(found, key=key if wished else None)

    law()


# Why a row was found


@pytest.mark.parametrize("listing", LISTINGS)
def test_reasons_show_every_word_in_texts_of_the_row(account, listing):
    explained = 0

    @many_examples
    @given(st.data())
    def law(data):
        nonlocal explained
        wished = [wish for wish in data.draw(wishes(account)) if not wish.excluded]
        query = " ".join(wish.written() for wish in wished)
        found = slugs(listing, query) if wished else []

        matches = select(listing, query).matches(found)

        assert set(matches) == set(found)
        for slug, match in matches.items():
            texts = account.rows[listing][slug]
            assert written(match.heading) == account.title(listing, slug)
            marked = [p.text for p in (*match.heading, *match.summary) if p.marked]
            assert written(match.summary) in ("", *(text for _, text in texts))
            for reason in match.reasons:
                assert written(reason.pieces) in [text for _, text in texts]
                assert any(piece.marked for piece in reason.pieces)
                marked += [piece.text for piece in reason.pieces if piece.marked]
            for term in parse(query).wanted:
                # The names of others say it by their words as they are.
                if any(stands(term, text, as_it_is=True) for _, text in texts):
                    assert has(term, weighed(NEAR, *marked)), (term, marked)
            shown = weighed(NEAR, written(match.heading), written(match.summary))
            if all(has(term, shown) for term in parse(query).wanted):
                assert match.reasons == []
            explained += bool(match.reasons)

    law()
    assert explained
