"""The header of a file: which table it is of, and where its columns stand."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from partners.exchange.package.problems import number_with_noun, quoted
from partners.exchange.spreadsheet.cells import FileCell, type_of_rows
from partners.exchange.spreadsheet.problems import FileError, FileProblems
from partners.tables.columns import Table
from partners.tables.definitions import TABLES
from partners.tables.recurring import ROW_VERSION
from partners.texts import tidy


def filled_places(cells: list[FileCell]) -> list[int]:
    """The places of the cells that hold something."""
    return [place for place, cell in enumerate(cells) if tidy(cell.text, many_lines=True)]


def table_of_header(line: str, names: list[str], new_rows: bool) -> Table:
    """The table a header belongs to, told by the key. Raises FileError when a row could not be found again by it.

    `line` says where the header stands. Rows that are all new need no version.
    """
    tables = [table for table in TABLES if table.column_names[-1] == ROW_VERSION]
    for other in TABLES:
        if other not in tables and names == other.column_names:
            raise FileError(
                f"{line}: this is the table {other.name}, whose rows have no version to tell what was changed "
                f"meanwhile. Change them in curation. Allowed here: {', '.join(table.name for table in tables)}."
            )
    table = next((table for table in tables if table.key[0] in names), None)
    if table is None:
        keys = ", ".join(table.key[0] for table in tables)
        raise FileError(
            f"{line}: the header names no key; it begins with {quoted(names[0])}. Allowed: a column {keys}."
        )
    if ROW_VERSION not in names and not new_rows:
        raise FileError(
            f"{line}: the column {ROW_VERSION} is missing, without which nobody can tell whether a row was changed "
            f"meanwhile. Download the file again with all columns, or with {ROW_VERSION} among columns=."
        )
    for number, name in enumerate(names):
        if name not in table.column_names:
            near = difflib.get_close_matches(name[:100], table.column_names, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise FileError(
                f"{line}: {quoted(name)} is no column of {table.name}.{meant} "
                f"Allowed: {', '.join(table.column_names)}."
            )
        if name in names[:number]:
            raise FileError(f"{line}: the column {name} stands here twice. Allowed: once.")
    return table


@dataclass
class Layout:
    """Where the columns of a file stand: the title of its sheet, "" for a CSV file, and its header."""

    title: str
    header: list[str]

    def __post_init__(self):
        self.places = {name: place for place, name in enumerate(self.header) if name}
        self.width = max(self.places.values(), default=-1) + 1

    @property
    def named(self) -> list[str]:
        """The names of the columns that have one."""
        return [name for name in self.header if name]

    @property
    def is_workbook(self) -> bool:
        return bool(self.title)

    def where(self, line: int, place: int) -> str:
        """A cell as a spreadsheet program calls it."""
        letter = get_column_letter(place + 1)
        return f"cell {letter}{line} of sheet {self.title}" if self.is_workbook else f"column {letter}"


def whole_rows(
    rows: type_of_rows, layout: Layout, problems: FileProblems
) -> Iterator[tuple[int, dict[str, FileCell]]]:
    """The rows that hold something, by the names of their columns. Empty columns without a name mean nothing.

    A workbook leaves out empty cells at the end of a row; in a CSV file a row that is short was cut off.
    """
    named = set(layout.places.values())
    for line, cells in rows:
        places = filled_places(cells)
        if not places:
            continue
        nameless = [place for place in places if place not in named]
        if (
            len(cells) < layout.width
            and not layout.is_workbook
            or nameless
            and nameless[-1] >= len(layout.header)
        ):
            text = f"{number_with_noun(len(cells), 'cell')}. Allowed: {layout.width}, as in the header."
            problems.add(line, "", None, text)
        elif nameless:
            text = "stands in a column without a name. Allowed: columns of the download."
            problems.add(line, "", cells[nameless[0]].text, text, layout.where(line, nameless[0]))
        else:
            missing = FileCell("")
            yield (
                line,
                {
                    name: cells[place] if place < len(cells) else missing
                    for name, place in layout.places.items()
                },
            )
