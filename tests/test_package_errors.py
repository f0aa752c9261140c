"""A bad package is refused as a whole, and every mistake is named with its file, line, column, value and what is allowed."""

import csv
import subprocess
import sys

import pytest
from django.core.management import CommandError

from partners.exchange.package import SHIPPED
from partners.exchange.package.layout import SHEET_OF, SHEETS
from partners.exchange.package.rules import RULES
from partners.models import LoadedRow, Organization
from partners.vocabularies import AgreementStatus
from tests.packages import (
    copy_shipped,
    dump_dataset,
    line_of,
    load_dataset,
    number_of,
    read_table,
    spoil,
    write_table,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """The shipped package, in which no record was renamed yet, with one that was."""
    package = copy_shipped(tmp_path)
    renamed = {"kind": "organization", "slug": "once", "now": "nvidia", "name": "Once", "since": "2026-11-26"}
    write_table(package, "former_addresses", [renamed])
    return package


def refused(folder) -> list[str]:
    """The problems for which a package is refused; nothing of it may have been saved."""
    with pytest.raises(CommandError) as error:
        load_dataset(folder)
    heading, *problems = str(error.value).splitlines()
    assert heading.startswith(f"{folder} cannot be loaded")
    assert heading.endswith("Nothing was saved.")
    assert error.value.returncode == 1
    assert not Organization.objects.exists()
    assert not LoadedRow.objects.exists()
    return problems


def columns_that(condition) -> dict[str, list]:
    """The columns of each sheet that meet a condition."""
    found = {sheet.name: [column for column in sheet.columns if condition(sheet, column)] for sheet in SHEETS}
    return {name: columns for name, columns in found.items() if columns}


def spoil_columns(folder, wanted: dict[str, list], text: str) -> dict[str, tuple]:
    """Put a text into all those columns of the first row of each sheet. Returns sheet and column by place."""
    places = {}
    for name, columns in wanted.items():
        line = spoil(folder, name, **{column.name: text for column in columns})
        places |= {f"{name}.csv:{line}: {column.name}: ": (SHEET_OF[name], column) for column in columns}
    return places


def told(folder, wanted: dict[str, list], text: str):
    """What is said of each of those columns when all of them hold a text, with its sheet and column."""
    places = spoil_columns(folder, wanted, text)
    problems = refused(folder)
    for place, (sheet, column) in places.items():
        yield "\n".join(problem for problem in problems if problem.startswith(place)), sheet, column


def test_unknown_terms_are_refused_in_every_vocabulary(folder):
    wanted = columns_that(lambda sheet, column: column.vocabulary)

    for text, _, column in told(folder, wanted, "nonsense"):
        assert "value 'nonsense': is not a term" in text
        assert text.endswith("allowed: " + ", ".join(column.vocabulary.values))


@pytest.mark.parametrize(
    "date", ["2025-02-30", "20251218", "18-12-2025", "2025-W51-4", "2025-12-18T00:00", "soon"]
)
def test_bad_dates_are_refused_in_every_column(folder, date):
    wanted = columns_that(lambda sheet, column: column.datatype == "date")

    for text, _, _ in told(folder, wanted, date):
        assert f"value '{date}': is not a date; allowed: a day of the calendar as YYYY-MM-DD" in text


@pytest.mark.parametrize("number", ["1977.0", "01977", "1 977", "MCMLXXVII", "१९७७", "1" * 30])
def test_bad_integers_are_refused(folder, number):
    wanted = columns_that(lambda sheet, column: column.datatype == "integer")

    for text, _, _ in told(folder, wanted, number):
        assert f"value '{number}': is not a whole number; allowed: digits, such as 1977" in text


@pytest.mark.parametrize(
    "address", ["www.example.org", "javascript:alert(1)", "https://", "https://a b.org/"]
)
def test_bad_addresses_are_refused_in_every_column(folder, address):
    wanted = columns_that(lambda sheet, column: column.datatype == "anyURI")

    for text, _, _ in told(folder, wanted, address):
        assert f"value '{address}': is not" in text
        assert "allowed: " in text


def test_too_long_values_are_refused_in_every_column_and_cut_in_the_message(folder):
    def limited(sheet, column):
        return sheet.fields[column.name].max_length and not column.vocabulary and column.datatype == "string"

    for text, sheet, column in told(folder, columns_that(limited), "x" * 6000):
        limit = sheet.fields[column.name].max_length
        assert text.endswith(f"(6000 characters): has 6,000 characters; allowed: at most {limit:,}")
        assert len(text) < 200


@pytest.mark.parametrize("empty", ["", " \u200b\xa0"])
@pytest.mark.parametrize("is_first", [True, False], ids=["first column", "others"])
def test_empty_values_are_refused_where_one_is_required(folder, is_first, empty):
    """Not all at once: a row in which nothing stands means nothing."""
    wanted = columns_that(lambda sheet, column: column.required and (column is sheet.columns[0]) is is_first)

    for text, _, _ in told(folder, wanted, empty):
        assert "value '': is empty; a value is required" in text


def test_dangling_references_are_refused_in_every_column(folder):
    wanted = columns_that(lambda sheet, column: column.references)

    for text, _, column in told(folder, wanted, "nobody"):
        assert f"value 'nobody': is not in {column.references}.csv; allowed: " in text


def test_dangling_reference_names_the_keys_of_a_short_table(folder):
    line = spoil(folder, "organizations", sectors="ai-models;nobody")

    (problem,) = refused(folder)

    sectors = ", ".join(row["sector"] for row in read_table(folder, "sectors"))
    assert problem == (
        f"organizations.csv:{line}: sectors: value 'nobody': is not in sectors.csv; allowed: {sectors}"
    )


@pytest.mark.parametrize(
    "items", ["ai-models;ai-models", "ai-models;", "ai-models; hpc-systems", "ai models"]
)
def test_bad_lists_are_refused(folder, items):
    line = spoil(folder, "organizations", sectors=items)

    (problem,) = refused(folder)

    assert problem.startswith(f"organizations.csv:{line}: sectors: value '{items}': ")
    assert "allowed: " in problem


def test_a_row_of_the_same_key_is_refused_in_every_table(folder):
    expected = []
    for sheet in SHEETS:
        rows = read_table(folder, sheet.name)
        write_table(folder, sheet.name, [*rows, rows[0]])
        expected.append((f"{sheet.name}.csv:{line_of(rows, len(rows))}: ", ", ".join(sheet.table.key)))

    problems = refused(folder)

    for start, key in expected:
        assert any(
            problem.startswith(f"{start}{key}: value ") and "stands on line 2 already" in problem
            for problem in problems
        ), start


def test_a_name_that_is_only_written_in_another_way_is_refused(folder):
    rows = read_table(folder, "organization_names")
    again = rows[0] | {"value": f" {rows[0]['value'].swapcase()}"}
    other = next(row for row in rows if row["organization"] != rows[0]["organization"])
    write_table(folder, "organization_names", [*rows, again, other | {"value": rows[0]["value"]}])

    (problem,) = refused(folder)

    assert problem == (
        f"organization_names.csv:{2 + len(rows)}: value: value {again['value'].strip()!r}: "
        f"is the same name as {rows[0]['value']!r} on line 2; allowed: one of them"
    )


@pytest.mark.parametrize("column", ["ror_id", "wikidata_id"])
def test_an_identifier_of_two_organizations_is_refused(folder, column):
    rows = read_table(folder, "organizations")
    first = next(number for number, row in enumerate(rows) if row[column])
    line = spoil(folder, "organizations", len(rows) - 1, **{column: rows[first][column]})

    (problem,) = refused(folder)

    assert problem == (
        f"organizations.csv:{line}: {column}: value '{rows[first][column]}': "
        f"stands on line {line_of(rows, first)} already; allowed: once in the file"
    )


@pytest.mark.parametrize(
    ("cells", "column", "allowed"),
    [
        ({"organization": "with space"}, "organization", "letters without accents, digits, hyphens and"),
        ({"organization": "accentué"}, "organization", "letters without accents, digits, hyphens and"),
        ({"region_code": "us-CA", "country_code": "us"}, "region_code", "such as US-CA"),
        ({"country_code": "USA", "region_code": ""}, "country_code", "at most 2"),
        ({"country_code": "us", "region_code": ""}, "country_code", "Two capital letters, such as US"),
        ({"wikidata_id": "q95"}, "wikidata_id", "such as Q95"),
        ({"ror_id": "https://ror.org/1"}, "ror_id", "Such as https://ror.org/00njsd438"),
        ({"established": "999"}, "established", "1000 or more"),
        ({"established": "2101"}, "established", "2100 or less"),
        ({"name": "On two\nlines"}, "name", "one line"),
    ],
)
def test_values_against_the_pattern_of_their_column_are_refused(folder, cells, column, allowed):
    line = spoil(folder, "organizations", **cells)

    problems = [
        problem for problem in refused(folder) if problem.startswith(f"organizations.csv:{line}: {column}: ")
    ]

    assert len(problems) == 1
    assert f"value {cells[column]!r}: " in problems[0]
    assert allowed in problems[0].partition("allowed: ")[2]


@pytest.mark.parametrize(
    ("table", "cells", "column", "says"),
    [
        (
            "organizations",
            {"region_code": "US-CA", "country_code": "NL"},
            "region_code",
            "begin with the code",
        ),
        ("organizations", {"region_code": "US-CA", "country_code": ""}, "region_code", "begin with the code"),
        ("organizations", {"parent": "doe", "parent_name": "DOE"}, "parent_name", "not both"),
        (
            "agreements",
            {"effective_date": "2026-01-02", "expiration_date": "2026-01-01"},
            "expiration_date",
            "cannot end before the day it takes effect",
        ),
        (
            "agreements",
            {"signed_date": "2026-01-02", "expiration_date": "2026-01-01"},
            "expiration_date",
            "cannot end before the day it was signed",
        ),
        ("citations", {"event": "executive-order-14363"}, "organization", "exactly one"),
        ("citations", {"organization": "", "agreement": "", "event": ""}, "organization", "exactly one"),
        ("organizations", {"type": ""}, "type", "a published organization needs it"),
        ("organizations", {"summary_en": ""}, "summary_en", "a published organization needs it"),
        (
            "agreements",
            {"agreement_type": "", "publication_state": "published"},
            "agreement_type",
            "needs it",
        ),
        ("agreements", {"summary_en": "", "publication_state": "published"}, "summary_en", "needs it"),
        ("events", {"summary_en": "", "publication_state": "published"}, "summary_en", "needs it"),
    ],
)
def test_rows_that_contradict_themselves_are_refused(folder, table, cells, column, says):
    line = spoil(folder, table, **cells)

    (problem,) = refused(folder)

    value = read_table(folder, table)[0][column]
    assert problem.startswith(f"{table}.csv:{line}: {column}: value {value!r}: ")
    assert says in problem


@pytest.mark.parametrize("target", ["organization", "agreement", "event"])
def test_a_citation_of_no_field_of_its_record_is_refused(folder, target):
    rows = read_table(folder, "citations")
    number = next(number for number, row in enumerate(rows) if row[target] and not row["field"])
    line = spoil(folder, "citations", number, field="slug")

    (problem,) = refused(folder)

    fields = SHEET_OF[f"{target}s"].model.citable_fields
    assert problem.startswith(f"citations.csv:{line}: field: value 'slug': ")
    assert problem.endswith("allowed: " + ", ".join(fields))


@pytest.mark.parametrize("table", ["organizations", "agreements", "events"])
def test_a_published_record_without_a_citation_is_refused(folder, table):
    (key,) = SHEET_OF[table].table.key
    published = next(row[key] for row in read_table(folder, table) if row["publication_state"] == "published")
    citations = [row for row in read_table(folder, "citations") if row[key] != published]
    write_table(folder, "citations", citations)

    (problem,) = refused(folder)

    line = 2 + number_of(folder, table, **{key: published})
    assert problem == (
        f"{table}.csv:{line}: publication_state: value 'published': "
        f"has no row in citations.csv; a published {key} needs a source"
    )


def test_a_published_agreement_without_a_partner_is_refused(folder):
    parties = [row for row in read_table(folder, "agreement_parties") if row["agreement"] != "mou-2025-amd"]
    write_table(folder, "agreement_parties", parties)

    (problem,) = refused(folder)

    line = 2 + number_of(folder, "agreements", agreement="mou-2025-amd")
    assert problem.startswith(
        f"agreements.csv:{line}: publication_state: value 'published': has no partner in "
    )


def test_a_second_programme_is_refused(folder):
    (row,) = read_table(folder, "programmes")
    write_table(folder, "programmes", [row, row | {"programme": "another"}])

    (problem,) = refused(folder)

    assert problem == "programmes.csv:3: programme: value 'another': is a second programme; allowed: one row"


@pytest.mark.parametrize("table", ["organizations", "mission_areas"])
def test_parents_in_a_circle_are_refused(folder, table):
    (key,) = SHEET_OF[table].table.key
    rows = read_table(folder, table)
    for number in range(3):
        spoil(folder, table, number, parent=rows[(number + 1) % 3][key])
    if table == "organizations":
        for number in range(3):
            spoil(folder, table, number, parent_name="")
    a, b, c = (row[key] for row in rows[:3])

    problems = refused(folder)

    assert len(problems) == 3
    assert problems[0].startswith(
        f"{table}.csv:2: parent: value '{b}': leads in a circle: {a} > {b} > {c} > {a}"
    )


def test_a_record_that_is_its_own_parent_is_refused(folder):
    line = spoil(folder, "organizations", parent="accenture", parent_name="")

    (problem,) = refused(folder)

    assert problem.startswith(f"organizations.csv:{line}: parent: value 'accenture': leads in a circle")


def test_a_folder_without_any_table_is_refused(folder):
    for sheet in SHEETS:
        (folder / sheet.file_name).unlink()

    with pytest.raises(CommandError) as error:
        load_dataset(folder)

    files = ", ".join(sheet.file_name for sheet in SHEETS)
    assert str(error.value) == f"{folder} holds no table of a package; allowed: {files}."


def test_one_file_that_is_missing_and_needed_is_the_only_problem(folder):
    (folder / "organizations.csv").unlink()
    names = len(read_table(folder, "organization_names"))

    assert refused(folder) == [
        f"organizations.csv: the file is missing, and {names} rows of organization_names.csv cannot do without it"
    ]


def test_a_published_record_needs_the_file_of_citations(folder):
    (folder / "citations.csv").unlink()

    (problem,) = refused(folder)

    assert problem.startswith("citations.csv: the file is missing, and ")
    assert problem.endswith(" rows of organizations.csv cannot do without it")


def test_a_file_that_is_no_table_is_refused(folder):
    (folder / "sectors.csv").rename(folder / "Sektors.csv")
    (folder / "sources.csv.bak").touch()
    (folder / "._sources.csv").touch()
    (folder / "README.txt").touch()

    problems = refused(folder)

    files = ", ".join(sheet.file_name for sheet in SHEETS)
    assert problems[-1] == (
        f"Sektors.csv: the file is no table of the package; did you mean sectors.csv?; allowed: {files}"
    )


def test_every_column_that_is_part_of_the_key_and_filled_is_needed(folder):
    needed = {
        sheet.name: name for sheet in SHEETS for name in sheet.table.key if sheet.table.column(name).required
    }
    for table, name in needed.items():
        drop_column(folder, SHEET_OF[table], name)

    problems = refused(folder)

    assert [problem.partition("; allowed")[0] for problem in problems] == [
        f"{table}.csv:1: {name}: the column is missing, and no row is known without it"
        for table, name in needed.items()
    ]


def test_a_missing_column_that_new_rows_need_is_told_once(folder):
    drop_column(folder, SHEET_OF["organizations"], "name")

    (problem,) = refused(folder)

    count = len(read_table(folder, "organizations"))
    assert problem == (
        f"organizations.csv:1: name: the column is missing, and what stands for it does not do for {count} rows; "
        "on line 2, '' is empty; a value is required"
    )


def test_a_missing_column_that_published_rows_need_is_told_once(folder):
    drop_column(folder, SHEET_OF["organizations"], "type")

    (problem,) = refused(folder)

    assert problem.startswith(
        "organizations.csv:1: type: the column is missing, and what stands for it does not do"
    )
    assert problem.endswith("is empty; a published organization needs it")


MISSPELLINGS = (
    lambda name: name + name[-1],
    lambda name: name[:-1],
    lambda name: name.title().replace("_", " "),
)


@pytest.mark.parametrize("misspell", MISSPELLINGS, ids=["doubled", "cut", "as a title"])
def test_a_misspelt_column_is_refused_and_the_near_name_suggested(folder, misspell):
    """It is not taken for one that came later, whatever the column; nothing else is blamed."""
    numbers = range(max(len(sheet.names) for sheet in SHEETS))
    for names in ({sheet: sheet.names[number : number + 1] for sheet in SHEETS} for number in numbers):
        told = []
        for sheet in SHEETS:
            lines = (SHIPPED / sheet.file_name).read_text(encoding="utf-8").split("\n", 1)
            header = [misspell(name) if name in names[sheet] else name for name in sheet.names]
            (folder / sheet.file_name).write_text("\n".join([",".join(header), lines[1]]), encoding="utf-8")
            told += [
                f"{sheet.file_name}:1: {misspell(name)}: the column is unknown; did you mean {name}?"
                for name in names[sheet]
            ]

        assert [problem.partition("; allowed: ")[0] for problem in refused(folder)] == told


def drop_column(folder, sheet, name):
    rows = read_table(folder, sheet.name)
    with (folder / sheet.file_name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [each for each in sheet.names if each != name], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def test_unknown_and_repeated_columns_are_refused(folder):
    path = folder / "sectors.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([f"{lines[0]},colour,name_en", *(f"{line},," for line in lines[1:])]), encoding="utf-8"
    )

    assert refused(folder) == [
        "sectors.csv:1: colour: the column is unknown; "
        "allowed: sector, name_en, name_nl, description_en, description_nl",
        "sectors.csv:1: name_en: the column stands here twice; allowed: once",
    ]


def test_ragged_rows_are_refused(folder):
    with (folder / "sectors.csv").open("a", encoding="utf-8") as file:
        file.write("short,Short\nlong,Long,Lang,,,,x\n")

    assert refused(folder) == [
        "sectors.csv:13: the row has 2 cells; allowed: 5, as in the header",
        "sectors.csv:14: the row has 7 cells; allowed: 5, as in the header",
    ]


def test_other_mistakes_are_told_beside_a_ragged_row(folder):
    spoil(folder, "organizations", region_code="DE-BE")
    with (folder / "organizations.csv").open("a", encoding="utf-8") as file:
        file.write("short,Short\n")

    contradiction, ragged = refused(folder)

    assert contradiction.startswith("organizations.csv:2: region_code: value 'DE-BE': ")
    assert ragged == "organizations.csv:55: the row has 2 cells; allowed: 21, as in the header"


def test_lines_are_counted_through_cells_with_several_lines(folder):
    spoil(folder, "organizations", 0, curator_note="One\ntwo\n\nfour")
    line = spoil(folder, "organizations", 1, type="nonsense")

    (problem,) = refused(folder)

    assert line == 6
    assert problem.startswith("organizations.csv:6: type: value 'nonsense': ")


def test_bytes_that_are_not_utf8_are_refused_with_their_column(folder):
    path = folder / "sectors.csv"
    path.write_bytes(path.read_bytes() + "latin,Café,,,\n".encode("latin-1"))

    (problem,) = refused(folder)

    assert problem.startswith("sectors.csv:13: name_en: value 'Caf")
    assert problem.endswith("is not UTF-8: byte 0xe9; allowed: a file saved as UTF-8")


def test_a_file_in_utf16_is_refused_once(folder):
    path = folder / "sectors.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))

    (problem,) = refused(folder)

    assert problem.startswith("sectors.csv:1: the header is not UTF-8")


@pytest.mark.parametrize("character", ["\0", "\x1e", "\x1f", "\x7f", "\x85", "\ufffe"])
def test_control_characters_are_refused(folder, character):
    line = spoil(folder, "organizations", summary_en=f"before{character}after")

    (problem,) = refused(folder)

    assert problem.startswith(f"organizations.csv:{line}: summary_en: value ")
    assert f"holds the control character U+{ord(character):04X}" in problem
    assert character not in problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('huge,"' + "x" * 200_000 + '",,,\n', "field larger than field limit"),
        ("long," * 250_000 + "\n", "a line of more than 1,000,000 characters"),
        ('open,"never closed,,,\nmore,,,,\n', "unexpected end of data"),
        ('quoted,"one"two,,,\n', "',' expected after"),
    ],
)
def test_a_row_that_cannot_be_csv_is_refused(folder, text, says):
    with (folder / "sectors.csv").open("a", encoding="utf-8") as file:
        file.write(text)

    (problem,) = refused(folder)

    assert problem.startswith("sectors.csv:13: the row is not CSV: ")
    assert says in problem
    assert len(problem) < 200


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(folder, text):
    (folder / "programmes.csv").write_text(text)

    (problem,) = refused(folder)

    assert problem.startswith("programmes.csv: the file is empty; allowed: a header of programme, name_en, ")


