"""Search, on each engine: what it finds, against an account in plain Python that knows nothing of its queries."""

import unicodedata
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from partners import triggers
from partners.folding import FOLDING_VERSION, alike, clusters, fold, fold_with_places
from partners.models import Agreement, Event, FacetTerm, Organization, OrganizationName, Sector, Source
from partners.models.fields import FoldedKey, FoldedText
from partners.selection.index import bring_up_to_date
from partners.selection.listings import (
    AgreementListing,
    EventListing,
    LaboratoryListing,
    PartnerListing,
    SourceListing,
)
from partners.selection.search.filters import LONGEST_QUERY
from partners.selection.search.marking import Marked, Piece
from partners.selection.search.queries import SearchTerm, parse
from partners.selection.search.reasons import Match, Reason
from partners.selection.search.suggestions import MOST_SUGGESTED
from partners.selection.search.texts import PARTNER_TEXTS
from partners.selection.selection import Selection
from tests.laws import examples
from tests.packages import SHIPPED, copy_shipped, load_dataset, spoil
from tests.records import (
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
from tests.search_queries import LABELLED, MISSPELT
from tests.searching import (
    TIED,
)

LISTINGS = {
    "partners": PartnerListing,
    "laboratories": LaboratoryListing,
    "agreements": AgreementListing,
    "events": EventListing,
    "sources": SourceListing,
}
many_examples = examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def select(listing: str, query: str, **others) -> Selection:
    return Selection(LISTINGS[listing], QueryDict(urlencode({"q": query} | others)))


def slugs(listing: str, query: str, **others) -> list[str]:
    return list(select(listing, query, **others).rows.values_list("slug", flat=True))


TITLES = [
    (Organization, "name"),
    (OrganizationName, "value"),
    (Agreement, "title_en"),
    (Event, "title_en"),
    (Source, "title"),
]


WORDS = (
    *("Ångström", "angstrom", "AB", "ab", "Zeta-One", "zeta", "one", "Œuvre", "Łódź", "straße", "STRASSE"),
    *("O’Neill", "İstanbul", "日本電気", "٣", "3M", "10x", "100%", "under_score", "back\\slash", "ﬁber", "½"),
    *("oak", "ridge", "Oak", "quantum", "quanta", "a", "I", "é", "X-PRIZE™", "café"),
)


@pytest.mark.parametrize("word", WORDS)
def test_spelling_of_a_word_does_not_matter(db, word):
    make_partner("Alpha", slug="alpha", summary_en=f"Of {word}.")

    for written in (word, word.upper(), word.lower(), fold(word), f" ({word}) ", f'"{word}"', f'-zz "{word}'):
        assert slugs("partners", written) == ["alpha"], written
        assert slugs("partners", f"{written} -alpha") == []


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        ("Oak Ridge", ["oak", "ridge"], []),
        ('"Oak Ridge"', ["oak ridge!"], []),
        ("“Oak Ridge”", ["oak ridge!"], []),
        ('oak "Ridge lab" -"new york" -amd', ["oak", "ridge lab!"], ["new york!", "amd"]),
        ('"oak ridge', ["oak", "ridge"], []),
        ('oak" ridge', ["oak", "ridge"], []),
        ('z "b" "c', ["z!", "b!", "c"], []),
        ("R&D", ["r!", "d!"], []),
        ("C++", ["c!"], []),
        ("vitamin c", ["vitamin", "c"], []),
        ("c vitamin ", ["c!", "vitamin"], []),
        ("研", ["研"], []),
        ("how many a of the", ["how", "many", "a!", "of", "the"], []),
        ("high-performance A&B", ["high", "performance", "b!"], []),
        ("-high-performance", [], ["high performance"]),
        ("--oak -- - oak", ["oak"], ["oak"]),
        ("oak OAK Öak", ["oak"], []),
        ("<b>'; DROP TABLE--", ["b!", "drop", "table"], []),
        ("o%k r_dge \\", ["o!", "k!", "r!", "dge"], []),
        ("oak\x00ridge", ["oak", "ridge"], []),
    ],
)
def test_query_is_read_as_it_is_meant(query, wanted, unwanted):
    def written(terms: tuple[SearchTerm, ...]) -> list[str]:
        return [term.words + "!" * term.whole for term in terms]

    asked = parse(query)

    assert (written(asked.wanted), written(asked.unwanted)) == (wanted, unwanted)


