"""One rule of text for every way in: form, spreadsheet and package give the same verdict and keep the same text."""

import csv
import unicodedata

import pytest
from django.contrib import admin
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from partners.exchange.package.layout import SHEET_OF
from partners.exchange.package.problems import PackageProblems
from partners.exchange.package.reading import RowCheck
from partners.exchange.spreadsheet import FileError
from partners.exchange.spreadsheet.planning import compare_file
from partners.formats.csv import csv_cell
from partners.models import Organization
from partners.nouns import PARTNER
from partners.texts import FORBIDDEN_CHARACTERS, TRIMMED, fault_of, name_identity, tidy
from tests.curation import change_form, errors
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.records import make_curator, make_organization, make_partner
from tests.shapes import csv_rows, get, raw

many_examples = examples(70)

# What programs, keyboards and forgers put into texts and nobody sees.
STRANGE = (
    "\t\n\r\x0b\x0c\x00\x1b\x7f\x85\xa0\xad\u0301\u034f\u061c\u115f\u1160\u200b\u200c\u200d\u200e\u200f\u2028\u2029"
    "\u202a\u202e\u2060\u2066\u2069\u2800\u3000\u3164\ufe0f\ufeff\uffa0\ufff9\ufffd\uffff\U000e0041\U000e007f\U0001f3f4"
)
WORDS = [
    "Café",
    "Cafe\u0301",
    " ",
    "x",
    "=1",
    "Straßen\xadbau",
    "نامه\u200cای",
    "👩\u200d🔬",
    "ന്\u200d",
    "n" * 99,
]
TEXTS = st.lists(
    st.sampled_from(WORDS)
    | st.sampled_from(STRANGE)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    max_size=5,
).map("".join)
COLUMNS = ("name", "city", "summary_en")


def test_nothing_that_is_printable_is_unreadable():
    """So that most texts need not be searched."""
    assert not any(
        FORBIDDEN_CHARACTERS.search(chr(code)) for code in range(0x110000) if chr(code).isprintable()
    )


@pytest.fixture(scope="module")
def ways(db, tmp_path_factory):
    """The ways in, each a function from a column and a text to what is kept, or None where it is refused."""
    make_partner("Alpha", slug="alpha")
    path = tmp_path_factory.mktemp("texts") / "file.csv"
    request = RequestFactory().get("/")
    request.user = make_curator()
    form_class = admin.site._registry[Organization].get_form(request)
    (row,) = csv_rows(raw(get(PARTNER, "csv", "columns=organization,row_version")))
    sheet = SHEET_OF["organizations"]

    def form(column: str, text: str):
        filled = form_class({"name": "Beta", "slug": "beta", column: text})
        filled.is_valid()
        return None if column in filled.errors else getattr(filled.instance, column)

    def file(column: str, text: str):
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(
                [["organization", column, "row_version"], ["alpha", csv_cell(text), row["row_version"]]]
            )
        try:
            # The cells alone: that a public record needs a text is another rule.
            made = compare_file(path)
        except FileError as error:
            assert f"line 2, {column}" in str(error)
            return None
        if made.problems.count:
            assert made.problems.kept[0].startswith(f"line 2, {column}")
            return None
        kept = getattr(Organization.objects.get(slug="alpha"), column)
        return made.changes[0].after if made.changes else kept

    def package(column: str, text: str):
        problems = PackageProblems()
        cells = ["x" if name in ("organization", "name") else "" for name in sheet.names]
        cells[sheet.names.index(column)] = text
        read = RowCheck(sheet, [], [], problems).row(2, cells)
        told = [problem for problem in problems.kept if problem.place.startswith(f"{column}: ")]
        return None if told else read.cells[sheet.names.index(column)]

    return form, file, package


@pytest.mark.parametrize("column", COLUMNS)
def test_every_way_in_gives_the_same_verdict_and_keeps_the_same(ways, column):
    @many_examples
    @given(TEXTS)
    @example("\u202eAIDIVN")
    @example("\u200b")
    @example("\u3164")
    @example(" \r\n Team Green\xa0")
    @example("one\rtwo")
    def law(text):
        verdicts = {way.__name__: way(column, text) for way in ways}

        assert len(set(verdicts.values())) == 1, verdicts
        assert verdicts["form"] in (None, tidy(text, many_lines=column == "summary_en"))

    law()


