"""What spreadsheet programs do to the texts they open: refused with the cell and the reason, and nothing legitimate lost."""

import csv
import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from partners.exchange.spreadsheet import apply, plan
from partners.exchange.spreadsheet.cells import CellKind, FileCell
from partners.exchange.spreadsheet.damage import damage_to
from partners.formats.xlsx import escaped, unescaped
from partners.models import Agreement, Organization
from partners.nouns import AGREEMENT, PARTNER
from partners.tables.definitions import TABLES
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.records import make_agreement, make_organization
from tests.test_applying import download, refusal, said, taken_back

many_examples = examples(100)
(ORGANIZATIONS,) = (table for table in TABLES if table.name == "organizations")
CITY, ESTABLISHED = ORGANIZATIONS.column("city"), ORGANIZATIONS.column("established")


def damage(old: str, new: str, column=CITY, kind: CellKind = CellKind.TEXT) -> str:
    return damage_to(column, old, new, FileCell(new, kind))


# What only a program does

# As Excel, LibreOffice and Google write them in fifteen languages.
ERRORS = """
#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! #UNKNOWN! #ERROR! Err:502
Fout:508 Fehler:522 #NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #N/B #WAARDE! #VERW! #NAAM? #GETAL! #LEEG! #DEEL/0! #OVERLOOP!
#VALEUR! #NOM? #NOMBRE! #NUL! #¡NULO! #¡DIV/0! #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #N/D #VALORE! #RIF! #NOME? #NULLO!
#VALOR! #NÚM! #NULO! #ДЕЛ/0! #ЗНАЧ! #ССЫЛКА! #ИМЯ? #ЧИСЛО! #Н/Д #BRAK #ARG! #NAZWA? #LICZBA! #ADR! #SAKNAS! #VÄRDEFEL!
#REFERENS! #NAMN? #OGILTIGT! #I/T #VÆRDI! #PUUTTUU! #ARVO! #YOK #DEĞER! #HIÁNYZIK #ÉRTÉK! #NÉV? #名前?
"""