@given(st.text(alphabet=st.sampled_from('ab -"“é&\x00'), max_size=20))
def test_every_term_of_a_query_is_folded_and_none_is_empty(query):
    asked = parse(query)

    for term in (*asked.wanted, *asked.unwanted):
        assert term.words == fold(term.words) != ""


def test_query_may_have_any_number_of_words(db):
    many = [f"word{number}" for number in range(40)]
    make_partner("Alpha", slug="alpha", summary_en=" ".join(many))
    make_partner("Beta", slug="beta", summary_en=" ".join(many[1:]))

    assert slugs("partners", " ".join(many)) == ["alpha"]
    assert slugs("partners", f'"{" ".join(many)}"') == ["alpha"]
    assert slugs("partners", " ".join(f"-{word}" for word in many)) == []
    (problem,) = Selection(PartnerListing, QueryDict("q=" + "x" * (LONGEST_QUERY + 1))).problems
    assert str(LONGEST_QUERY) in problem.message


@pytest.mark.parametrize(
    "name",
    [
        *(
            "A b c d e f g h i",
            "R 2 D 2 C 3 P O",
            "-minus tower",
            'Say "cheese',
            "a -b tower",
            "The Who",
            "Of",
        ),
        *(
            "Institute for the Study of the Very Long Names That Some Few Organizations Have Given Themselves",
        ),
        *("- Ø - Ł -", "X" * 200, "क ख ग घ ङ च छ", "研", "Zeta & -- Söhne", "ab " * 66),
    ],
)
def test_name_of_a_record_is_a_query_that_finds_it(db, name):
    it = make_organization(name, slug="it", names=[f"Another {name[:100]}"], summary_en="What it is.")
    other = make_organization("Minus tower b", slug="other", summary_en="R 2 D 2 C 3 P O of the who.")
    make_agreement("Deal", partners=[it, other])

    for query in (name, name.upper(), fold(name), f"  {name}  "):
        assert slugs("partners", query)[0] == "it", query
    assert slugs("partners", f"another {fold(name[:100])}") == ["it"]


def test_title_as_long_as_a_title_can_be_finds_its_record(db):
    longest = max(model._meta.get_field(title).max_length for model, title in TITLES)
    assert longest <= LONGEST_QUERY
    title = ("word " * 100)[: longest - 4] + "last"
    cite(make_organization(cited=False), source=make_source(title, slug="it"))

    assert slugs("sources", title) == ["it"]


def test_phrase_ends_with_its_text(db):
    make_partner("Oak", slug="oak", legal_name="Ridge", summary_en="Laboratory of", summary_nl="the woods")

    assert slugs("partners", "oak ridge laboratory woods") == ["oak"]
    for phrase in ("oak ridge", "ridge laboratory", "of the", "oak laboratory", "oak | ridge"):
        assert slugs("partners", f'"{phrase}"') == []


# Format characters, variation selectors and the like, and apostrophes.
UNSEEN = sorted(
    {chr(code) for code in range(0xFFFF) if unicodedata.category(chr(code)) == "Cf"}
    | set("\ufe0f\u034f\u3164'’ʻ")
)

texts_of_any_kind = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(list("ßﬁ½İ™e\u0301 ℌŁ-")))
)


# The order of what is found


def ranked(listing: str, query: str) -> list[str]:
    search = LISTINGS[listing].base_filters["q"]
    bring_up_to_date()
    rows = search.filter(LISTINGS[listing].everything(), query)
    return list(rows.order_by(*search.ranking(query), "slug").values_list("slug", flat=True))


