"""What a table and its columns are, and how rows are read from the database.

Every file, schema, dictionary and package of the directory is derived from the lists of columns that stand in
`definitions.py` and the files it names. A column is written once and is then everywhere.
"""

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b

from django.db import connection, models
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.languages import DATA_LANGUAGES, columns_for_reader, language_of_page, with_language
from partners.money import plain_number
from partners.tables.joined import BEFORE_LABEL, BETWEEN_VALUES, JoinedText, JoinedTexts, JoinedTextsOfPast
from partners.vocabularies import PUBLISHED, Vocabulary

# Before a text that stands in for one in the language of the page.
ORIGINAL_FOLLOWS = "\x1d"

SEPARATOR = ";"
# What stands for it within a value of a list, so that it always stands between two: the full-width sign in a name,
# its code in an address.
WITHIN_NAME, WITHIN_ADDRESS = "；", "%3B"

# More of them are no quicker to read, and wait in memory.
ROWS_AT_ONCE = 200

# Where public columns are shown beside the dictionary and the files, which have all of them: the page of the record,
# organizations side by side, and the description of the page for machines (schema.org).
PLACES = PAGE, COMPARISON, DESCRIPTION = "page", "comparison", "description"

EDITORIAL = _(
    "Where no citation supports a value, it is our classification: the editors of this directory decided it."
)

# A list of objects, each a row of another table: in files of text each stands as its key, the first of its values.
type_of_object = dict[str, "type_of_cell"]
type_of_cell = str | int | Decimal | datetime.date | list[str] | list[type_of_object] | None


@dataclass(frozen=True)
class Related:
    """Rows that belong to a record, each shown by a code and a label.

    `rows` gives the queryset a reader may see; `owner` is the lookup from it to the record. `parts` are further columns
    of the table of the rows that are read with them.
    """

    rows: Callable[[], QuerySet]
    owner: str
    code: str
    label: str
    parts: tuple["Column", ...] = ()

    def text_of_one(self):
        """The code, the label and the parts of a row, as one text."""
        parts = [
            F(self.code),
            text_for_reader(self.label),
            *(part.expression(public=True) for part in self.parts),
        ]
        texts = [Coalesce(Cast(part, TextField()), Value("")) for part in parts]
        between = [piece for text in texts for piece in (Value(BEFORE_LABEL), text)]
        return JoinedTexts(*between[1:])

    def expression(self):
        """Everything that belongs to the record of the outer query, as one text."""
        joined = JoinedText(self.text_of_one(), Value(BETWEEN_VALUES))
        rows = self.rows().filter(**{self.owner: OuterRef("pk")}).order_by()
        if connection.as_of is not None:
            return JoinedTextsOfPast(rows.annotate(joined_text=self.text_of_one()).values("joined_text"))
        return Subquery(
            rows.values(self.owner).annotate(joined=joined).values("joined"), output_field=TextField()
        )


def text_for_reader(path: str):
    """The text of a related record in the language of the page: a name of it stands beside its code wherever that does.

    Where it has none in that language it is the original, behind `ORIGINAL_FOLLOWS`. What is no text in languages is
    itself.
    """
    in_language, *original = columns_for_reader(path)
    if not original:
        return F(in_language)
    told = Concat(Value(ORIGINAL_FOLLOWS), F(original[0]), output_field=TextField())
    return Case(When(**{in_language: ""}, then=told), default=F(in_language), output_field=TextField())


def told_to_reader(text: str) -> str:
    """What `text_for_reader` gave; marked where it is in another language than the page."""
    if text.startswith(ORIGINAL_FOLLOWS):
        return with_language(text.removeprefix(ORIGINAL_FOLLOWS))
    return text if language_of_page() in DATA_LANGUAGES else with_language(text)


def split_rows(joined: str | None) -> list[list[str]]:
    """The code, label and parts of each row in a text made by `Related`, each once, in the order of the codes."""
    return [row.split(BEFORE_LABEL) for row in sorted(set(joined.split(BETWEEN_VALUES)))] if joined else []


def codes_of(joined: str | None) -> list[str]:
    return [code for code, *_rest in split_rows(joined)]


def labels_of(joined: str | None) -> list[str]:
    return [label for _code, label, *_rest in split_rows(joined)]