PROGRAMS = {
    "number": [
        *(
            ("005930", "5930"),
            ("1E5", "100000"),
            ("1E5", "1.00E+05"),
            ("1.10", "1.1"),
            ("+5", "5"),
            ("50%", "0.5"),
        ),
        *(
            ("1,234", "1234"),
            ("1234", "1,234"),
            ("1.234", "1234"),
            ("3/4", "0.75"),
            ("(5)", "-5"),
            ("$5", "5"),
        ),
        *(
            ("1234567890123456789", "1.23457E+18"),
            ("1234567890123456789", "1234567890123450000"),
            ("7", "7.0"),
        ),
        *(("+31201234567", "31201234567"), ("1e-3", "0.001"), ("1 000", "1000")),
        *(("5-", "-5"), ("1 1/2", "1.5"), ("3 1/4", "3,25"), ("Infinity", "inf"), ("1e400", "inf")),
        *(("1e400", "1.79769313486232E+308"), ("1e-400", "0"), ("-1e999", "-inf")),
    ],
    "date or time": [
        *(
            ("1-2", "2-Jan"),
            ("1-2", "2026-01-02"),
            ("1/2", "01.02.2026"),
            ("SEPT2", "2-Sep"),
            ("MAR1", "1-Mar"),
        ),
        *(
            ("MARCH1", "01-Mar"),
            ("DEC1", "2026-12-01"),
            ("3/4", "4-Mar"),
            ("1-2", "46024"),
            ("OCT4", "4. Okt"),
        ),
        *(
            ("1-2", "2 januari 2026"),
            ("2-1-3", "02/01/2003"),
            ("Mar 20", "2020-03-01 00:00:00"),
            ("1.2", "1. Feb"),
        ),
        *(("1:30", "01:30:00"), ("1:30", "0.0625"), ("12:30", "12:30 PM")),
        *(("16:9", "16:09:00"), ("4:3", "04:03:00 AM"), ("1:2:3", "01:02:03"), ("5pm", "05:00:00 PM")),
        *(("5 p.m.", "17:00"), ("12 AM", "00:00:00"), ("MAR1", "1. Mrz"), ("2025-12", "Dec-25")),
    ],
    "truth value": [
        ("true", "TRUE"),
        ("TRUE", "True"),
        ("True", "TRUE"),
        ("Delft", "FALSE"),
        ("true", "WAAR"),
        ("Delft", "ONWAAR"),
        ("Delft", "WAHR"),
    ],
    "calculated as a formula": [("=1+1", "2"), ("-a", "0"), ("@x", "5")],
    "error": [("Delft", error) for error in ERRORS.split()] + [("2025-12-18", "########")],
    "mark by which programs tell text": [("'t Hof", "t Hof"), ("Delft", "'Delft"), ("007", '="007"')],
    "programs read as nothing": [("NA", ""), ("N/A", "")],
    "for nothing": [("", "NaN"), ("", "null")],
    "by their number": [("one\ntwo", "one_x000D_\ntwo"), ("_x0041_", "_x005F_x0041_")],
    "as a page writes them": [("AT&T", "AT&amp;T"), ("Café", "Caf&eacute;")],
    "quotes of the file": [('The "A" Firm', 'The ""A"" Firm'), ('"A" Firm', '"""A"" Firm"')],
    "signs where letters stood": [
        *(
            ("Łódź", "?ód?"),
            ("東京", "??"),
            ("Café X", "Caf? X"),
            ("a – b", "a ? b"),
            ("2020–2025", "2020?2025"),
        ),
        *(
            ("Müller", "M_ller"),
            ("Müller", "M¿ller"),
            ("Müller GmbH", "Mller GmbH"),
            ("São Paulo", "So Paulo"),
        ),
        *(("Łódź", "Łód\ufffd"), ("Zoë and Café", "Zo? and Caf? too"), ("👩‍🔬 Lab", "????? Lab")),
    ],
    "another encoding": [
        *(("Café", "CafÃ©"), ("Łódź", "ÅÃ³dÅº"), ("“A” – B", "â€œAâ€\x9d â€“ B"), ("Café", "CafÃƒÂ©")),
        *(("Zoë and Café", "ZoÃ« und CafÃ©"), ("Café", "CafÈ"), ("Café", "CafΘ"), ("Café", "Caf├⌐")),
        *(
            ("東京情報研究所", "東京情報研究所".encode().decode("gbk", "replace")),
            ("Delft", "䐀攀氀昀琀"),
            ("à", "Ã"),
        ),
        *(("Müller", "M³ller"), ("ÅÄÖ", "┼─Í"), ("Łódź", "£ódŸ"), ("שלום", "ùìåí"), ("العربية", "ÇáÚÑÈíÉ")),
        *(("東京", "“Œ‹ž"), ("ไทยแลนด์", "ไทยแลนด์".encode().decode("cp874", "replace"))),
        ("العربية", "العربية".encode().decode("cp1256", "replace")),
        *(
            ("Москва", "РњРѕСЃРєРІР°"),
            ("Москва", "Москва".encode("cp1251").decode("latin-1")),
            ("Café", "Caf+AOk-"),
        ),
    ],
    "cut after": [("x" * 300, "x" * 255), ("é" * 300, "é" * 127), ("a " * 200, "a " * 127)],
}


@pytest.mark.parametrize("reason", PROGRAMS)
def test_what_only_a_program_does_is_refused_with_the_reason(reason):
    for old, new in PROGRAMS[reason]:
        assert reason in damage(old, new), (old, new)


