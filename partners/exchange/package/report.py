"""What a load did, as it is told to the one who started it."""

from dataclasses import dataclass, field

from partners.exchange.package.problems import first_lines, number_with_noun

OUTCOMES = ("created", "changed", "unchanged", "edited", "removed")


@dataclass
class Report:
    """Counts of rows by table. `edited` and `removed` name the first of those that were left alone, `lacking` the
    columns and tables that the package does not have."""

    dry_run: bool = False
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    edited: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    # The citations that no longer hold, and of a dry run the table of cells.
    lapsing: list[str] = field(default_factory=list)
    preview: list[str] = field(default_factory=list)

    def add(self, table: str, **counts: int) -> None:
        self.counts[table] = counts

    def total(self, heading: str) -> int:
        return sum(counts[heading] for counts in self.counts.values())

    def lines(self) -> list[str]:
        """The report as text."""
        width = max(len(name) for name in self.counts)
        lines = [f"{'':<{width}}" + "".join(f"{heading:>11}" for heading in OUTCOMES)]
        for name, counts in self.counts.items():
            lines.append(f"{name:<{width}}" + "".join(f"{counts[heading]:>11,}" for heading in OUTCOMES))
        lines += self.lacking_lines()
        lines += self.named("edited", self.edited, EDITED_MEANS)
        lines += self.named("removed", self.removed, REMOVED_MEANS)
        if self.lapsing:
            lines += ["", *lapsing_lines(self.lapsing, self.dry_run)]
        if self.dry_run:
            lines += ["", *self.preview] if self.preview else []
            lines += ["", "This was a dry run: nothing was saved."]
        return lines

    def lacking_lines(self) -> list[str]:
        """What the package does not have, in words; nothing where it has everything."""
        return ["", LACKING_MEANS, *(f"  {each}" for each in self.lacking)] if self.lacking else []

    def named(self, heading: str, names: list[str], means: str) -> list[str]:
        lines = first_lines(names, self.total(heading))
        return ["", means, *(f"  {line}" for line in lines)] if names else []


def lapsing_lines(lapsing: list[str], dry_run: bool) -> list[str]:
    """Which footnotes hold no longer, as their sources were cited for the values before."""
    count = number_with_noun(len(lapsing), "footnote")
    holds = "would no longer hold" if dry_run else f"no longer hold{'s' if len(lapsing) == 1 else ''}"
    return [
        f"{count} {holds}: the sources were cited for the values before. Say in curation what they say now.",
        *first_lines(lapsing, len(lapsing)),
    ]


LACKING_MEANS = (
    "Not in the package, as an earlier release may have written it; left as it is in the directory, and empty or the "
    "default in new rows:"
)
EDITED_MEANS = "Edited in the directory since they were loaded, and kept as they are; --overwrite replaces them by the file:"
REMOVED_MEANS = (
    "Loaded before and no longer in the file; they stay in the directory until a curator deletes them:"
)
