"""What is wrong with a file: collected, counted, and said in lines a person can act on."""

from dataclasses import dataclass, field

from partners.exchange.package.problems import MOST_PROBLEMS_SHOWN, first_lines, number_with_noun, quoted


class FileError(Exception):
    """A file of which nothing can be applied. Its text says why, one problem a line."""


@dataclass
class FileProblems:
    """The first problems that were found, and how many there are in all."""

    kept: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, value: str | None, text: str, where: str = "") -> None:
        """Note a problem; a `value` of None is not shown. `where` is the place as a spreadsheet program calls it."""
        self.count += 1
        if len(self.kept) < MOST_PROBLEMS_SHOWN:
            place = f", {column}" if column else ""
            shown = f"{quoted(value)} " if value is not None else ""
            self.kept.append(f"line {line}{place}: {shown}{text}{f' ({where})' if where else ''}")

    def lines(self) -> list[str]:
        return first_lines(self.kept, self.count)

    def raise_any(self) -> None:
        """Raise FileError with every problem. Does nothing when there is none."""
        if self.count:
            heading = f"{number_with_noun(self.count, 'problem')}. Nothing was changed."
            raise FileError("\n".join([heading, *self.lines()]))