def objects_of(parts: tuple["Column", ...]) -> Callable[[str | None], list[type_of_object]]:
    """A function from such a text to its rows as objects: the parts by the names of their columns."""

    def objects(joined: str | None) -> list[type_of_object]:
        return [
            {part.name: part.value(read_text(text, part)) for part, text in zip(parts, texts, strict=True)}
            for _code, _label, *texts in split_rows(joined)
        ]

    return objects


def read_text(text: str, column: "Column"):
    """What the database would give for a cell, from its text."""
    if not text:
        return None
    if column.datatype == "decimal":
        return Decimal(text)
    return datetime.date.fromisoformat(text) if column.datatype == "date" else text


def first_step(model: type[models.Model], path: str) -> models.Field:
    """The field of a model with which a lookup begins."""
    return model._meta.get_field(path.partition("__")[0])


def value_if_public(relation: str, path: str):
    """The value at `path` of a related record, and nothing where that record is not public."""
    return Case(
        When(**{f"{relation}__publication_state": PUBLISHED}, then=text_for_reader(f"{relation}__{path}"))
    )


# Each stands for itself: comparing all that is said of two takes longer than reading a cell.
@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column of a table.

    `path`        where the value stands, as a lookup from the model; the name of the column by default
    `public_value` what the public gets instead of the value at `path` (a rule of publication); a function where that
                  depends on the language of the page
    `convert`     turns what the database gives into what the cell holds
    `related`     the cell holds several values
    `all_related` what a package holds of them, where the public is not told of each
    `datatype`    a CSVW datatype: string, integer, decimal, date, anyURI
    `parts`       what each of several values consists of, where it is an object; its first part is its key
    `vocabulary`  the terms the value is one of
    `references`  the table whose key the value is (or the values are)
    `public`      stands in public files; else for curators only
    `stored`      stands in the data package; else it can be computed from other columns
    `editorial`   the editors of the directory decide it where no citation supports it
    `filled_in`   the directory fills it in where a file has a new row with an empty cell; in a row that is there already
                  an empty cell changes nothing
    `repeats`     the column of another table whose values it repeats, such as "sources.title"
    `not_in`      those of `PLACES` that do not show it, each with the reason
    `made_from`   columns whose cells, as a list, `convert` makes the cell from; nothing else is asked of the database
    """

    name: str
    title: str
    description: str
    path: str = ""
    public_value: object = None
    convert: Callable | None = None
    related: Related | None = None
    all_related: Related | None = None
    datatype: str = "string"
    vocabulary: type[Vocabulary] | None = None
    references: str = ""
    required: bool = False
    public: bool = True
    stored: bool = True
    editorial: bool = False
    filled_in: bool = False
    repeats: str = ""
    made_from: tuple["Column", ...] = ()
    parts: tuple["Column", ...] = ()
    not_in: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def lookup(self) -> str:
        return self.path or self.name

    @property
    def explanation(self) -> str | Promise:
        """Its description, and whose judgement it is."""
        return format_lazy("{} {}", self.description, EDITORIAL) if self.editorial else self.description

    @property
    def many(self) -> bool:
        """Whether a cell holds several values, joined by `;`."""
        return self.related is not None

    def expression(self, public: bool):
        """What to ask the database for."""
        if self.related:
            return (self.related if public else self.all_related or self.related).expression()
        if not public or self.public_value is None:
            return F(self.lookup)
        return self.public_value() if callable(self.public_value) else self.public_value

    def value(self, raw) -> type_of_cell:
        """What the cell holds, from what the database gave: None where nothing is recorded."""
        if raw is None or raw == "":
            return [] if self.many else None
        return self.convert(raw) if self.convert else raw


def as_item(text: str) -> str:
    """A value as it stands in a list.

    >>> as_item("Alpha; Beta Holdings")
    'Alpha； Beta Holdings'
    """
    if SEPARATOR not in text:
        return text
    return text.replace(SEPARATOR, WITHIN_ADDRESS if "://" in text else WITHIN_NAME)


def as_text(value: type_of_cell) -> str:
    """A cell as it stands in a CSV file: dates as ISO 8601, several values joined by `;`, objects by their keys,
    nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(as_item(item if isinstance(item, str) else as_text(item)) for item in value)
    if isinstance(value, dict):
        return as_text(next(iter(value.values())))
    if isinstance(value, Decimal):
        return plain_number(value)
    return value if isinstance(value, str) else str(value)