def test_a_folder_in_place_of_a_file_is_refused(folder):
    (folder / "sectors.csv").unlink()
    (folder / "sectors.csv").mkdir()

    (problem,) = refused(folder)

    assert problem == "sectors.csv: the file cannot be read: Is a directory"


def test_only_the_first_problems_are_shown_and_the_others_counted(folder):
    rows = [row | {"language": "English"} for row in read_table(folder, "sources")]
    write_table(folder, "sources", rows)

    problems = refused(folder)

    assert problems[0].startswith("sources.csv:2: language: value 'English': ")
    assert len(problems) == 201
    assert problems[-1] == f"and {len(rows) - 200} more"


def test_problems_of_all_files_are_told_in_order(folder):
    spoil(folder, "agreements", 5, status="nonsense")
    spoil(folder, "agreements", 2, announced_date="soon", status="")
    spoil(folder, "sources", 9, url="nowhere")

    starts = [problem.partition(": value")[0] for problem in refused(folder)]

    assert starts == [
        "sources.csv:11: url",
        "agreements.csv:4: announced_date",
        "agreements.csv:4: status",
        "agreements.csv:7: status",
    ]


def test_a_bad_package_leaves_earlier_data_alone(folder, tmp_path):
    load_dataset(SHIPPED)
    before = dump_dataset(tmp_path / "before")
    spoil(folder, "organizations", 0, name="Another name")
    spoil(folder, "programmes", 0, lead="nobody")

    with pytest.raises(CommandError):
        load_dataset(folder)

    assert dump_dataset(tmp_path / "after") == before


