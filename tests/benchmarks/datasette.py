"""Datasette over the same partners, as one flat table: the rival that publishes a SQLite file with facets.

It lives in an environment of its own under var/benchmark/; nothing of the project depends on it.
"""

import json
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.benchmarks import bare, rivals
from tests.benchmarks.bare import Filters

VENV = rivals.ROOT / "var" / "benchmark" / "datasette-venv"
PROGRAM = VENV / "bin" / "datasette"
LONG = "600000"
SETTINGS = {
    # It leaves out what takes longer: here it must answer everything.
    "facet_time_limit_ms": LONG,
    "sql_time_limit_ms": LONG,
    "default_facet_size": "200",
    "suggest_facets": "off",
    "default_cache_ttl": "0",
}
PLAIN = ["type", "ownership", "region"]
MANY = [name for name in bare.FACETS if name not in PLAIN]


def available() -> bool:
    """Whether Datasette is there; it is installed when it is not."""
    if not PROGRAM.exists():
        pip = [
            VENV / "bin" / "python",
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "datasette",
        ]
        for command in ([sys.executable, "-m", "venv", VENV], pip):
            if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
                return False
    return PROGRAM.exists()


def version() -> str:
    result = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return result.stdout.strip().replace(", version", "")


def flat_of(database: Path) -> Path:
    """The file for Datasette of a database of the directory; made when it is not there."""
    # The name of the file stands in the addresses.
    flat = database.with_suffix("") / "flat.sqlite3"
    if not flat.exists():
        flat.parent.mkdir(exist_ok=True)
        unfinished = flat.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        make_flat(database, unfinished)
        unfinished.rename(flat)
    return flat


def make_flat(source: Path, target: Path) -> None:
    """Write the partners of the directory's database as one table, a row each, with lists as JSON."""
    with closing(sqlite3.connect(source, isolation_level=None)) as connection:
        rows = list(flat_rows(bare.Bare(connection, "sqlite")))
    with closing(sqlite3.connect(target)) as connection:
        names = list(rows[0])
        connection.execute(f"CREATE TABLE partners ({', '.join(names)}, PRIMARY KEY (slug))")
        connection.executemany(
            f"INSERT INTO partners VALUES ({', '.join('?' for _ in names)})",
            [list(row.values()) for row in rows],
        )
        for name in [*PLAIN, *MANY, "name"]:
            connection.execute(f"CREATE INDEX partners_{name} ON partners ({name})")
        connection.execute(
            "CREATE VIRTUAL TABLE partners_fts USING fts5 (name, other_names, summary, content='partners')"
        )
        connection.execute("INSERT INTO partners_fts (partners_fts) VALUES ('rebuild')")
        connection.execute("ANALYZE")
        connection.commit()


def flat_rows(answers: bare.Bare) -> Iterator[dict]:
    """What a card and the facets need, of every partner in the order of their names."""
    answers.choose("chosen", Filters())
    values = {name: values_of(answers, name) for name in MANY}
    names = defaultdict(list)
    for organization, value in answers.ask("SELECT organization_id, value FROM partners_organizationname"):
        names[organization].append(value)
    numbers = {
        "agreements": "SELECT organization_id, count(DISTINCT agreement_id) FROM partners_agreementparty"
        " WHERE is_public = true GROUP BY organization_id",
        "sources": "SELECT organization_id, count(DISTINCT source_id) FROM partners_citation GROUP BY organization_id",
    }
    counts = {name: dict(answers.ask(statement)) for name, statement in numbers.items()}
    columns = "slug, name, type, ownership, region_code, established, city, country_code, website, summary_en"
    for pk, slug, name, type, ownership, region, *others in answers.ask(
        f"SELECT o.id, {columns} FROM chosen c JOIN partners_organization o ON o.id = c.id ORDER BY name_key, slug"
    ):
        yield {
            **{"slug": slug, "name": name, "type": type, "ownership": ownership, "region": region},
            **dict(zip(("established", "city", "country", "website", "summary"), others, strict=True)),
            **{facet: json.dumps(sorted(of.get(pk, ()))) for facet, of in values.items()},
            **{number: of.get(pk, 0) for number, of in counts.items()},
            "other_names": "; ".join(names[pk]),
        }


def values_of(answers: bare.Bare, facet: str) -> dict[int, set[str]]:
    """The values of a facet by the number of the organization."""
    links, labels = bare.LINKS[facet]
    slugs = dict(answers.ask(f"SELECT id, slug FROM {labels}")) if labels else {}
    found = defaultdict(set)
    for organization, value in answers.ask(links):
        found[organization].add(slugs.get(value, value))
    return found


def address(filters: Filters, format: str = "") -> str:
    """The address of the first page with every facet."""
    asked = [("_size", bare.PAGE), ("_sort", "name")]
    asked += [("_facet", name) for name in PLAIN] + [("_facet_array", name) for name in MANY]
    asked += [
        (f"{name}__arraycontains" if name in MANY else name, value) for name, value in filters.chosen.items()
    ]
    if filters.words:
        asked.append(("_search", " ".join(filters.words)))
    return f"/flat/partners{format}?{urlencode(asked)}"


def facets(visitor: rivals.Visitor) -> dict[str, dict[str, int]]:
    """Its counts without a filter, to see that it answers the same question."""
    answer = json.loads(visitor.get(address(Filters(), ".json")).body)
    if answer.get("facets_timed_out"):
        raise RuntimeError(f"Datasette left out {answer['facets_timed_out']}")
    return {
        name: {str(line["value"]): line["count"] for line in facet["results"] if line["value"]}
        for name, facet in answer["facet_results"].items()
    }


@contextmanager
def served(flat: Path) -> Iterator[rivals.Visitor]:
    """A visitor of Datasette with one file."""
    port = rivals.free_port()
    settings = [word for name, value in SETTINGS.items() for word in ("--setting", name, value)]
    command = [str(PROGRAM), "serve", str(flat), "-h", rivals.HOST, "-p", str(port), *settings]
    with rivals.serving(command, port, errors=subprocess.DEVNULL) as visitor:
        yield visitor
