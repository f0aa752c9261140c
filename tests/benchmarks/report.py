"""What the measurements say beside the goals: one table, for a terminal and as Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass

KILOBYTE = 1024
# How long two facets and a search may take, as a part of the bare SQL.
NARROWED = {"sqlite": 0.2, "postgresql": 0.5}


@dataclass(frozen=True)
class Line:
    """One figure and its goal. `good` is None where the rival gave other answers."""

    case: str
    data: str
    figure: str
    goal: str
    good: bool | None

    @property
    def verdict(self) -> str:
        if not self.goal:
            return ""
        return {True: "pass", False: "MISS", None: "void"}[self.good]


HEADINGS = ("case", "data", "measured", "goal", "")


def lines(results: list[dict]) -> Iterator[Line]:
    """The table, from what each measurement found."""
    shipped = {found["engine"]: found for found in results if not found["size"]}
    for found in results:
        name = f"{'PostgreSQL' if found['engine'] == 'postgresql' else 'SQLite'}, {found['size'] or 24:,}"
        if found["size"]:
            yield from large(found, name)
            if found["engine"] in shipped and {"pages", "queries"} <= found.keys():
                yield from growth(shipped[found["engine"]], found, name)
        else:
            yield from small(found, name)


def small(found: dict, data: str) -> Iterator[Line]:
    if "pages" in found:
        yield from first_rows(found, data)
    if "weight" in found:
        weight = found["weight"]
        blocking, script = (weight["html"] + weight["css"]) / KILOBYTE, weight["js"] / KILOBYTE
        figure = f"{blocking:.1f} KB: HTML {weight['html']:,} and CSS {weight['css']:,} bytes"
        light = blocking <= 14 and valid(found, "weight")
        yield Line("7 weight of a first visit", data, figure, "<= 14 KB", light)
        yield Line("7 JavaScript, deferred", data, f"{script:.1f} KB", "<= 20 KB", script <= 20)


def first_rows(found: dict, data: str) -> Iterator[Line]:
    pages, same = found["pages"], valid(found)
    empty = pages["empty"] / pages["repeat"]
    repeat = f"{milliseconds(pages['repeat'])}, {1 / pages['repeat']:,.0f} a second"
    yield Line("1 repeat request", data, f"{repeat}: {empty:.2f} of an empty view", ">= 0.5", empty >= 0.5)
    if "datasette" in pages:
        theirs = pages["datasette"]
        yield faster("1 repeat request", data, "Datasette", pages["repeat"], theirs, 20, same)
        yield faster("2 nothing kept", data, "Datasette", pages["cold"], theirs, 2.5, same)


def large(found: dict, data: str) -> Iterator[Line]:
    """The lines of what was measured: it may have been a part only."""
    if "pages" in found:
        yield from all_rows(found, data)
    for each in found.get("narrowed", ()):
        case = f"4 {each['label']} ({each['count']:,} rows)"
        yield within(
            case,
            data,
            "bare SQL",
            each["cold"],
            each["bare"],
            NARROWED[found["engine"]],
            valid(found, each["label"]),
        )
        if "datasette" in each:
            yield faster(case, data, "Datasette", each["cold"], each["datasette"], 0, True)
    for each in found.get("everywhere", ()):
        case = f"9 everything: {each['words']}"
        dearest = max(("partners", "agreements", "sources"), key=each.get)
        yield within(case, data, f"the list of {dearest}", each["search"], each[dearest], 1, True)
    if "first_byte" in found:
        first = found["first_byte"]
        yield Line("5 CSV, first byte", data, milliseconds(first), "< 50 ms", first < 0.05)
    if "csv" in found:
        yield from of_csv(found, data)
    for name in ("ndjson", "xlsx"):
        if name in found:
            file, case = found[name], f"8 {name.upper()}, 7 columns"
            yield within(case, data, "its bare writer", file["product"], file["bare"], 1.5, True)
            figure = f"first byte {milliseconds(file['first_byte'])}, {file['memory']:.1f} MB more memory"
            yield Line(case, data, figure, "< 16 MB", file["memory"] < 16)


def all_rows(found: dict, data: str) -> Iterator[Line]:
    pages, same = found["pages"], valid(found, "no filter")
    yield within("3 all facets, nothing kept", data, "bare SQL", pages["cold"], pages["bare"], 2, same)
    if "datasette" in pages:
        yield faster(
            "3 all facets, nothing kept", data, "Datasette", pages["cold"], pages["datasette"], 3, same
        )


def of_csv(found: dict, data: str) -> Iterator[Line]:
    file, same = found["csv"], valid(found, "file")
    size = f"{file['megabytes']:.0f} MB"
    yield within(f"5 CSV, all columns, {size}", data, "bare csv", file["product"], file["bare"], 1.5, same)
    yield within("5 CSV, 7 columns", data, "bare csv", file["few_product"], file["few_bare"], 1.5, same)
    yield Line("5 CSV, more memory", data, f"{file['memory']:.1f} MB", "< 16 MB", file["memory"] < 16)
    more = f"{file['versions'] / file['product']:.2f} of the file without them"
    yield Line("5 CSV with versions of rows", data, more, "", None)


def growth(few: dict, many: dict, data: str) -> Iterator[Line]:
    queries = f"{few['queries']} queries, then {many['queries']}"
    yield Line("6 growth: queries", data, queries, "the same", few["queries"] == many["queries"])
    ours, bare = (many["pages"][name] / few["pages"][name] for name in ("cold", "bare"))
    figure = f"{ours:,.0f} times the time; bare SQL {bare:,.0f} times"
    yield Line("6 growth: time", data, figure, "no more than bare SQL", ours <= bare)


def within(case: str, data: str, rival: str, ours: float, theirs: float, most: float, same: bool) -> Line:
    """Takes at most so many times as long as a rival."""
    figure = f"{milliseconds(ours)}: {ours / theirs:.2f} of {rival} ({milliseconds(theirs)})"
    return Line(case, data, figure, f"<= {most:g}", ours <= most * theirs if same else None)


def faster(case: str, data: str, rival: str, ours: float, theirs: float, least: float, same: bool) -> Line:
    """Is at least so many times as fast as a rival; 0 where there is no goal."""
    figure = f"{milliseconds(ours)}: {theirs / ours:,.1f} times as fast as {rival} ({milliseconds(theirs)})"
    goal = f">= {least:g}" if least else ""
    return Line(case, data, figure, goal, theirs >= least * ours if same else None)


def valid(found: dict, subject: str = "") -> bool:
    """Whether the rivals gave the same answers."""
    return not any(text.startswith(subject) for text in found["void"])


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.{0 if seconds >= 0.1 else 1 if seconds >= 0.01 else 2}f} ms"


def cells(table: list[Line]) -> list[tuple[str, ...]]:
    return [HEADINGS, *((line.case, line.data, line.figure, line.goal, line.verdict) for line in table)]


def as_text(table: list[Line]) -> str:
    """Aligned for a terminal."""
    rows = cells(table)
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_markdown(table: list[Line], notes: list[str]) -> str:
    """The same as a Markdown document."""
    heading, *rows = (f"| {' | '.join(row)} |" for row in cells(table))
    rule = f"|{' --- |' * len(HEADINGS)}"
    return "\n".join(["# Benchmark", "", *notes, "", heading, rule, *rows, ""])