# What people do
PEOPLE = [
    *(
        ("Delft", "Gent"),
        ("", "Delft"),
        ("Delft", ""),
        ("", "007"),
        ("", "TRUE Foundation"),
        ("7203", "7204"),
        ("", "NA"),
    ),
    *(("Cafe", "Café"), ("CafÃ©", "Café"), ("Caf?", "Café"), ("CafÈ", "Café"), ("РњРѕСЃРєРІР°", "Москва")),
    *(
        ("caffé", "CAFFÈ"),
        ("Café", "Cafe"),
        ("Who pays…", "Who pays?"),
        ("“Why”", "Why?"),
        ("a -- b", "a — b"),
    ),
    *(
        ('"A"', "“A”"),
        ("(c) A", "© A"),
        ("5 May", "5 June"),
        ("1-2", "2-1"),
        ("_x000D_", ""),
        ("one\ntwo", "one\n\ntwo"),
        ("one  two", "one two"),
        ("one two", "one\ntwo"),
        ("AT&amp;T", "AT&T"),
    ),
    *(
        ("São Paulo", "SÃO PAULO"),
        ("Ärzte", "Ärzte e.V."),
        ("Ísland", "Iceland"),
        ("x" * 300, "x" * 200),
        ("A", "#hashtag"),
    ),
    *(
        ("Max Planck", "Max-Planck"),
        ("3M", "3M Company"),
        ("1-2", "1-3"),
        ("1E5", "1E6"),
        ("A", ""),
        ("700", "0700"),
        ("100000", "1E5"),
        ("0.75", "3/4"),
        ("2-Sep", "SEPT2"),
        ("Рига", "Рёмер"),
    ),
    *(
        ("Marvel", "Mar"),
        ("Zoé”", "Zoé?"),
        ("Nan", "Nan, Thailand"),
        ("A;B", "A,B"),
        ("#A", "A"),
        ("¿Qué", "¿Qué?"),
        ("東京 Tokyo", "Tokyo"),
        ("“Œ‹ž", "東京"),
        ("ÇáÚÑÈíÉ", "العربية"),
        ("Où ça", "Où ça ?"),
        ("Café", "Caf"),
        ("50%", "51%"),
        ("16:9", "16:10"),
        ("5pm", "5 pm"),
        ("1 1/2", "1½"),
        ("Delft", "#METOO"),
        ("", "VERO"),
        ("", "C#"),
    ),
]


@pytest.mark.parametrize(("old", "new"), PEOPLE)
def test_what_people_do_is_taken(old, new):
    assert damage(old, new) == ""


WORDS = st.text(st.sampled_from("aeostné ÄöüßłŁøč’–“”"), min_size=1, max_size=20).map(str.strip)
SCRIPTS = WORDS | st.text(st.characters(min_codepoint=0x400, max_codepoint=0x45F), min_size=2, max_size=12)
SCRIPTS |= st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=12)
MISTAKEN = [
    "cp1252",
    "latin-1",
    "mac_roman",
    "cp437",
    "cp850",
    "cp1250",
    "cp1251",
    "koi8-r",
    "gbk",
    "shift_jis",
    "big5",
]


@many_examples
@given(SCRIPTS, st.sampled_from(MISTAKEN), st.sampled_from(["replace", "ignore"]), st.integers(1, 2))
def test_utf_8_that_was_taken_for_anything_else_is_refused_and_can_be_repaired(text, encoding, errors, times):
    spoiled = text
    for _time in range(times):
        spoiled = spoiled.encode().decode(encoding, errors)
    assume(not text.isascii() and not spoiled.isascii() and spoiled.strip() == spoiled)
    assume(times == 1 or encoding not in ("gbk", "shift_jis", "big5"))

    assert "encoding" in damage(text, spoiled)
    assert damage(spoiled, text) == ""


@many_examples
@given(WORDS, st.sampled_from(["ascii", "cp437", "iso8859-2", "cp1252"]))
def test_letters_that_an_encoding_lacks_are_missed(text, encoding):
    spoiled = text.encode(encoding, "replace").decode(encoding)
    assume(any(old.isalpha() for old, new in zip(text, spoiled, strict=True) if new == "?"))

    assert "encoding" in damage(text, spoiled)


