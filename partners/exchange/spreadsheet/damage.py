"""What only a program can have done to a cell: spreadsheets take texts for numbers, dates, formulas or other letters.

Each test looks at the text that stands in the directory and at the one of the file, and gives the reason to refuse the
change. What a person may have meant passes: typographic quotes, dashes and signs that a program puts while one types.
"""

import datetime
import html
import re
from collections.abc import Callable

from partners.exchange.spreadsheet.cells import CellKind, FileCell
from partners.exchange.spreadsheet.encodings import decoded_wrongly, lost_letters
from partners.exchange.spreadsheet.readings import is_date_of, is_number_of
from partners.formats.csv import FORMULA_STARTS
from partners.formats.xlsx import unescaped

type_of_test = Callable[[str, str], str]

# Excel writes its errors in the language of whoever opened the file, mostly as capitals between # and ! or ?.
ERROR = re.compile(r"#[^\W\d_a-z][^\Wa-z]*(?:[ /][^\Wa-z]+)*[!?]|#¡[^\Wa-z]+(?:/0)?!|#¿[^\Wa-z]+\?")
# Those of LibreOffice that have a number.
NUMBERED_ERROR = re.compile(r"(?:Err|Erro|Error|Fehler|Fout|Fel|Fejl) ?:5[0-9]{2}")
# And those without a mark at their end: in English, German, Dutch, Spanish and Portuguese, Nordic and Slavic languages.
ERRORS = frozenset(
    [
        "#N/A",
        "#GETTING_DATA",
        "#NV",
        "#N/B",
        "#N/D",
        "#I/T",
        "#NA",
        "#BRAK",
        "#YOK",
        "#PUUTTUU",
        "#HIÁNYZIK",
        "#НД",
        "#Н/Д",
        "#REF",
        "#NUM",
        "#VALUE",
        "#NAME",
    ]
)
TRUE_AND_FALSE = frozenset(
    ["TRUE", "FALSE", "WAAR", "ONWAAR", "WAHR", "FALSCH", "VRAI", "VERDADERO", "VERDADEIRO"]
)
# These are names as well.
TRUTH_VALUES = TRUE_AND_FALSE | {"FAUX", "FALSO", "VERO"}
# What programs write for nothing. "NA" and "None" are names of their own.
NOTHINGS = frozenset(["nan", "NaN", "NaT", "<NA>", "null", "NULL", "undefined"])
# What programs for statistics read as nothing; one of them is Namibia.
TAKEN_FOR_NOTHING = frozenset(["NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "None", "#N/A", "<NA>"])
# Lengths at which programs cut a text: dBASE and old Excel, and Excel today.
CUT_AT = frozenset([254, 255, 256, 32_766, 32_767])
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# Workbooks of the other date system are this many days apart.
DAYS_BETWEEN_SYSTEMS = datetime.timedelta(1_462)

LOST = (
    "has signs where letters stood: the file was saved in an encoding that lacks them. Save it as “CSV UTF-8”, or take "
    "the XLSX file"
)
CLEARED = "is empty where a text stood that programs read as nothing. Keep the text, or take it away in curation if that was meant"
AS_TEXT = "Mark the cell as text and write it again; what was meant so all the same is changed in curation"


def damage_to(column, old: str, new: str, cell: FileCell) -> str:
    """Why a cell that says `new` where `old` stands cannot be what a person wrote, or "".

    `cell` is the one of the file, of which `new` was made.
    """
    if cell.kind is CellKind.ERROR or is_error(new):
        return "is an error of the spreadsheet and no value. Write the value itself"
    if cell.kind is CellKind.DATE_SINCE_1904 and column.datatype == "date":
        return (
            "is a date in a workbook that counts the days from 1904, which moves dates by four years. Switch that off "
            "in the options of the workbook, or write the date as text, such as 2025-12-18"
        )
    if cell.kind is CellKind.EARLY_DATE and column.datatype == "date":
        return "is a date before 1 March 1900, on which programs disagree by a day. Write it as text, such as 1899-12-31"
    if column.datatype == "date" and is_shifted(old, new):
        return (
            "is four years and a day from what stands there, as a workbook that counts from 1904 moves dates"
        )
    if column.datatype == "date" and not ISO_DAY.fullmatch(new) and is_date_of(old, new):
        return (
            f"is {old} as a program writes days, which could be another day elsewhere. Give the column the format "
            "YYYY-MM-DD before the file is saved, or take the XLSX file"
        )
    if column.vocabulary or column.references or column.datatype not in ("string", "anyURI"):
        return ""
    if not new:
        return CLEARED if old in TAKEN_FOR_NOTHING else ""
    if is_cut_off(old, cell.text):
        return f"is the present text, cut after {len(cell.text):,} characters. Write it whole"
    if reason := next((reason for test in TESTS if (reason := test(old, new))), ""):
        return reason
    return "" if cell.kind is CellKind.TEXT else f"is {cell.kind.value}, in a column of text. {AS_TEXT}"


def is_error(text: str) -> bool:
    """Whether a program writes this where it has no value: an error, or signs for what its column was too narrow for."""
    if text in ERRORS or ERROR.fullmatch(text) or NUMBERED_ERROR.fullmatch(text):
        return True
    return len(text) > 2 and not text.strip("#")


def is_word_for_nothing(old: str, new: str) -> bool:
    """Whether an empty cell now holds a word that statistics programs write for a missing value, such as "NA"."""
    return not old and new in TAKEN_FOR_NOTHING


def is_shifted(old: str, new: str) -> bool:
    """Whether two dates are as far apart as the two ways in which workbooks count days."""
    try:
        apart = datetime.date.fromisoformat(old) - datetime.date.fromisoformat(new)
    except ValueError:
        return False
    return abs(apart) == DAYS_BETWEEN_SYSTEMS


def is_cut_off(old: str, new: str) -> bool:
    """Whether a program kept as much of a text as it can hold: in characters, or as it counts them itself."""
    lengths = {len(new), len(new.encode("utf-16-le")) // 2, len(new.encode())}
    return len(new) < len(old) and old.startswith(new) and not lengths.isdisjoint(CUT_AT)


def truth_value(old: str, new: str) -> str:
    stood = old.casefold() in ("true", "false")
    if new in TRUE_AND_FALSE or stood and (new in TRUTH_VALUES or new.casefold() == old.casefold()):
        return f"is a truth value, in a column of text. {AS_TEXT}"
    return ""


def number(old: str, new: str) -> str:
    if is_number_of(old, new):
        return f"is {old!r} taken for a number. {AS_TEXT}"
    if old.startswith(FORMULA_STARTS) and is_number_of(new, new) and not is_number_of(old, old):
        return f"is {old!r} calculated as a formula. {AS_TEXT}"
    return ""


def date(old: str, new: str) -> str:
    return f"is {old!r} taken for a date or time. {AS_TEXT}" if is_date_of(old, new) else ""


def apostrophe(old: str, new: str) -> str:
    if old and (old == f"'{new}" or new in (f"'{old}", f'="{old}"')):
        return "has lost or got the mark by which programs tell text. Write the text as it stood"
    return ""


def nothing(old: str, new: str) -> str:
    return "is what a program writes for nothing. Leave the cell empty" if not old and new in NOTHINGS else ""


def escapes(old: str, new: str) -> str:
    text = unescaped(new)
    if text != new and text.split() == old.split():
        return "holds characters by their number, as a workbook writes them. Write the text as it stood"
    if html.unescape(new) == old:
        return "holds characters as a page writes them. Write the text as it stood"
    return ""


def quotes(old: str, new: str) -> str:
    doubled = old.replace('"', '""')
    if new != old and new in (doubled, f'"{doubled}"', f'"{old}"') and '"' in doubled:
        return "has the quotes of the file in it. Write the text as it stood"
    return ""


def encoding(old: str, new: str) -> str:
    if lost_letters(old, new):
        return LOST
    if decoded_wrongly(old, new):
        return (
            "is the present text in the letters of another encoding: the file was not opened as UTF-8. Download it "
            "again, and open it in Excel by Data > From Text/CSV with “65001: Unicode (UTF-8)”, in LibreOffice with "
            "the character set Unicode (UTF-8); or take the XLSX file"
        )
    return LOST if new.count("\ufffd") > old.count("\ufffd") else ""


TESTS: tuple[type_of_test, ...] = (
    *(encoding, truth_value, number, date, apostrophe, nothing, escapes, quotes),
)
