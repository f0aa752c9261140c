"""The Makefile, the lock files and the throw-away PostgreSQL do what their readers count on."""

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests import postgres

ROOT = Path(__file__).parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text()
RUNTIME = tomllib.loads(PYPROJECT)["project"]["dependencies"]
DEVELOPMENT = tomllib.loads(PYPROJECT)["dependency-groups"]["dev"]
LOCK_FILES = ["bootstrap.txt", "requirements.txt", "requirements-dev.txt"]


def make(*arguments, **environment):
    # Not as a part of the `make` that runs these tests.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        [shutil.which("make"), *arguments],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
    )


def pins(lock_file):
    """The locked versions by name; some packages are locked for some platforms only."""
    lines = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / lock_file).read_text(), re.MULTILINE)
    return dict(lines)


# Dependencies


@pytest.mark.parametrize("name", LOCK_FILES)
def test_lock_file_names_no_address_and_no_place(name):
    text = (ROOT / name).read_text()

    assert re.findall(r"://|@ |--index|--extra-index|--find|--trusted-host|/\w+/", text) == []


@pytest.mark.parametrize("name", LOCK_FILES)
def test_lock_file_has_a_hash_for_every_release(name):
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    "name, requirements", [("requirements.txt", RUNTIME), ("requirements-dev.txt", DEVELOPMENT)]
)
def test_lock_file_meets_every_requirement(name, requirements):
    locked = pins(name)

    for requirement in map(Requirement, requirements):
        assert requirement.specifier.contains(locked[requirement.name.lower()]), f"{requirement}: make lock"


def test_development_environment_holds_the_very_runtime():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("requirement", RUNTIME + DEVELOPMENT)
def test_dependency_says_why_it_is_here(requirement):
    line = next(line for line in PYPROJECT.splitlines() if f'"{requirement}"' in line)

    assert re.search(r"# \w+", line)


# Make


def test_make_lists_every_target_for_people():
    listed = re.findall(r"^  make ([a-z-]+)", make().stdout, re.MULTILINE)

    assert (
        " ".join(listed)
        == "help run curator test lint test-sqlite test-postgres test-long format benchmark messages pictures lock"
    )


def test_make_run_says_what_to_do_when_the_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = make("free-port", f"PORT={taken.getsockname()[1]}")

    assert result.returncode != 0
    assert "make run PORT=" in result.stderr


@pytest.mark.parametrize(
    "missing, advice",
    [("sys.exit(1)", "Python 3.11"), ("'venv' in sys.argv[2] and sys.exit(1)", "apt-get install")],
)
def test_make_says_what_to_do_when_python_will_not_do(tmp_path, missing, advice):
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\nimport sys\n{missing}\n")
    python.chmod(0o755)

    result = make("python", f"PYTHON={python}")

    assert result.returncode != 0
    assert advice in result.stderr


def test_secret_key_is_made_once_for_its_owner_alone(tmp_path):
    elsewhere = ["--directory", str(tmp_path), "--makefile", str(ROOT / "Makefile"), "var/secret_key"]
    key = tmp_path / "var" / "secret_key"

    make(*elsewhere)
    first = key.read_text()
    make(*elsewhere)

    assert len(first) > 50
    assert key.read_text() == first
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


# A PostgreSQL of its own

# Fails with a code of its own unless it reached a server that speaks every language.
ASK = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    assert connection.info.encoding == "utf-8"
    print(connection.execute("SHOW unix_socket_directories").fetchone()[0])
raise SystemExit(7 if os.environ["TEST_ENGINE"] == "postgresql" else 1)
"""


@pytest.fixture
def no_server_given(monkeypatch):
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)


def test_postgres_runs_the_command_and_leaves_nothing_behind(no_server_given):
    result = subprocess.run(
        [sys.executable, "-m", "tests.postgres", sys.executable, "-c", ASK],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 7, result.stderr
    assert not Path(result.stdout.strip()).exists()


def test_postgres_takes_the_server_it_is_given(monkeypatch, capfd):
    monkeypatch.setenv("TEST_POSTGRES_URL", "postgres://given/server")

    code = postgres.main(["printenv", "DATABASE_URL", "TEST_ENGINE"])

    assert code == 0
    assert capfd.readouterr().out.split() == ["postgres://given/server", "postgresql"]


def test_postgres_fails_with_advice_when_no_server_starts(no_server_given, monkeypatch, capfd, tmp_path):
    monkeypatch.setattr(postgres, "find_binaries", lambda: [tmp_path])

    code = postgres.main(["true"])

    assert code == 1
    errors = capfd.readouterr().err
    assert "apt-get install postgresql" in errors
    assert str(tmp_path) in errors


def test_postgres_of_the_wheel_is_found_where_the_machine_has_none(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert postgres.find_binaries() == postgres.wheel_binaries() != []