def test_the_word_itself_comes_before_words_that_begin_so_and_says_why(db):
    """ "MOU" is the beginning of "Mountain View", and more: a type of agreement."""
    for name, city, agreement_type in [
        ("Alpha", "Mountain View", "contract"),
        ("Beta", "Seattle", "mou"),
        ("Gamma", "Mountain View", "mou"),
    ]:
        party = make_organization(name, slug=name.lower(), city=city)
        make_agreement(f"Deal {name}", agreement_type=agreement_type, partners=[party])

    assert ranked("partners", "mou") == ["beta", "gamma", "alpha"]
    matches = PartnerListing.base_filters["q"].explain("mou", ["alpha", "beta", "gamma"])
    assert {slug: [reason.text for reason in match.reasons] for slug, match in matches.items()} == {
        "alpha": ["Mountain View"],
        "beta": ["MOU"],
        "gamma": ["MOU"],
    }


def test_legal_name_is_a_name(db):
    """It may share no word with the name that everybody uses, as that of IBM."""
    make_partner("IBM", slug="ibm", legal_name="International Business Machines Corporation")
    make_partner("International Corporation", slug="other", summary_en="It makes business machines.")

    for query in ("International Business Machines Corporation", "internationalbusinessmachinescorporation"):
        assert ranked("partners", query)[:1] == ["ibm"]


def test_reason_is_given_in_the_language_of_the_reader(db):
    make_partner("Alpha", slug="alpha", summary_en="Young.", summary_nl="Een start-up.", ownership="startup")
    search = PartnerListing.base_filters["q"]

    (reason,) = search.explain("start-up", ["alpha"])["alpha"].reasons
    assert (str(reason.label), reason.text) == ("Ownership", "Start-up")
    (reason,) = search.explain("een", ["alpha"])["alpha"].reasons
    assert reason.text == "Een start-up."


@pytest.mark.parametrize(
    ("listing", "query"),
    [
        ("partners", "partners in Texas"),
        ("partners", "Texas partner"),
        ("laboratories", "labs in Texas"),
        ("laboratories", "laboratories Texas"),
        ("agreements", "agreements with Texas"),
        ("events", "events Texas"),
        ("sources", "sources about Texas"),
    ],
)
def test_what_all_rows_are_called_asks_for_nothing_beside_other_words(db, listing, query):
    """Every row is one, and those that have the word besides are no better."""
    doe = make_organization("Lead", slug="doe", type="government")
    make_programme(lead=doe)
    for number in (1, 2):
        lab = make_organization(
            f"Place {number}", slug=f"lab-{number}", type="facility", parent=doe, city="Texas"
        )
        partner = make_partner(f"Texas Firm {number}", slug=f"firm-{number}")
        make_agreement(f"Texas deal {number}", slug=f"deal-{number}", laboratories=[lab], partners=[partner])
        make_event(f"Texas day {number}", slug=f"event-{number}")
        cite(partner, source=make_source(f"Texas paper {number}", slug=f"source-{number}"))
    Organization.objects.filter(slug="firm-1").update(summary_en="A partnership.")

    assert sorted(slugs(listing, query)) == sorted(slugs(listing, "Texas"))
    assert len(slugs(listing, "Texas")) > 1


def test_each_step_of_the_order_comes_before_the_next(db):
    """The same as the law above, in words."""
    beside = make_partner("Beside", slug="g-beside")
    make_agreement("Deal", slug="beside", partners=[beside], summary_en="A big oak.")
    make_partner("Other", slug="f-elsewhere", summary_en="A big oak.")
    tied = make_partner("Tied", slug="f-tied")
    make_agreement("On an oak", slug="tied", partners=[tied], mission_areas=[make_mission_area("Big")])
    make_partner("Oaks of old", slug="e-some-words", city="Big Town")
    make_organization("Also", slug="d-other-name", names=["The Oak, the Big one"])
    make_partner("The big black oak", slug="c-words")
    make_partner("Big Oaks", slug="b-beginning")
    make_partner("Zeta", slug="a-acronym", names=[("BIG OAK", "acronym")])
    make_partner("Big Oak", slug="a-name")
    make_agreement("Deal", partners=[Organization.objects.get(slug="d-other-name")])

    expected = [
        "a-acronym",
        "a-name",
        "b-beginning",
        "c-words",
        "d-other-name",
        "e-some-words",
        "f-elsewhere",
        "f-tied",
        "g-beside",
    ]
    assert ranked("partners", "big oak") == expected


