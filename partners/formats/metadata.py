"""What a file of a table holds, said for programs: CSV on the Web (W3C, 2015) and Frictionless Table Schema (version 1).

Everything comes from the list of columns, so that a description cannot differ from its file.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import get_language

from partners.languages import in_languages
from partners.tables.columns import SEPARATOR, Column, Table, type_of_cell
from partners.tables.definitions import TABLES


@dataclass(frozen=True)
class Description:
    """A file of a table: its columns in their order, the selection in words, and where and when it was made.

    `address` is that of the CSV file, `ndjson_address` that of the same rows as NDJSON, `page` that for people.
    """

    table: Table
    columns: list[Column]
    title: str
    address: str
    ndjson_address: str
    page: str
    version: str

    @property
    def licence(self) -> str:
        """The licence as an address or a name; empty while none has been stated."""
        return settings.DATA_LICENCE

    @property
    def key(self) -> list[str]:
        """The columns that tell the rows apart; none where the file lacks one of them."""
        names = [column.name for column in self.columns]
        return list(self.table.key) if set(self.table.key) <= set(names) else []


@dataclass(frozen=True)
class Measures:
    """What a whole file can be told by: rows without the header, bytes, and a SHA-256 in hexadecimal."""

    rows: int
    bytes: int
    sha256: str


def measure(
    write: Callable[[list[Column], Iterable[list[type_of_cell]]], Iterator[str]],
    columns: list[Column],
    rows: Iterable[list[type_of_cell]],
    file: BinaryIO | None = None,
) -> Measures:
    """The measures of the file that `write` makes of these rows; written to `file`, or made and kept nowhere."""
    digest, size, counter = hashlib.sha256(), 0, Counter(rows)
    for piece in write(columns, counter):
        raw = piece.encode()
        digest.update(raw)
        size += len(raw)
        if file:
            file.write(raw)
    return Measures(counter.count, size, digest.hexdigest())


class Counter:
    """Hands on what it is given, and knows how much that was."""

    def __init__(self, items: Iterable):
        self.items = items
        self.count = 0

    def __iter__(self) -> Iterator:
        for item in self.items:
            self.count += 1
            yield item


# CSV on the Web ------------------------------------------------------------------------------------------------------


def csvw(description: Description, measures: Measures) -> dict:
    """The file as a CSVW table (https://www.w3.org/TR/tabular-metadata/)."""
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": get_language() or "en"}],
        "@type": "Table",
        "url": description.address,
        "dc:title": description.title,
        "dc:description": strings(description.table.description),
        "dc:source": {"@id": description.page},
        "schema:version": description.version,
        "schema:numberOfItems": measures.rows,
        "schema:contentSize": measures.bytes,
        "schema:sha256": measures.sha256,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "lineTerminators": ["\r\n"]},
        "tableSchema": {"columns": [csvw_column(column) for column in description.columns]},
    }
    if description.key:
        described["tableSchema"]["primaryKey"] = description.key
    if description.licence:
        described["dc:license"] = linked(description.licence)
    return described


def linked(licence: str) -> dict | str:
    return {"@id": licence} if "://" in licence else licence


def strings(text) -> list[dict]:
    """A text as the strings with a language of JSON-LD."""
    return [{"@value": words, "@language": code} for code, words in in_languages(text).items()]


def csvw_column(column: Column) -> dict:
    described = {
        "name": column.name,
        "titles": column.name,
        "dc:title": strings(column.title),
        "dc:description": strings(column.explanation),
        "datatype": csvw_datatype(column),
    }
    if column.many:
        described["separator"] = SEPARATOR
    if column.required:
        described["required"] = True
    if column.vocabulary:
        described["schema:valueReference"] = [
            {"schema:value": term.value, "schema:name": strings(term.label)} for term in column.vocabulary
        ]
    return described


def csvw_datatype(column: Column) -> str | dict:
    if column.datatype == "date":
        return {"base": "date", "format": "yyyy-MM-dd"}
    if column.vocabulary:
        return {"base": "string", "format": "|".join(column.vocabulary.values)}
    return column.datatype


# Frictionless --------------------------------------------------------------------------------------------------------

# The types of Table Schema that have another name than those of CSVW.
TYPES = {"anyURI": "string", "decimal": "number"}


