"""What a package lacks: columns and tables that came after it was written, or that somebody has left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from partners.exchange.package.layout import SHEETS


@dataclass
class Gaps:
    """The names of the tables of which a package has no file, and of the columns that a file of it does not have."""

    tables: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self):
        return bool(self.tables or self.columns)

    def lines(self) -> Iterator[str]:
        """Each table of the gaps in words, in the order of the package."""
        for sheet in SHEETS:
            if sheet.name in self.tables:
                yield f"{sheet.name}: the whole table"
            elif names := self.columns.get(sheet.name):
                yield f"{sheet.name}: the column{'s' if len(names) > 1 else ''} {', '.join(names)}"