@pytest.mark.parametrize("query", ["", " ", "&", "-oak", '-"big oak"'])
def test_nothing_wanted_is_no_order(query):
    assert PartnerListing.base_filters["q"].ranking(query) == []


# Why a row was found


def written(pieces) -> str:
    return "".join(piece.text for piece in pieces)


def test_reason_says_what_the_text_is_to_the_row(db):
    lab = make_organization("Fern Laboratory", names=[("FRN", "acronym")], type="facility")
    alpha = make_organization(
        "Alpha Beta",
        slug="alpha",
        legal_name="Alpha Holding",
        names=[("ABX", "acronym"), "Gamma"],
        sectors=[make_sector("Quantum computing", name_nl="Kwantum")],
        summary_en="Maker of éclairs.",
        summary_nl="Bakker van soezen.",
    )
    make_agreement("Moss programme", title_nl="Mosprogramma", partners=[alpha], laboratories=[lab])

    def shown(pieces) -> str:
        return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)

    def match(query: str) -> Match:
        return select("partners", query).matches(["alpha"])["alpha"]

    def reasons(query: str) -> list[tuple[str, str]]:
        return [(str(reason.label), shown(reason.pieces)) for reason in match(query).reasons]

    assert reasons("alpha") == reasons('"alpha beta"') == []
    assert reasons("abx") == reasons("alpha ab abx") == [("Also known as", "[ABX]")]
    assert reasons("holding") == [("Legal name", "Alpha [Holding]")]
    assert reasons("eclair") == reasons("beta eclair") == []
    assert shown(match("beta eclair").heading) == "Alpha [Beta]"
    assert shown(match("beta eclair").summary) == "Maker of [éclairs]."
    assert reasons("soezen") == [("Summary", "Bakker van [soezen].")]
    assert reasons("quant") == [("Sector", "[Quantum] computing")]
    assert reasons("moss") == [("Agreement", "[Moss] programme")]
    assert reasons("mosprogramma") == [("Agreement", "[Mosprogramma]")]
    assert reasons("fern") == [("Laboratory", "[Fern] Laboratory")]
    assert reasons("frn") == [("Laboratory", "[FRN]")]
    assert reasons("moss gamma beta") == [("Also known as", "[Gamma]"), ("Agreement", "[Moss] programme")]


def test_reasons_cost_no_more_queries_for_more_rows(db):
    lab = make_organization("Lab", type="facility")

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            person = make_organization(
                f"P{number}", slug=f"p{number}", names=["Oak"] * (number % 2), summary_en="Oak."
            )
            make_agreement(f"Agreement {number}", partners=[person], laboratories=[lab])

    def cost(query: str) -> int:
        selection = select("partners", query)
        found = list(selection.rows.values_list("slug", flat=True))
        with CaptureQueriesContext(connection) as queries:
            selection.matches(found)
        return len(queries)

    fill(0, 3)
    queries = ("p1", "oak", "agreement", "oak lab", "zz", "", "-oak")
    few = [cost(query) for query in queries]
    fill(3, 20)

    of_agreements = len([text for text in PARTNER_TEXTS.related if text.weight == TIED])
    assert few[:2] == [1, 1]
    assert max(few[2:4]) <= 1 + 1 + of_agreements
    assert few[4:] == [0, 0, 0]
    assert [cost(query) for query in queries] == few


