"""Search, on each engine: what it finds, against an account in plain Python that knows nothing of its queries."""

import random
from dataclasses import dataclass, field

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.folding import fold, fold_with_places
from partners.models import Agreement, Organization, Sector
from partners.models.fields import FoldedKey, FoldedText
from partners.selection.listings import (
    AgreementListing,
    EventListing,
    LaboratoryListing,
    PartnerListing,
    SourceListing,
)
from partners.selection.search.filters import MOST_TERMS
from partners.selection.search.queries import Term, parse
from partners.selection.selection import Selection
from tests.packages import copy_shipped, load_dataset, spoil
from tests.records import (
    add_party,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
    make_source,
)

LISTINGS = {
    "partners": PartnerListing,
    "laboratories": LaboratoryListing,
    "agreements": AgreementListing,
    "events": EventListing,
    "sources": SourceListing,
}
many_examples = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def slugs(listing, query: str, **others) -> list[str]:
    parameters = QueryDict(mutable=True)
    parameters.update({"q": query} | others)
    return list(Selection(LISTINGS[listing], parameters).rows.values_list("slug", flat=True))


# The account: every public row of each listing, with the texts in which a search may find its words.


@dataclass
class Account:
    """`rows` has, for each listing, the texts of each row that readers see."""

    rows: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def words(self) -> list[str]:
        return sorted(
            {w for rows in self.rows.values() for ts in rows.values() for t in ts for w in t.split()}
        )

    def texts(self) -> list[str]:
        return sorted({text for rows in self.rows.values() for texts in rows.values() for text in texts})


WORDS = (
    *("Ångström", "angstrom", "AB", "ab", "Zeta-One", "zeta", "one", "Œuvre", "Łódź", "straße", "STRASSE"),
    *("O’Neill", "İstanbul", "日本電気", "٣", "3M", "10x", "100%", "under_score", "back\\slash", "ﬁber", "½"),
    *("oak", "ridge", "Oak", "quantum", "quanta", "a", "I", "é", "X-PRIZE™", "café"),
)


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
        person = make_organization(
            name,
            slug=f"o{number}",
            legal_name=legal,
            summary_en=english,
            summary_nl=dutch,
            names=other,
            sectors=mine,
            publication_state=state(),
            type="facility" if number % 3 == 0 else "company",
            parent=lead if number % 3 == 0 else None,
            cited=False,
        )
        people.append(person)
        names[person] = [name, *other]
        own[person] = [*names[person], legal, english, dutch]
        theirs[person] = [t for sector in mine for t in sectors[sector]]
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
        deals.append((deal, parties, [title, dutch], [summary, more, *(t for a in mine for t in areas[a])]))

    def seen(parties) -> bool:
        return any(role == "partner" and p.is_published for p, role in parties)

    public = [
        (deal, [(p, role) for p, role in parties if p.is_published], titles, rest)
        for deal, parties, titles, rest in deals
        if deal.is_published and seen(parties)
    ]

    def of_agreements(person, role: str) -> list[str]:
        return [
            text
            for _deal, parties, titles, _rest in public
            if person in [p for p, _ in parties]
            for text in [*titles, *(n for p, r in parties if r == role for n in names[p])]
        ]

    account = Account()
    partners = {p for _, parties, _, _ in public for p, role in parties if role == "partner"}
    account.rows["partners"] = {p.slug: own[p] + theirs[p] + of_agreements(p, "laboratory") for p in partners}
    account.rows["laboratories"] = {
        p.slug: own[p] + of_agreements(p, "partner")
        for p in people
        if p.is_published and p.parent_id == lead.pk
    }
    account.rows["agreements"] = {
        deal.slug: titles + rest + [n for p, _ in parties for n in names[p]]
        for deal, parties, titles, rest in public
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
            account.rows["events"][event.slug] = words
            account.rows["sources"][source.slug] = [source.title, source.publisher]
    return account


@pytest.fixture(params=[1, 2])
def account(request, db):
    return build_account(request.param)


@dataclass(frozen=True)
class Wish:
    """One thing to ask for: words in a row, and how."""

    words: str
    whole: bool
    excluded: bool

    def met(self, texts: list[str]) -> bool:
        wanted = self.words.split()
        return (
            any(
                self.stands(fold(text).split()[start : start + len(wanted)], wanted)
                for text in texts
                for start in range(len(fold(text).split()))
            )
            != self.excluded
        )

    def stands(self, found: list[str], wanted: list[str]) -> bool:
        if self.whole:
            return found == wanted
        return len(found) == len(wanted) and found[:-1] == wanted[:-1] and found[-1].startswith(wanted[-1])

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
        wished = data.draw(wishes(account))
        expected = {
            slug for slug, texts in account.rows[listing].items() if all(w.met(texts) for w in wished)
        }

        got = slugs(listing, " ".join(wish.written() for wish in wished))

        assert len(got) == len(set(got))
        assert set(got) == expected
        found += bool(expected)

    law()
    assert found


@pytest.mark.parametrize("word", WORDS)
def test_spelling_of_a_word_does_not_matter(db, word):
    make_partner("Alpha", slug="alpha", summary_en=f"Of {word}.")

    for written in (word, word.upper(), word.lower(), fold(word), f" ({word}) ", f'"{word}"', f'-zz "{word}'):
        assert slugs("partners", written) == ["alpha"], written
        assert slugs("partners", f"{written} zz") == []


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


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        ("Oak Ridge", ["oak", "ridge"], []),
        ('"Oak Ridge"', ["oak ridge!"], []),
        ("“Oak Ridge”", ["oak ridge!"], []),
        ('oak "Ridge lab" -"new york" -amd', ["oak", "ridge lab!"], ["new york!", "amd"]),
        ('"oak ridge', ["oak", "ridge"], []),
        ('oak" ridge', ["oak", "ridge"], []),
        ('a "b" "c', ["a", "b!", "c"], []),
        ("high-performance A&B", ["high", "performance", "a", "b"], []),
        ("-high-performance", [], ["high performance"]),
        ("--oak -- - oak", ["oak"], ["oak"]),
        ("oak OAK Öak", ["oak"], []),
        ("<b>'; DROP TABLE--", ["b", "drop", "table"], []),
        ("o%k r_dge \\", ["o", "k", "r", "dge"], []),
        ("oak\x00ridge", ["oak", "ridge"], []),
    ],
)
def test_query_is_read_as_it_is_meant(query, wanted, unwanted):
    def written(terms: tuple[Term, ...]) -> list[str]:
        return [term.words + "!" * term.whole for term in terms]

    asked = parse(query)

    assert (written(asked.wanted), written(asked.unwanted)) == (wanted, unwanted)


