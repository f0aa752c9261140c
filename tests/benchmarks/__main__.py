"""Measure the directory beside its rivals: `make benchmark`.

Each engine and size is measured in a process of its own, the rivals in turns within it: an empty view of the same
site, SQL by hand without Django, and Datasette. Pages are asked for over HTTP, through one connection that stays open
to one worker of gunicorn, or to Datasette's own server; files are written in the measuring process.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import datasette, report, rivals

HOME = rivals.ROOT / "var" / "benchmark"
# What the rows of a database follow from.
SOURCES = (
    "tests/benchmarks/data.py",
    "partners/folding.py",
    "partners/migrations",
    "partners/models",
    "partners/data",
)
SHIPPED = 24
ENGINES = ("sqlite", "postgresql")


def main() -> int:
    options = arguments()
    results = []
    with_rival = "sqlite" in options.engine and not options.no_datasette and datasette.available()
    for engine in options.engine:
        for size in options.sizes:
            print(f"Measuring {size:,} organizations on {engine} ...", file=sys.stderr)
            results.append(measure(engine, 0 if size == SHIPPED else size, with_rival, options))
    table = list(report.lines(results))
    notes = remarks(results, with_rival)
    print(report.as_text(table), "", *notes, sep="\n")
    (HOME / "benchmark.md").write_text(report.as_markdown(table, notes))
    (HOME / "benchmark.json").write_text(json.dumps(results, indent=1))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--sizes", type=numbers, default=[SHIPPED, 100_000], help="24,100000: 24 is the shipped data"
    )
    parser.add_argument(
        "--engine", type=engines, default=ENGINES, help="sqlite, postgresql or both, by comma"
    )
    parser.add_argument("--only", default="", help="parts to measure, by comma: see PARTS of measurement.py")
    parser.add_argument(
        "--postgres",
        metavar="URL",
        help="a PostgreSQL database of your own for one size: filled where it is empty, and kept. Without it each"
        " measurement fills one that goes with it",
    )
    parser.add_argument(
        "--profile", action="store_true", help="print the queries of the pages and their times"
    )
    parser.add_argument("--no-datasette", action="store_true", help="leave Datasette out")
    return parser.parse_args()


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def engines(text: str) -> list[str]:
    if unknown := set(text.split(",")) - set(ENGINES):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(ENGINES)}")
    return text.split(",")


def measure(engine: str, size: int, with_rival: bool, options: argparse.Namespace) -> dict:
    """What a process of its own finds on one engine and one size of data."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", "--size", str(size)]
    command += ["--profile"] if options.profile else []
    command += ["--only", options.only] if options.only else []
    if engine == "postgresql" and options.postgres:
        return run([*command, "--build"], rivals.environment(DATABASE_URL=options.postgres))
    if engine == "postgresql":
        # A server of its own, which goes with its data: never one that somebody has named.
        environment = rivals.environment()
        environment.pop("TEST_POSTGRES_URL", None)
        return run([sys.executable, "-m", "tests.postgres", *command, "--build"], environment)
    database = built(size)
    if with_rival:
        flat = datasette.flat_of(database)
        command += ["--flat", str(flat)]
    return run(command, rivals.environment(DATABASE_URL=f"sqlite:///{database}"))


def run(command: list[str], environment: dict[str, str]) -> dict:
    result = subprocess.run(command, cwd=rivals.ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit("It could not be measured.")
    return json.loads(result.stdout.splitlines()[-1])


def built(size: int) -> Path:
    """The SQLite database of a size; made when there is none of the present schema."""
    name = f"{size or SHIPPED}-{fingerprint()}.sqlite3"
    if not (HOME / name).exists():
        HOME.mkdir(parents=True, exist_ok=True)
        unfinished = HOME / f"{size or SHIPPED}-unfinished"
        for old in HOME.glob(f"{size or SHIPPED}-*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        environment = rivals.environment(DATABASE_URL=f"sqlite:///{unfinished}")
        command = [sys.executable, "-m", "tests.benchmarks.data", str(size)]
        subprocess.run(command, cwd=rivals.ROOT, env=environment, stdout=sys.stderr, check=True)
        unfinished.rename(HOME / name)
    # Triggers, and the index where its declarations have changed.
    environment = rivals.environment(DATABASE_URL=f"sqlite:///{HOME / name}")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"], cwd=rivals.ROOT, env=environment, check=True
    )
    return HOME / name


def fingerprint() -> str:
    """Changes with the schema, the shipped data and the generator."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = rivals.ROOT / source
        files = [path] if path.is_file() else sorted((*path.glob("**/*.py"), *path.glob("**/*.csv")))
        for file in files:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def remarks(results: list[dict], with_rival: bool) -> list[str]:
    """Where it was measured, and what makes a comparison void."""
    versions = {f"{found['engine']} {found['engine_version']}" for found in results}
    rival = datasette.version() if with_rival else "Datasette was not measured"
    lines = [
        f"Python {platform.python_version()}, {', '.join(sorted(versions))}, {rival}, {os.cpu_count()} cores."
    ]
    lines += [
        f"Void: {found['engine']}, {found['size']:,}: {text}." for found in results for text in found["void"]
    ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