@given(texts_of_any_kind, st.data())
def test_marks_change_no_letter_and_stand_on_whole_words(text, data):
    words = fold(text).split() or ["x"]
    terms = [SearchTerm(word) for word in data.draw(st.lists(st.sampled_from(words), max_size=3))]

    marked = Marked(text, terms)

    assert written(marked.pieces()) == text
    assert marked.met == {term for term in terms if term.words in fold(text).split() or fold(text)}
    for piece in marked.pieces():
        if not piece.marked:
            assert not set(fold(piece.text).split()) & {term.words for term in terms} or "½" in text


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Große Straße 1", "strass", "Große [Straße] 1"),
        ("Große Straße 1", '"grosse strasse"', "[Große Straße] 1"),
        ("ﬁne caﬁe\u0301s", "cafie", "ﬁne [caﬁe\u0301s]"),
        ("Cafe\u0301 au", "cafe", "[Cafe\u0301] au"),
        ("Łódź, Łódź", "lodz", "[Łódź], [Łódź]"),
        ("X-PRIZE™ and X", '"x prize"', "[X-PRIZE]™ and X"),
        ("X-PRIZE and X", '"x prize"', "[X-PRIZE] and X"),
        ("a half: ½ cup", '"1 2 cup"', "a half: [½ cup]"),
        ("<b>bold</b>", "bold", "<b>[bold]</b>"),
        ("unquantum quantum", "quant", "unquantum [quantum]"),
        ("İstanbul", "istanbul", "[İstanbul]"),
        ("日本電気 株式", "日本", "[日本]電気 株式"),
        ("東京情報研究所", "情報研", "東京[情報研]究所"),
        ("หอสมุดแห่งชาติ", "สมุด", "หอ[สมุด]แห่งชาติ"),
        ("क्षेत्रीय अनुसंधान", "अनुस", "क्षेत्रीय [अनुसंधान]"),
        ("Max\u00admwellsche Firma", "maxmwell", "[Max\u00admwellsche] Firma"),
        ("An O’Neill Co", "oneill", "An [O’Neill] Co"),
    ],
)
def test_mark_stands_in_the_text_as_it_is_written(text, query, expected):
    pieces = Marked(text, parse(query).wanted).pieces()

    assert "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces) == expected


def test_long_text_is_shown_around_its_matches():
    text = f"{'start ' * 40}first oak {'middle ' * 40}a ridge {'end ' * 40}".strip()
    pieces = Marked(text, parse("oak ridge").wanted).excerpt()
    shown = written(pieces)

    assert [piece.text for piece in pieces if piece.marked] == ["oak", "ridge"]
    assert shown.startswith("… start ") and shown.endswith(" end …") and " … " in shown
    assert len(shown) < len(text) / 2
    assert all(part.strip() in text for part in shown.split("…"))
    assert written(Marked(text, parse("start").wanted).excerpt()).startswith("start start ")
    assert written(Marked("A short oak.", parse("oak").wanted).excerpt()) == "A short oak."


def test_row_shows_its_marks_and_its_reason():
    pieces = Marked("<i>Oak & Co", parse("oak").wanted).pieces()
    match = Match(pieces, [], [Reason("Also known as", pieces), Reason("Sector", [Piece("Trees")])])

    html = " ".join(render_to_string("partners/_why.html", {"match": match}).split())

    assert "Why: Also known as: &lt;i&gt;<mark>Oak</mark> &amp; Co · Sector: Trees" in html
    assert render_to_string("partners/_why.html", {"match": Match(pieces)}).strip() == ""
    assert render_to_string("partners/_why.html", {}).strip() == ""


# What may have been meant


def suggestions(query: str, listing: str = "partners") -> list[str]:
    return [text for text, _link in select(listing, query).suggestions]


