"""Data packages for tests: copies of the shipped one to spoil, and generated ones of any size."""

import csv
import shutil
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from partners.exchange.package import SHIPPED
from partners.exchange.package.layout import SHEET_OF, SHEETS
from partners.models import Citation, FormerAddress, LoadedRow, MissionArea, Organization

SOURCE_COUNT = 200


def copy_shipped(folder: Path) -> Path:
    """A copy of the shipped package that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, folder / "package"))


def read_table(folder: Path, name: str) -> list[dict]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(folder: Path, name: str, rows) -> None:
    """Write dicts as a table of a package; a column they lack is empty."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SHEET_OF[name].names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def spoil(folder: Path, table: str, number: int = 0, /, **cells: str) -> int:
    """Change cells of one row of a table. Returns the line on which it stands."""
    rows = read_table(folder, table)
    rows[number] |= cells
    write_table(folder, table, rows)
    return line_of(rows, number)


def line_of(rows: list[dict], number: int) -> int:
    """The line on which row `number` begins, below a header of one line."""
    breaks = sum(cell.count("\n") for row in rows[:number] for cell in row.values())
    return 2 + number + breaks


def number_of(folder: Path, table: str, /, **cells: str) -> int:
    """Which row of a table holds these cells."""
    rows = read_table(folder, table)
    return next(number for number, row in enumerate(rows) if cells.items() <= row.items())


def load_dataset(folder: Path, **options) -> str:
    """Load a package by the command, and return what it printed."""
    printed = StringIO()
    call_command("load_dataset", folder, stdout=printed, stderr=StringIO(), **options)
    return printed.getvalue()


def counts(printed: str) -> dict[str, list[int]]:
    """The summary as {table: [created, changed, unchanged, edited, removed]}."""
    rows = [line.split() for line in printed.splitlines()[1 : 1 + len(SHEETS)]]
    return {name: [int(number.replace(",", "")) for number in numbers] for name, *numbers in rows}


def dump_dataset(folder: Path) -> dict[str, bytes]:
    """Dump the directory by the command, and return the files."""
    call_command("dump_dataset", folder, stdout=StringIO(), stderr=StringIO())
    return files_of(folder)


def empty_directory() -> None:
    """Take every record out of the directory, and what was loaded before."""
    Citation.objects.all().delete()
    for model in (MissionArea, Organization):
        model.objects.update(parent=None)
    for sheet in reversed(SHEETS):
        sheet.model.objects.all().delete()
    FormerAddress.objects.all().delete()
    LoadedRow.objects.all().delete()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def generate(folder: Path, organizations: int) -> Path:
    """A sound package with so many organizations, three agreements each, seven parties and ten citations each."""
    folder.mkdir()
    agreements = 3 * organizations
    for sheet in SHEETS:
        write_table(folder, sheet.name, ())
    write_table(folder, "sources", (source(number) for number in range(SOURCE_COUNT)))
    write_table(
        folder, "sectors", ({"sector": f"s{number}", "name_en": f"Sector {number}"} for number in range(9))
    )
    write_table(
        folder,
        "mission_areas",
        (
            {"mission_area": f"m{number}", "name_en": f"Area {number}", "level": "domain"}
            for number in range(9)
        ),
    )
    write_table(folder, "organizations", (organization(number) for number in range(organizations)))
    write_table(folder, "agreements", (agreement(number) for number in range(agreements)))
    write_table(folder, "agreement_parties", parties(organizations, agreements))
    write_table(folder, "citations", citations(organizations, agreements))
    return folder


def source(number: int) -> dict:
    return {
        "source": f"source-{number:06}",
        "title": f"Source {number}",
        "url": f"https://example.org/{number}",
        "language": "en",
        "kind": "news",
        "stance": "reporting",
    }


def organization(number: int) -> dict:
    return {
        "organization": f"organization-{number:06}",
        "name": f"Organization {number}",
        "type": "company",
        "ownership": "public-company",
        "parent": f"organization-{number // 10:06}" if number % 4 == 1 and number > 10 else "",
        "established": 1900 + number % 100,
        "city": f"City {number % 500}",
        "region_code": "US-CA",
        "country_code": "US",
        "website": f"https://www.organization-{number}.example.com",
        "wikidata_id": f"Q{900_000_000 + number}",
        "sectors": f"s{number % 4};s{5 + number % 3}",
        "summary_en": f"What organization {number} does, in a sentence of a usual length about its work.",
        "publication_state": "published",
    }


def agreement(number: int) -> dict:
    return {
        "agreement": f"agreement-{number:06}",
        "title_en": f"Agreement {number}",
        "agreement_type": "mou",
        "basis": "unknown",
        "status": "announced",
        "binding": "unknown",
        "announced_date": f"2025-12-{1 + number % 28:02}",
        "mission_areas": f"m{number % 9}",
        "summary_en": f"What was agreed in agreement {number}, in a sentence of a usual length about the work.",
        "publication_state": "published",
    }


def parties(organizations: int, agreements: int):
    for number in range(agreements):
        for step in range(3 if number % 3 == 0 else 2):
            yield {
                "agreement": f"agreement-{number:06}",
                "organization": f"organization-{(number + step) % organizations:06}",
                "role": "partner",
            }


def citations(organizations: int, agreements: int):
    for number in range(agreements):
        yield {"source": f"source-{number % SOURCE_COUNT:06}", "agreement": f"agreement-{number:06}"}
    for number in range(organizations):
        for field in ("", "name", "type", "city", "website", "established", "summary_en"):
            yield {
                "source": f"source-{number % SOURCE_COUNT:06}",
                "organization": f"organization-{number:06}",
                "field": field,
            }


# Each of them excludes another column.
EXCLUDED = {"parent_name", "giver_name"}


def generate_filled(folder: Path) -> Path:
    """A small sound package in which every table has rows, and every column of it a value, derived from the columns.

    Values are those of the shipped package where it has any. What excludes another value is left empty.
    """
    generate(folder, 3)
    for sheet in SHEETS:
        rows = read_table(folder, sheet.name) or [dict.fromkeys(sheet.names, "")]
        for column in sheet.columns:
            excluded = column.name in EXCLUDED or (column.name in sheet.table.key and len(rows) > 1)
            if not excluded and not any(row[column.name] for row in rows):
                rows[-1][column.name] = sample(folder, sheet, column)
        write_table(folder, sheet.name, rows)
    return folder


def sample(folder: Path, sheet, column) -> str:
    """A value that a column may hold."""
    if column.references:
        target = read_table(folder, column.references)
        return target[0][SHEET_OF[column.references].table.key[0]] if target else ""
    if column.datatype == "date":
        return "2025-12-18"  # the same in all columns, as some may not come before others
    found = (row[column.name] for row in read_table(SHIPPED, sheet.name) if row[column.name])
    if value := next(found, ""):
        return value
    kinds = {"integer": "1998", "decimal": "5", "anyURI": "https://example.org/filled"}
    return next(iter(column.vocabulary.values)) if column.vocabulary else kinds.get(column.datatype, "filled")


def drop_columns(folder: Path, table: str, names) -> None:
    """Take columns out of a table, as a release that does not know them would write it."""
    rows = read_table(folder, table)
    kept = [name for name in SHEET_OF[table].names if name not in names]
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