@many_examples
@given(
    st.lists(st.sampled_from(["_x0041_", "_x", "x005F_", "_", "x0041_"]) | st.text(max_size=2)).map("".join)
)
def test_escapes_of_a_workbook_are_read_as_they_are_written(text):
    assert unescaped(escaped(text)) == text


def test_escapes_are_read():
    assert unescaped("a_x000D_b_x005F_x0041_c_xd83d__xDE00_") == "a\rb_x0041_c😀"
    assert escaped("_x0041_ x0041_ _X0041_") == "_x005F_x0041_ x0041_ _X0041_"


# In files

# Names that a spreadsheet takes for something else, and that are names all the same.
ODD_NAMES = [
    *(
        "007",
        "1-2",
        "TRUE",
        "True",
        "NA",
        "N/A",
        "#N/A",
        "#hashtag",
        "1E5",
        "=1+1",
        "-5",
        "+5",
        "@home",
        "3/4",
        "SEPT2",
    ),
    *(
        "'quoted",
        "_x0041_",
        "_x000D_",
        "50%",
        "1,234",
        "2026-01-02",
        "null",
        "Łódź",
        "אבג",
        "a;b",
        '"A" & B',
        "????",
    ),
]


@pytest.fixture(scope="module")
def odd(db):
    """Partners whose names and cities a spreadsheet takes for something else."""
    partners = [
        make_organization(name, slug=f"odd-{number}", city=name, established=1990, cited=False)
        for number, name in enumerate(ODD_NAMES)
    ]
    make_agreement("Deal", partners=partners, announced_date=datetime.date(2025, 12, 18))


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_odd_names_come_back_as_they_went(odd, tmp_path, shape):
    path = download(tmp_path, shape=shape)
    made = plan(path)
    assert (made.changes, made.problems.kept, made.left.kept) == ([], [], [])

    if shape == "xlsx":
        openpyxl.load_workbook(path)
        for row in (book := openpyxl.load_workbook(path)).worksheets[0].iter_rows(min_row=2):
            for cell in row:
                typed(cell)
        book.save(path)
        assert said(path).startswith("Changed 0 cells")


def typed(cell) -> None:
    """As a program types a cell whose text says the same either way."""
    if cell.value in ("TRUE", "-5"):
        cell.value = {"TRUE": True, "-5": -5}[cell.value]


def in_workbook(folder: Path, noun, key: str, **cells) -> Path:
    """A workbook with some cells of one record changed; a pair is a value and its type."""
    path = download(folder, noun, "xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    (row,) = (row for row in sheet.iter_rows(min_row=2) if key in [cell.value for cell in row][:1])
    for name, value in cells.items():
        cell = row[head.index(name)]
        cell.value, data_type = value if isinstance(value, tuple) else (value, "")
        cell.data_type = data_type or cell.data_type
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"city": ("#N/A", "e")}, "line {row}, city: '#N/A' is an error of the spreadsheet"),
        ({"established": ("#REF!", "e")}, "established: '#REF!' is an error"),
        ({"city": True}, "city: 'TRUE' is a truth value, in a column of text"),
        ({"city": 5.5}, "city: '5.5' is a number, in a column of text"),
        ({"city": datetime.date(2026, 1, 2)}, "city: '2026-01-02' is a date or time, in a column of text"),
        ({"name": "\u200b"}, "name: '\\u200b' is empty; a value is required"),
        (
            {"city": "a\u202eb"},
            "city: 'a\\u202eb' holds the invisible character U+202E (RIGHT-TO-LEFT OVERRIDE)",
        ),
    ],
)
def test_cell_of_a_workbook_is_named(odd, tmp_path, cells, says):
    text = refusal(in_workbook(tmp_path, PARTNER, "odd-0", **cells))

    row = int(text.partition("line ")[2].partition(",")[0])
    assert says.format(row=row) in text
    assert f"{row} of sheet Organizations, odd-0)" in text