@pytest.fixture
def firms(db):
    make_partner(
        "NVIDIA", names=["Green Giant"], sectors=[make_sector("Quantum computing", name_nl="Kwantum")]
    )
    make_partner("Amazon Web Services", names=[("AWS", "acronym")])
    make_partner("C 3 P O Robotics")
    make_partner(
        "OpenAI", summary_en="A supercomputer, with a list of clouds.", summary_nl="Een rekenwonder."
    )
    lab = make_organization("Oak Ridge National Laboratory", type="facility")
    make_agreement("Deal", partners=[make_organization("Émile", slug="emile")], laboratories=[lab])
    make_event("NIST joins", summary_en="Claude and Copilot.")


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("nvida", "NVIDIA"),
        ("NVIDAI", "NVIDIA"),
        ("open ia", "OpenAI"),
        ("c3po robotic", "C 3 P O Robotics"),
        ("amazn web services", "Amazon Web Services"),
        ("nvida gmbh", "NVIDIA"),
        ("gren gaint", "Green Giant"),
        ("quantm", "quantum"),
        ("quantumcomputing", "Quantum computing"),
        ("oak rige", "oak ridge"),
        ("oakridge", "oak ridge"),
        ("webservices amazon", "web services amazon"),
        ("emille", "Émile"),
        ("supercmputer", "supercomputer"),
        ('"oak rige" -nvidia', "oak ridge -nvidia"),
        ('nvida -"big oak" -a-b', 'NVIDIA -"big oak" -"a b"'),
    ],
)
def test_misspelt_word_leads_to_what_was_meant(firms, query, meant):
    assert suggestions(query)[0] == meant


@pytest.mark.parametrize(
    "query", ["NIST", "Claude", "claude", "Copilot", "LISD", "cloudz", "bist", "rekenwonde"]
)
def test_other_word_is_not_taken_for_a_misspelt_one(firms, query):
    """It stands elsewhere in the directory, or no word of the page's language is likelier."""
    assert suggestions(query) == []


@pytest.mark.parametrize("query", ["rare earths", "samba nova", "bay area", "ara ofx"])
def test_a_guess_alone_is_offered_only_where_it_is_a_name(firms, query):
    """Where other words were left out, a word of a sentence and a small word are not what was meant."""
    make_event("Race to the areas", summary_en="In Nov, and for all of them.")
    make_partner("Sentences", summary_en="Areas are raced in november.")

    assert suggestions(query) == suggestions(query, "events") == []


def test_suggestion_is_in_the_language_of_the_page(firms):
    assert suggestions("kwantun") == suggestions("rekenwondr") == []
    with translation.override("nl"):
        assert suggestions("kwantun") == ["Kwantum"]
        assert suggestions("rekenwondr") == ["rekenwonder"]
        assert suggestions("nvida") == ["NVIDIA"]


@pytest.mark.parametrize("query", ["nvidia", "nvid", "web services", "supercomputer", "quantum", "oak"])
def test_nothing_is_suggested_above_good_hits(firms, query):
    make_partner("Nvidie one")
    make_partner("Nvidie two", summary_en="Superconputer, quantun and ook.")

    assert slugs("partners", query)
    assert suggestions(query) == []


def test_every_suggestion_finds_rows(firms):
    for query in (
        "nvida",
        "open ia",
        "oak rige",
        "amazn",
        "quantm comput",
        "x",
        "zzzzzz",
        "aw",
        "nvidia -nvidia",
    ):
        found = suggestions(query)
        assert len(found) <= MOST_SUGGESTED
        for other in found:
            assert select("partners", other).found.is_good


def test_every_suggestion_finds_rows_that_the_other_filters_leave(firms):
    def suggested(**others) -> list[str]:
        parameters = QueryDict(urlencode({"q": "nvida"} | others))
        return [text for text, _link in Selection(PartnerListing, parameters).suggestions]

    assert suggested(type="company") == ["NVIDIA"]
    assert suggested(sector="quantum-computing") == ["NVIDIA"]
    assert suggested(exclude_sector="quantum-computing") == suggested(type="nonprofit") == []


@pytest.mark.parametrize("query", ["", "&", "-nvida", "zzzzzzz", "NVIDIA", "a" * 200, "%", "qq"])
def test_nothing_is_suggested_where_nothing_is_near(firms, query):
    assert suggestions(query) == []


def test_hidden_word_is_never_suggested(firms):
    make_organization("Krypton", publication_state="draft", names=["Xenonite"], summary_en="Zirconium.")
    make_agreement("Palladium", publication_state="in_review", summary_en="Rhodium.")
    make_event("Osmium", publication_state="withheld")
    make_source("Iridium")

    for word in ("krypton", "xenonite", "zirconium", "palladium", "rhodium", "osmium", "iridium"):
        for listing in LISTINGS:
            assert suggestions(word[:-1] + "x", listing) == []