def data_package(description: Description, measures: Measures, lines: Measures) -> dict:
    """The selection as a data package: its CSV file, and beside it the same rows as NDJSON, measured as `lines`.

    A program can check both; the second one is a file to it and no table, since its lists are no texts.
    """
    schema = table_schema(description.table, description.columns)
    return {
        "profile": "data-package",
        "name": description.table.name,
        "title": description.title,
        "homepage": description.page,
        "version": description.version,
        **licences(description.licence),
        "resources": [
            resource(description.table, description.title, description.address, measures, schema),
            {
                "type": "file",
                "name": f"{description.table.name}-ndjson",
                "title": description.title,
                "path": description.ndjson_address,
                "format": "ndjson",
                "mediatype": "application/x-ndjson",
                **measured(lines),
                # What a checker of tables calls rows, it would look for in vain.
                "lines": lines.rows,
            },
        ],
    }


def measured(measures: Measures) -> dict:
    """What a resource says of its file, so that a program can check it."""
    return {
        "encoding": "utf-8",
        "bytes": measures.bytes,
        "hash": f"sha256:{measures.sha256}",
    }


def licences(licence: str) -> dict:
    """What a package says of its licence; nothing while none has been stated."""
    return {"licenses": [{"path" if "://" in licence else "name": licence}]} if licence else {}


def dialect(line_end: str) -> dict:
    """How a CSV file is written."""
    return {"delimiter": ",", "lineTerminator": line_end, "quoteChar": '"', "doubleQuote": True}


def resource(table: Table, title: str, path: str, measures: Measures, schema: dict) -> dict:
    """A CSV file of a table in a package, with the measures by which a program can check it."""
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": title,
        "description": str(table.description),
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        **measured(measures),
        "rows": measures.rows,
        "dialect": dialect("\r\n"),
        "schema": schema,
    }


def table_schema(table: Table, columns: list[Column]) -> dict:
    """The columns of a public file as a Table Schema."""
    return schema_of(table, columns, [schema_field(table, column) for column in columns])


def schema_of(table: Table, columns: list[Column], fields: list[dict]) -> dict:
    """A Table Schema (https://specs.frictionlessdata.io/table-schema/) of columns that are described by `fields`."""
    described = {"fields": fields, "missingValues": [""]}
    if set(table.key) <= {column.name for column in columns}:
        described["primaryKey"] = list(table.key)
    return described


def schema_field(
    table: Table,
    column: Column,
    translated: bool = True,
    joined: str = f"Several values are joined by {SEPARATOR}.",
    limits: dict | None = None,
) -> dict:
    """A column as a field.

    `translated` adds what its title, description and terms are called in every language. `joined` says how a list is
    written. `limits` are constraints beside those that follow from the column.
    """
    text = str(column.explanation)
    described = {"name": column.name, "title": str(column.title)}
    if translated:
        described["titles"] = in_languages(column.title)
    described["description"] = f"{text} {joined}" if column.many else text
    if translated:
        described["descriptions"] = in_languages(column.explanation)
    described["type"] = TYPES.get(column.datatype, column.datatype)
    if column.datatype == "anyURI" and not column.many:
        described["format"] = "uri"
    if translated and column.vocabulary:
        described["categories"] = [
            {"value": term.value, "label": str(term.label), "labels": in_languages(term.label)}
            for term in column.vocabulary
        ]
    if constraints := constraints_of(table, column) | (limits or {}):
        described["constraints"] = constraints
    return described


def constraints_of(table: Table, column: Column) -> dict:
    """What the values of a column obey."""
    limits = {"required": True} if column.required else {}
    if table.key == (column.name,):
        limits["unique"] = True
    if column.vocabulary:
        limits["enum"] = list(column.vocabulary.values)
    return limits


def foreign_keys(table: Table, columns: list[Column]) -> list[dict]:
    """The rows that columns name. A list of keys has no form in Table Schema; its description says what it holds."""
    return [foreign_key(table, column) for column in columns if column.references and not column.many]


def foreign_key(table: Table, column: Column) -> dict:
    (target,) = (other for other in TABLES if other.name == column.references)
    (key,) = target.key
    resource = "" if target is table else target.name
    return {"fields": column.name, "reference": {"resource": resource, "fields": key}}