def test_a_missing_folder_is_said_in_a_sentence(tmp_path):
    (tmp_path / "public.zip").touch()
    with pytest.raises(
        CommandError, match="public.zip is a file. Allowed: a folder that dump_dataset has written"
    ):
        load_dataset(tmp_path / "public.zip")
    with pytest.raises(CommandError, match="^There is no folder .*nowhere.$"):
        load_dataset(tmp_path / "nowhere")


def test_the_command_ends_with_code_1_and_without_a_traceback(tmp_path):
    command = [sys.executable, "manage.py", "load_dataset", str(tmp_path / "nowhere")]

    ended = subprocess.run(  # noqa: S603 - our own command
        command, cwd=SHIPPED.parents[2], capture_output=True, text=True
    )

    assert ended.returncode == 1
    assert ended.stderr == f"CommandError: There is no folder {tmp_path / 'nowhere'}.\n"
    assert ended.stdout == ""


def test_every_rule_of_the_database_is_a_rule_of_the_package():
    """So that it is told by line and column, before anything is written."""
    by_rule = {rule.constraint for rule in RULES}
    elsewhere = {
        "organization_not_its_own_parent",  # circles
        "mission_area_not_its_own_parent",  # circles
        "organization_established_is_a_year",  # limits of the field
        "programme_there_is_one",  # not a column of the package
        "agreement_amount_is_positive",  # limits of the field
        "agreement_amount_has_a_currency",  # required
        *(f"{model}_published_is_complete" for model in ("organization", "agreement", "event")),
    }
    for sheet in SHEETS:
        for constraint in sheet.model._meta.constraints:
            name = constraint.name
            unique = hasattr(constraint, "fields")
            assert unique or name in by_rule | elsewhere or name.endswith("_is_a_term"), name


def test_allowed_terms_follow_the_vocabulary(folder):
    line = spoil(folder, "agreements", status="finished")

    (problem,) = refused(folder)

    assert problem == (
        f"agreements.csv:{line}: status: value 'finished': is not a term of this column; "
        f"allowed: {', '.join(AgreementStatus.values)}"
    )


# What a spreadsheet program adds


def test_empty_columns_and_rows_mean_nothing(folder):
    for sheet in SHEETS:
        path = folder / sheet.file_name
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*(row + ["", ""] for row in rows), [""] * 8, [" ", "\u200b"]])

    load_dataset(folder)

    assert Organization.objects.count() == len(read_table(folder, "organizations")) - 2


def test_other_separator_is_named(folder):
    path = folder / "sectors.csv"
    path.write_bytes(path.read_bytes().replace(b",", b";"))

    assert "sectors.csv:1: the columns are separated by semicolons; allowed: commas" in refused(folder)


def test_row_without_a_key_is_no_parent_of_those_without_one(folder):
    line = spoil(folder, "organizations", organization="")

    assert not [problem for problem in refused(folder) if "leads in a circle" in problem]
    assert f"organizations.csv:{line}: organization: value '': is empty; a value is required" in refused(
        folder
    )