@pytest.mark.parametrize("state", ["draft", "in_review", "withheld", "published"])
@pytest.mark.parametrize("listing", ["partners", "sources"])
def test_word_of_hidden_records_only_is_as_unknown_as_one_of_none(db, state, listing):
    """What is suggested in place of a word must not tell whether it stands in what is being prepared."""
    cite(make_partner("Iridian works of art"), source=make_source("Iridian report"))
    make_organization("Iridiam", publication_state=state, cited=False)
    make_event("Iridiam", publication_state=state)
    cite(
        make_organization("Other", slug="other", publication_state=state, cited=False),
        source=make_source("Iridiam"),
    )

    assert suggestions("iridiam", listing) == ([] if state == "published" else ["iridian"])


@pytest.mark.parametrize("name", ["-minus tower", 'Say "cheese', "a -b tower", "Zeta & -- Söhne"])
def test_suggested_name_is_a_query_that_finds_it(db, name):
    make_partner(name, slug="it")
    once, twice = fold(name) + "q", fold(name).replace("e", "", 1) + "q"

    # Two mistakes are too many in a name of seven letters.
    for typed in (once, twice) if name != "a -b tower" else (once,):
        (found,) = suggestions(typed)[:1]
        assert slugs("partners", found) == ["it"]


def test_suggestions_follow_the_data(firms):
    assert suggestions("kripton") == []
    make_partner("Krypton")
    assert suggestions("kripton") == ["Krypton"]


def test_suggestion_of_a_title_comes_before_one_of_another_text(db):
    make_partner("Alpha", summary_en="A meadowland of sorrel.")
    assert suggestions("medowland") == ["meadowland"]

    make_partner("Meadowland")
    assert suggestions("medowland") == ["Meadowland"]


def test_words_are_taken_apart_by_one_query_however_long_they_are(firms):
    def cost(query: str) -> int:
        bring_up_to_date()
        with CaptureQueriesContext(connection) as queries:
            PartnerListing.base_filters["q"].suggestions(query)
        return len(queries)

    assert cost("abcdefgh" * 30) < cost("abcdefgh") == cost("abcdefgh" * 3)


def test_suggestions_cost_as_many_queries_however_many_words_are_near(firms):
    def cost(query: str) -> int:
        bring_up_to_date()
        with CaptureQueriesContext(connection) as queries:
            PartnerListing.base_filters["q"].suggestions(query)
        return len(queries)

    queries = ("nvida", "nvida opnai gren", " ".join(f"zq{n}x" for n in range(40)))
    few = [cost(query) for query in queries]
    for number in range(30):
        make_partner(f"Nvidi{number} quantum", slug=f"p{number}")

    # More words than a few are not misspelt, but something else.
    assert few == [7, 9, 2]
    assert [cost(query) for query in queries] == few


def test_labelled_queries_find_what_they_mean(db, capsys):
    load_dataset(SHIPPED)
    first, five, missed = [], [], []

    def judge(listing: str, query: str, meant: list[str]) -> None:
        found = ranked(listing, query)
        if not found and meant:
            found = [slug for other in suggestions(query, listing)[:1] for slug in ranked(listing, other)]
        hits = len(set(found[:5]) & set(meant))
        first.append(found[:1] == [] if not meant else found[0] in meant if found else False)
        five.append(hits / min(5, len(meant)) if meant else float(not found))
        if not first[-1] or five[-1] < 1:
            missed.append(f"{listing} {query!r}: {found[:5]}, meant {meant}")

    for labelled in (LABELLED, MISSPELT):
        for listing, queries in labelled.items():
            for query, meant in queries.items():
                judge(listing, query, meant)

    at_1, at_5 = sum(first) / len(first), sum(five) / len(five)
    with capsys.disabled():
        print(
            f"\n{len(first)} labelled queries: recall@1 {at_1:.3f}, recall@5 {at_5:.3f}", *missed, sep="\n  "
        )
    assert len(first) >= 80
    assert at_1 >= 0.95
    assert at_5 == 1.0


