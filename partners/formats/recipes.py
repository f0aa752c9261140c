"""Code of pandas and DuckDB that reads a CSV file of a table with exactly the types of its columns.

Left to themselves both guess types from values. pandas makes decimals of whole numbers with gaps, leaves dates as texts
and takes the country "NA" (Namibia) for nothing; neither can tell the type of a column that is empty throughout.
"""

from partners.tables.columns import Table

PANDAS_TYPES = {"integer": "Int64", "decimal": "Float64", "date": "datetime64[s]"}
DUCKDB_TYPES = {"integer": "BIGINT", "decimal": "DECIMAL(17, 2)", "date": "DATE"}


def pandas_code(table: Table, address: str) -> str:
    """Statements that leave a DataFrame, called as the table; `address` is that of the file, or its path."""
    types = types_of(table, PANDAS_TYPES)
    lines = [
        "import pandas as pd",
        f"{table.name} = pd.read_csv(",
        f"    {address!r},",
        "    dtype='string', keep_default_na=False, na_values=[''],",
        f").astype({types!r})" if types else ")",
    ]
    return "\n".join(lines)


def duckdb_code(table: Table, address: str) -> str:
    """A query for all rows of the file at an address or path."""
    types = types_of(table, DUCKDB_TYPES)
    quoted = address.replace("'", "''")
    exact = f",\n    types = {types!r}" if types else ""
    return f"FROM read_csv('{quoted}',\n    auto_type_candidates = ['VARCHAR']{exact});"


def types_of(table: Table, names: dict[str, str]) -> dict[str, str]:
    """How a program calls the types of the public columns that are no texts."""
    return {
        column.name: names[column.datatype] for column in table.public_columns if column.datatype in names
    }