# The columns of names and titles; a table has one of them.
HEADING_COLUMNS = ("name", "name_en", "title", "title_en")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A noun that leaves or enters as a table. `key` names the columns that tell its rows apart."""

    name: str
    title: str
    description: str
    model: type[models.Model]
    key: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def public_columns(self) -> list[Column]:
        """The columns of public files, in order."""
        return [column for column in self.columns if column.public]

    @property
    def stored_columns(self) -> list[Column]:
        """The columns of the data package, in order."""
        return [column for column in self.columns if column.stored]

    @property
    def column_names(self) -> list[str]:
        """The names of the public columns, in order."""
        return [column.name for column in self.public_columns]

    @property
    def heading(self) -> str:
        """The column of what a row is called."""
        return next(column.name for column in self.columns if column.name in HEADING_COLUMNS)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def row_digest(names: list[str], texts: list[str], size: int) -> str:
    """A hexadecimal digest of `size` bytes, equal for rows that hold the same.

    Empty cells do not count, so that a column that is added changes no digest.
    """
    filled = [f"{name}\x1f{text}" for name, text in zip(names, texts, strict=True) if text]
    return blake2b("\x1e".join(filled).encode(), digest_size=size).hexdigest()


def plain_text(value: type_of_cell) -> str:
    """A cell as text, its line ends as one character: forms of browsers and editors write them in two ways."""
    text = as_text(value)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def in_key_order(rows: QuerySet, table: Table) -> QuerySet:
    """Rows ordered by the bytes of their keys, one part after the other; NULLs sort first."""
    return rows.order_by(*(F(table.column(name).lookup).asc(nulls_first=True) for name in table.key))


# The place of a cell that is made from a whole record.
WHOLE_RECORD = slice(None)


class CellReader:
    """What to ask of the database for the cells of some columns, and how to make the cells from what it gives."""

    def __init__(self, columns: Iterable[Column], public: bool):
        self.public = public
        self.asked: list[object] = []
        self.expressions: list[object] = []
        self.cells = [self.cell(column) for column in columns]

    def cell(self, column: Column) -> tuple[int | slice, Callable]:
        """The place in a record to look at, and a function from what stands there to the cell."""
        if not column.made_from:
            return self.place_of(column), column.value
        parts = [self.cell(part) for part in column.made_from]
        return WHOLE_RECORD, lambda record: column.convert([value(record[place]) for place, value in parts])

    def place_of(self, column: Column) -> int:
        """Where a record holds what a column is read from; the same for the codes and the labels of related rows."""
        wanted = column.related or column
        if wanted not in self.asked:
            self.asked.append(wanted)
            self.expressions.append(column.expression(self.public))
        return self.asked.index(wanted)


def reader_of(columns: Iterable[Column], public: bool) -> CellReader:
    """The reader of some columns for the language of the page; made once, as deriving what to ask for takes a while."""
    return made_reader(tuple(columns), public, language_of_page(), connection.as_of is not None)


@functools.lru_cache(maxsize=200)
def made_reader(columns: tuple[Column, ...], public: bool, _language: str, _of_past: bool) -> CellReader:
    return CellReader(columns, public)


def read_rows(queryset: QuerySet, columns: list[Column], public: bool = True) -> Iterator[list[type_of_cell]]:
    """The cells of each record of `queryset`, in its order, by one query whatever the number of rows.

    Memory does not grow with the rows: they come from the database in pieces.
    """
    reader = reader_of(columns, public)
    cells = reader.cells
    for record in queryset.values_list(*reader.expressions).iterator(chunk_size=ROWS_AT_ONCE):
        yield [value(record[place]) for place, value in cells]


def read_records(queryset: QuerySet, columns: list[Column]) -> list[dict[str, type_of_cell]]:
    """The public cells of each record by the names of their columns: what a page shows is what a file holds."""
    names = [column.name for column in columns]
    return [dict(zip(names, cells, strict=True)) for cells in read_rows(queryset, columns)]


def json_value(value: datetime.date | Decimal) -> str | int | float:
    """How a cell is written that JSON has no type for. An amount has no more digits than a number keeps exactly."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat()