# Folding, and the columns it fills


@given(texts_of_any_kind)
def test_fold_is_folded_once_and_for_all(text):
    assert fold(fold(text)) == fold(text) == fold(text.upper().casefold().upper())
    for letter in fold(text):
        # Of marks only those that are part of their letter are left.
        assert letter == " " or letter.isalnum() or unicodedata.category(letter)[0] == "M"


@given(st.text(alphabet="abé東ก", min_size=1), st.data())
def test_what_nobody_sees_ends_no_word(text, data):
    place = data.draw(st.integers(0, len(text)))
    unseen = data.draw(st.sampled_from(UNSEEN))

    assert fold(text[:place] + unseen + text[place:]) == fold(text)


@pytest.mark.parametrize("mark", "™℠ⓇⓡⒸⓒ🅪🅫🅬®©℗")
def test_mark_of_trade_belongs_to_no_name(mark):
    assert fold(f"Acme{mark}") == fold(f"{mark}Acme") == "acme"
    assert fold(f"Acme{mark}Labs") == "acme labs"
    assert alike(f"Acme{mark} Labs") == alike("Acme Labs")
    assert fold_with_places(f"Acme{mark} Labs") == ("acme labs", [0, 1, 2, 3, 4, 6, 7, 8, 9])


def test_one_record_is_found_however_its_name_is_written(db):
    make_partner("Max\u00admwellsche O’Neill-Stra\u200bßenbau", slug="it")

    for query in (
        "maxmwellsche",
        "Maxmwell",
        "o'neill",
        "ONEILL",
        "oʻneill",
        "o`neill",
        "strassen",
        "Straßenbau",
    ):
        assert slugs("partners", query) == ["it"], query


@pytest.mark.parametrize(
    "name", ["東京情報研究所", "한국과학기술연구원", "หอสมุดแห่งชาติ", "ဗဟိုစာကြည့်တိုက်", "ガスタービン", "第3研究所"]
)
def test_any_run_of_a_name_without_spaces_is_found(db, name):
    make_partner(name, slug="it")
    make_partner("Other", slug="other", names=["電気 東京 사람 กา"])
    letters = [cluster for _, cluster in clusters(name)]

    for start in range(len(letters) - 1):
        for end in range(start + 2, len(letters) + 1):
            assert "it" in slugs("partners", "".join(letters[start:end]))
    assert slugs("partners", name) == slugs("partners", f'"{name}"') == ["it"]
    assert slugs("partners", f'"{"".join(reversed(letters))}"') == []


@pytest.mark.django_db(transaction=True)
def test_keys_of_another_folding_are_written_anew():
    partner = make_partner("東京", names=["O’Neill"], summary_en="दिल्ली")
    stored = Organization.objects.filter(pk=partner.pk).values("name_key", "search_text")
    right = stored.get()
    stored.update(name_key="東京", search_text=" 東京 | द ल ल ")
    OrganizationName.objects.update(value_key="o neill")
    FacetTerm.objects.filter(facet="folding").update(value="1")

    triggers.install()

    assert stored.get() == right == {"name_key": "東 京", "search_text": " 東 京 | दिल्ली "}
    assert_columns_are_filled()
    assert FacetTerm.objects.get(facet="folding").value.startswith(f"{FOLDING_VERSION} ")


@given(texts_of_any_kind)
def test_every_folded_letter_knows_where_it_comes_from(text):
    folded, places = fold_with_places(text)

    assert folded == fold(text)
    assert len(places) == len(folded)
    assert places == sorted(places)
    for letter, start in zip(folded, places, strict=True):
        cluster = next(cluster for place_of_it, cluster in clusters(text) if place_of_it == start)
        assert letter == " " or letter in fold(cluster)


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

    # An older state of the tables gets the triggers of the code that knows it.
    call_command("migrate", "partners", "0002", verbosity=0, drop_journal=True)
    call_command("migrate", "partners", verbosity=0)

    assert triggers() == before
    assert_columns_are_filled()
    assert Organization.objects.get(slug="oeuvre").search_text == " oeuvre | what oeuvre is "