def test_days_before_march_1900_are_not_guessed(odd, tmp_path):
    path = in_workbook(tmp_path, AGREEMENT, "deal", announced_date=datetime.date(1900, 1, 15))
    assert "announced_date: '1900-01-15' is a date before 1 March 1900" in refusal(path)

    Agreement.objects.filter(slug="deal").update(announced_date=datetime.date(1899, 12, 31))
    assert "Changed 0 cells" in said(download(tmp_path, AGREEMENT, "xlsx"))
    with taken_back():
        apply(plan(in_workbook(tmp_path, AGREEMENT, "deal", announced_date="1899-12-30")))


def test_dates_of_the_other_system_are_refused(odd, tmp_path):
    Agreement.objects.filter(slug="deal").update(announced_date=datetime.date(2025, 12, 18))
    path = in_workbook(tmp_path, AGREEMENT, "deal", announced_date=datetime.date(2029, 12, 19))
    assert "four years and a day" in refusal(path)

    path = in_workbook(tmp_path, AGREEMENT, "deal", announced_date=datetime.date(2025, 12, 20))
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path)
    assert "counts the days from 1904" in refusal(path)


def test_merged_cells_are_refused_with_their_range(odd, tmp_path):
    path = download(tmp_path, shape="xlsx", query="columns=organization,city,row_version")
    book = openpyxl.load_workbook(path)
    book.worksheets[1].merge_cells("A1:B2")
    book.save(path)
    assert "Changed 0 cells" in said(path)

    book.worksheets[0].merge_cells("B3:B4")
    book.save(path)
    assert "sheet Organizations, B3:B4: merged cells" in refusal(path)


def test_returns_by_their_number_are_none(odd, tmp_path):
    Organization.objects.filter(slug="odd-0").update(summary_en="One.\nTwo.")
    path = in_workbook(tmp_path, PARTNER, "odd-0", summary_en="One._x000D_\nTwo._x000D_")

    assert "Changed 0 cells" in said(path)


SHORT = "columns=organization,city,row_version"


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]], start: str = "") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(start)
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("empty", ["", " ", "\u200b\xa0"])
def test_empty_columns_and_rows_mean_nothing(odd, tmp_path, empty):
    path = download(tmp_path, query=SHORT)
    rows = [[row[0], empty, *row[1:], empty, empty] for row in rows_of(path)]
    write(path, [*rows, [empty] * 6, [empty]])

    assert "Changed 0 cells" in said(path)


def test_cell_without_a_name_is_refused(odd, tmp_path):
    path = download(tmp_path, query=SHORT)
    rows = [[row[0], "", *row[1:], ""] for row in rows_of(path)]
    rows[1][1] = "lost"

    assert (
        "line 2: 'lost' stands in a column without a name. Allowed: columns of the download. (column B)"
        in refusal(write(path, rows))
    )


def test_line_that_names_a_separator_is_named(odd, tmp_path):
    path = download(tmp_path, query=SHORT)
    for sign in ",;":
        assert "line 1: it names a separator" in refusal(write(path, rows_of(path), f"sep={sign}\r\n"))
        download(tmp_path, query=SHORT)


def test_mojibake_is_refused_cell_by_cell_with_how_to_open_the_file(odd, tmp_path):
    path = download(tmp_path, query=SHORT)
    path.write_bytes(path.read_bytes().decode("cp1252", "replace").encode())

    text = refusal(path)

    number = ODD_NAMES.index("Łódź")
    assert "city: 'Å\ufffdÃ³dÅº' is the present text in the letters of another encoding" in text
    assert f"(column B, odd-{number})" in text
    assert "65001: Unicode (UTF-8)" in text
