"""Every file as DuckDB and pandas read it: told nothing but its name, or by the code that the data page shows."""

import datetime
import re
from decimal import Decimal

import duckdb
import pandas
import pytest
from django.db import transaction
from hypothesis import given

from partners.formats.csv import write_csv
from partners.formats.recipes import duckdb_code, pandas_code
from partners.models import Organization
from partners.money import plain_number
from partners.nouns import listed
from partners.tables.columns import in_key_order, read_rows
from partners.tables.definitions import TABLES
from partners.tables.public import public_rows
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.shapes import csv_rows, get, json_pages, raw
from tests.test_file_laws import in_a_list, queries
from tests.worlds import build_world

few_examples = examples(6)
every_noun = pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@pytest.fixture(scope="module", autouse=True)
def world(db):
    """A directory that all tests look at. None of them leaves anything behind."""
    return build_world(8, organizations=60, agreements=70)


def download(folder, noun, shape: str, query: str = "") -> str:
    """The path of a file as somebody has it on disk."""
    file = folder / f"rows.{shape}"
    file.write_bytes(raw(get(noun, shape, query)))
    return str(file)


def datatypes(noun, rows: list[dict]) -> dict[str, str]:
    """The datatypes of the columns in which anything stands: nobody can tell that of an empty one."""
    names = [
        name for name in (rows[0] if rows else ()) if any(row[name] not in ("", [], None) for row in rows)
    ]
    return {name: noun.table.column(name).datatype for name in names}


def as_json(value):
    """What JSON says where a program has this value."""
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return value.isoformat() if isinstance(value, datetime.date) else value


# Told nothing --------------------------------------------------------------------------------------------------------

DUCKDB = {
    "string": "VARCHAR",
    "anyURI": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(17,2)",
    "date": "DATE",
}


@every_noun
def test_duckdb_reads_csv(noun, tmp_path):
    @few_examples
    @given(queries(noun))
    def law(query):
        file = download(tmp_path, noun, "csv", query)
        rows = csv_rows(raw(get(noun, "csv", query)))

        found = duckdb.read_csv(file)

        types = dict(zip(found.columns, map(str, found.types), strict=True))
        assert {name: types[name] for name in datatypes(noun, rows)} == {
            name: DUCKDB[datatype] for name, datatype in datatypes(noun, rows).items()
        }
        texts = [["" if cell is None else str(cell) for cell in row] for row in found.fetchall()]
        assert texts == [list(row.values()) for row in rows]

    law()


@every_noun
def test_duckdb_reads_ndjson(noun, tmp_path):
    @few_examples
    @given(queries(noun))
    def law(query):
        file = download(tmp_path, noun, "ndjson", query)
        rows = json_pages(noun, query)
        if not rows:
            # DuckDB makes a row of an empty file.
            return

        found = duckdb.read_json(file)

        types = dict(zip(found.columns, map(str, found.types), strict=True))
        for name, datatype in datatypes(noun, rows).items():
            column = noun.table.column(name)
            said = re.sub(r"STRUCT\(.*\)", "STRUCT", types[name])
            assert said == ("STRUCT" if column.parts else DUCKDB[datatype]) + "[]" * column.many
        assert [list(map(as_json, row)) for row in found.fetchall()] == [list(row.values()) for row in rows]

    law()


def is_like(frame: pandas.DataFrame, noun, rows: list[dict]) -> bool:
    """Whether pandas has the values of the rows, and numbers as numbers. Of two types it has no noun with gaps."""
    told = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for name, datatype in datatypes(noun, rows).items():
        if datatype == "integer":
            assert frame[name].dtype.kind in "if", name
        else:
            assert frame[name].dtype.kind not in "ifb", name
    return told == rows


@every_noun
def test_pandas_reads_csv(noun, tmp_path):
    @few_examples
    @given(queries(noun))
    def law(query):
        integers = [column.name for column in noun.table.columns if column.datatype == "integer"]
        rows = [
            {name: (int(text) if name in integers else text) if text else None for name, text in row.items()}
            for row in csv_rows(raw(get(noun, "csv", query)))
        ]

        assert is_like(pandas.read_csv(download(tmp_path, noun, "csv", query)), noun, rows)

    law()


@every_noun
def test_pandas_reads_workbooks(noun, tmp_path):
    @few_examples
    @given(queries(noun))
    def law(query):
        rows = [
            {name: in_a_list(cell) or None if isinstance(cell, list) else cell for name, cell in row.items()}
            for row in json_pages(noun, query)
        ]
        frame = pandas.read_excel(download(tmp_path, noun, "xlsx", query))
        for name, datatype in datatypes(noun, rows).items():
            if datatype == "date":
                assert frame[name].dtype.kind == "M"
                frame[name] = frame[name].dt.strftime("%Y-%m-%d")
            elif noun.table.column(name).many and frame[name].dtype.kind in "if":
                # Texts of lists. Where each has one number pandas makes numbers of them.
                texts = frame[name].map(lambda number: plain_number(Decimal(str(number))), na_action="ignore")
                frame[name] = texts.astype(object)

        assert is_like(frame, noun, rows)

    law()


# Told by the data page -----------------------------------------------------------------------------------------------

PANDAS = {"string": "string", "anyURI": "string", "integer": "Int64", "decimal": "Float64"}


@pytest.fixture
def odd(world):
    """Texts that a program takes for something else."""
    odd = {
        "country_code": "NA",
        "region_code": "",
        "ticker": "TRUE",
        "city": "1e5",
        "name": "007",
        "legal_name": "2025-12-18",
    }
    with transaction.atomic():
        Organization.objects.update(**odd)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("filled", [True, False])
@every_table
def test_shown_code_reads_exactly(odd, table, filled, tmp_path):
    path = tmp_path / "it's.csv"
    rows = list(
        read_rows(
            in_key_order(public_rows(table), table) if filled else public_rows(table).none(),
            table.public_columns,
        )
    )
    path.write_text("".join(write_csv(table.public_columns, rows)), newline="")
    expected = [
        [
            cell or None if isinstance(value, str | list | None) else value
            for cell, value in zip(texts, row, strict=True)
        ]
        for texts, row in zip([list(row.values()) for row in csv_rows(path.read_bytes())], rows, strict=True)
    ]

    found = duckdb.sql(duckdb_code(table, str(path)))

    assert [str(type) for type in found.types] == [DUCKDB[column.datatype] for column in table.public_columns]
    assert found.columns == table.column_names
    assert [list(row) for row in found.fetchall()] == expected
    namespace = {}
    exec(pandas_code(table, str(path)), namespace)  # noqa: S102 (the code under test)
    frame = namespace[table.name]
    for column in table.public_columns:
        type = frame[column.name].dtype
        assert type.kind == "M" if column.datatype == "date" else type == PANDAS[column.datatype], column.name
    told = frame.astype(object).where(frame.notna(), None).values.tolist()
    # pandas has no decimals; a float keeps all digits that an amount may have.
    expected = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in expected]
    assert [[cell.date() if hasattr(cell, "date") else cell for cell in row] for row in told] == expected