@many_examples
@given(TEXTS, st.booleans())
def test_a_tidy_text_is_tidy_and_has_nothing_invisible_around_it(text, many_lines):
    tidied = tidy(text, many_lines=many_lines)

    assert tidy(tidied, many_lines=many_lines) == tidied
    assert unicodedata.is_normalized("NFC", tidied)
    assert not tidied or tidied[0] not in TRIMMED


def test_nothing_invisible_stays_around_a_name():
    for code in (*range(0x10000), *range(0xE0000, 0xE0200)):
        character = chr(code)
        if unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp") and not fault_of(
            character, many_lines=True
        ):
            assert tidy(f"{character}Alpha{character}", many_lines=False) == "Alpha", hex(code)


@pytest.mark.parametrize(
    "text",
    [
        "نامه\u200cای",
        "👩\u200d🔬 Lab",
        "Max\xadwellsche Straßen\xadbau",
        "אבג \u200f(DEF)",
        "ഇന്ത്യന്\u200d",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "❤\ufe0f",
        "!!!",
        "=1+1",
        "007",
    ],
)
def test_what_languages_and_signs_need_stays(text):
    assert tidy(f" {text}\u200b", many_lines=False) == text
    assert fault_of(text, many_lines=False) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\u202eb", "U+202E (RIGHT-TO-LEFT OVERRIDE) at place 2"),
        ("\u2066a", "U+2066 (LEFT-TO-RIGHT ISOLATE) at place 1"),
        ("a\x07", "the control character U+0007 at place 2"),
        ("a\U000e0041", "U+E0041 (TAG LATIN CAPITAL LETTER A) at place 2"),
        ("a\U0001ffff", "U+1FFFF at place 2"),
        ("\u3164", "nothing that can be seen"),
        ("\u0301\ufe0f", "nothing that can be seen"),
        ("\u2800\u2800", "nothing that can be seen"),
        ("one\ntwo", "more than one line"),
    ],
)
def test_a_fault_is_told_by_name_and_place(text, says):
    assert says in str(fault_of(text, many_lines=False))


SAME = [
    ("Team Green", "TEAM  green"),
    ("Café", "CAFE\u0301"),
    ("Straße", "STRASSE"),
    ("Team\u200bGreen", "TeamGreen"),
]
DIFFERENT = [
    *(
        ("C++", "C#"),
        ("!!!", "???"),
        ("Café", "Cafe"),
        ("का", "कि"),
        ("バート", "ハート"),
        ("Team²", "Team2"),
    ),
    *(("A.B", "AB"), ("AT&T", "AT T"), ("Año", "Ano")),
]


def test_names_are_the_same_when_nobody_can_tell_them_apart():
    assert [name_identity(one) == name_identity(other) for one, other in SAME] == [True] * len(SAME)
    assert [name_identity(one) == name_identity(other) for one, other in DIFFERENT] == [False] * len(
        DIFFERENT
    )


@pytest.mark.parametrize(("one", "other"), [SAME[0], SAME[1], ("Team Green", "Team Green ")])
def test_a_second_writing_of_a_name_is_refused_by_the_form(db, admin_client, one, other):
    organization = make_organization(names=[one])
    form = change_form(admin_client, organization)
    form.add_row("names", value=other, type="former")

    (told,) = errors(form.send())["names"]

    assert "the same name" in told or "already exists" in told
    assert organization.names.count() == 1


def test_names_that_were_told_twice_before_the_rule_do_not_stop_another_change(db, admin_client):
    organization = make_organization(names=["Team Green", "TEAM GREEN"])

    assert change_form(admin_client, organization).send(city="Delft").status_code == 302
    organization.refresh_from_db()
    assert organization.city == "Delft"


@pytest.mark.parametrize("model", ["organization", "agreement", "event", "source", "sector", "missionarea"])
def test_no_field_of_a_form_cuts_what_is_pasted(db, admin_client, model):
    assert "maxlength" not in admin_client.get(f"/admin/partners/{model}/add/").content.decode()
