"""The deploy guide (genesis/deploy) holds: its commands run, its files do what they say."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import warnings
from contextlib import ExitStack

import pytest

from tests.rehearsal import SITE, Rehearsal, advice, commands
from tests.serving import ROOT

# Without nginx the guide is not tried, and `make test` ends by saying so; CI must have it.
if advice() and not os.environ.get("CI"):
    pytest.skip(advice(), allow_module_level=True)

DEPLOY = ROOT / "genesis" / "deploy"
UNITS = ("directory.service", "directory-worker.service", "directory-backup.service")
# Of 10 for a service that may do everything; tenths, as systemd-analyze takes them.
MOST_EXPOSED = 20
RENAMING = "UPDATE partners_organization SET name = '{}' WHERE slug = 'nvidia'"


@pytest.fixture(scope="module")
def machine():
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _number in range(3)]
        ports = tuple(probe.getsockname()[1] for probe in probes)
    machine = Rehearsal(ports)
    yield machine
    machine.close()


@pytest.mark.parametrize("unit", UNITS)
def test_unit_is_sound_and_keeps_the_site_to_its_own_folders(unit, tmp_path):
    text = (DEPLOY / unit).read_text()
    # The programs are not here; what systemd says of everything else counts.
    (tmp_path / unit).write_text(re.sub(r"/srv/directory/current/\S+", "/bin/true", text))

    analyze = shutil.which("systemd-analyze")
    verified = subprocess.run([analyze, "verify", tmp_path / unit], capture_output=True, text=True)
    assert (verified.returncode, [line for line in verified.stderr.splitlines() if unit in line]) == (0, [])
    rated = subprocess.run(
        [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", DEPLOY / unit],
        capture_output=True,
        text=True,
    )
    assert rated.returncode == 0, rated.stdout[-300:]


def test_guide_leads_to_a_running_site_through_an_upgrade_and_back_to_a_moment(machine):
    sections = commands()
    for title in ("Packages, account, code", "Database", "Settings", "Server, worker, backup of each night"):
        machine.carry_out(sections.pop(title))
    tls = sections.pop("nginx and TLS")
    machine.carry_out([command for command in tls if command != "directory doctor"])
    machine.until(lambda: machine.ask("/readyz")[0] == 200)
    # All it has to say: nobody may manage accounts, and no mail is set up.
    assert "WRONG" not in machine.run("directory doctor")
    front_holds(machine)

    def rename(name, database="directory"):
        machine.run(f'psql -qc "{RENAMING.format(name)}" {database}')

    rename("Before the upgrade")
    upgrade = sections.pop("Upgrade, and back")
    back = next(number for number, command in enumerate(upgrade) if "releases/1" in command)
    machine.carry_out(upgrade[:back])
    assert b"Before the upgrade" in machine.ask("/partners/nvidia/")[2]
    rename("After the upgrade")
    machine.carry_out(upgrade[back:])
    assert b"Before the upgrade" in machine.ask("/partners/nvidia/")[2]

    moment = sections.pop("Backup, and back to a moment")
    stop = next(number for number, command in enumerate(moment) if command.startswith("systemctl stop"))
    machine.carry_out(moment[:stop])
    rename("At that moment", "directory_before")
    machine.at["2026-01-31 11:58:00+00"] = machine.run(
        "psql -Atc 'SELECT clock_timestamp()' postgres"
    ).strip()
    rename("By mistake", "directory_before")
    machine.run("psql -qc 'SELECT pg_switch_wal()' postgres")
    assert b"By mistake" in machine.ask("/partners/nvidia/")[2]
    machine.carry_out([command for command in moment[stop:] if command != "directory doctor"])
    assert b"At that moment" in machine.ask("/partners/nvidia/")[2]
    assert [title for title, left in sections.items() if left] == []


def front_holds(machine) -> None:
    """What nginx adds: TLS, one host, addresses of visitors, compression, caching, waiting for slow visitors."""
    status, head, _body = machine.ask("/partners/?q=a", tls=False)
    assert (status, head["Location"]) == (301, f"https://{SITE}/partners/?q=a")
    status, head, page = machine.ask("/", Accept_Encoding="gzip")
    assert (status, head["Content-Encoding"]) == (200, "gzip") and "max-age=31536000" in head[
        "Strict-Transport-Security"
    ]
    assert "nginx/" not in head["Server"]
    style = re.search(r'href="(/static/[^"]+\.css)"', machine.ask("/")[2].decode())[1]
    status, head, _body = machine.ask(style, Accept_Encoding="br")
    assert (status, head["Content-Encoding"]) == (200, "br") and "immutable" in head["Cache-Control"]
    assert any((machine.home / "cache" / "directory").rglob("*")), "nginx keeps it"
    assert machine.ask("/metrics")[0] == 404
    status, head, _body = machine.ask("/admin/login/", "POST", body=b"x" * (17 * 2**20))
    assert status == 413
    # The site has said nothing of these, so nginx does; and where it has, nginx says nothing more.
    for told in (head, machine.ask("/readyz")[1], machine.ask("/")[1], machine.ask(style)[1]):
        assert told.get_all("X-Content-Type-Options") == ["nosniff"]
        assert (
            len(told.get_all("Strict-Transport-Security"))
            == len(told.get_all("Content-Security-Policy"))
            == 1
        )
        assert "frame-ancestors 'none'" in told["Content-Security-Policy"]
    old_tls_is_refused(machine)
    # As the site counts visitors, whatever these say of themselves.
    machine.ask(
        "/admin/login/", X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="http", X_Request_ID="of-a-visitor"
    )
    lines = [
        json.loads(line)
        for line in (machine.home / "directory.log").read_text().splitlines()
        if line.startswith("{")
    ]
    assert lines and all(
        re.fullmatch("[0-9a-f]{32}", line["request_id"]) for line in lines if "status" in line
    )
    with ExitStack() as stack:
        for _number in range(50):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", machine.http)))
            slow.sendall(b"GET / HTTP/1.1\r\nHost: directory.example\r\nX-Slow: ")
        assert machine.ask("/partners/")[0] == 200


def old_tls_is_refused(machine) -> None:
    """Nothing before TLS 1.2, and of that only what keeps secret what was said after the key is lost."""

    def greets(version: ssl.TLSVersion, ciphers: str) -> bool:
        context = ssl._create_unverified_context()  # noqa: S323 (a certificate of this rehearsal)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", machine.https), timeout=30) as plain:
            try:
                context.wrap_socket(plain, server_hostname=SITE).close()
            except ssl.SSLError:
                return False
        return True

    assert greets(ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM") and greets(ssl.TLSVersion.TLSv1_3, "ALL")
    assert not greets(ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256")
    assert not greets(ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-SHA")
    assert not greets(ssl.TLSVersion.TLSv1_1, "ALL")