@given(st.text(alphabet=st.sampled_from('ab -"“é&\x00'), max_size=20))
def test_every_term_of_a_query_is_folded_and_none_is_empty(query):
    asked = parse(query)

    for term in (*asked.wanted, *asked.unwanted):
        assert term.words == fold(term.words) != ""


def test_query_may_have_so_many_words_and_no_more(db):
    make_partner("Alpha", slug="alpha", summary_en=" ".join(f"w{n}" for n in range(MOST_TERMS + 1)))
    words = [f"w{number}" for number in range(MOST_TERMS + 1)]
    most, more = " ".join(words[:-1]), " ".join(words)

    assert slugs("partners", most) == ["alpha"]
    assert slugs("partners", f"{most} {most}") == ["alpha"]
    assert slugs("partners", more) == []
    (problem,) = Selection(PartnerListing, QueryDict(f"q={more}")).problems
    assert str(MOST_TERMS) in problem.message


def test_phrase_ends_with_its_text(db):
    make_partner("Oak", slug="oak", legal_name="Ridge", summary_en="Laboratory of", summary_nl="the woods")

    assert slugs("partners", "oak ridge laboratory woods") == ["oak"]
    for phrase in ("oak ridge", "ridge laboratory", "of the", "oak laboratory", "oak | ridge"):
        assert slugs("partners", f'"{phrase}"') == []


# Folding, and the columns it fills


texts_of_any_kind = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(list("ßﬁ½İ™e\u0301 ℌŁ-")))
)


@given(texts_of_any_kind)
def test_fold_is_folded_once_and_for_all(text):
    assert fold(fold(text)) == fold(text) == fold(text.upper().casefold().upper())
    assert all(word.isalnum() for word in fold(text).split(" ") if word)


@given(texts_of_any_kind)
def test_every_folded_letter_knows_where_it_comes_from(text):
    folded, places = fold_with_places(text)

    assert folded == fold(text)
    assert len(places) == len(folded)
    assert places == sorted(places)
    for letter, place in zip(folded, places, strict=True):
        assert letter == " " or letter in fold(text[place])


def folded_columns():
    for model in apps.get_app_config("partners").get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, FoldedKey | FoldedText):
                yield model, column


def assert_columns_are_filled():
    """Every folded column of every record says what its sources say."""
    for model, column in folded_columns():
        for record in model.objects.all():
            stored = getattr(record, column.attname)
            assert column.pre_save(record, False) == stored, (record, column)


def test_folded_texts_follow_their_sources(db):
    alpha = make_partner("Alpha", summary_en="First.", summary_nl="Eerste.")
    alpha.summary_nl = "Tweede."
    alpha.save()
    Sector.objects.bulk_create([Sector(slug="s", name_en="Big", name_nl="Groot")])

    assert_columns_are_filled()
    assert Organization.objects.get(pk=alpha.pk).search_text == " alpha | first | tweede "
    assert Sector.objects.get().search_text == " big | groot "


def test_loading_a_changed_package_fills_them_again(db, tmp_path):
    folder = copy_shipped(tmp_path)
    load_dataset(folder)
    assert_columns_are_filled()
    spoil(folder, "organizations", 0, summary_nl="Zeldzaamwoord.")
    spoil(folder, "agreements", 0, title_nl="Anderwoord")
    spoil(folder, "sectors", 0, name_nl="Derdewoord")
    spoil(folder, "sources", 0, publisher="Vierdewoord")

    load_dataset(folder)

    assert_columns_are_filled()
    assert Organization.objects.filter(search_text__has_words=" zeldzaam").count() == 1
    assert Agreement.objects.filter(title_text__has_words=" anderwoord ").count() == 1


@pytest.mark.django_db(transaction=True)
def test_migration_fills_texts_of_old_records_and_keeps_the_triggers():
    def triggers() -> set[str]:
        catalogue = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        }
        with connection.cursor() as cursor:
            cursor.execute(catalogue[connection.vendor])
            return {name for (name,) in cursor.fetchall()}

    make_agreement("Ønsker", title_nl="Wensen", partners=[make_organization("Œuvre™", slug="oeuvre")])
    make_sector("Beta")
    make_source("Gamma", publisher="Delta")
    before = triggers()

    call_command("migrate", "partners", "0001", verbosity=0)
    call_command("migrate", "partners", verbosity=0)

    assert triggers() == before
    assert_columns_are_filled()
    assert Organization.objects.get(slug="oeuvre").search_text == " oeuvretm | what oeuvretm is "
