"""The deploy guide, carried out on this machine below a folder of its own: its files and commands as they stand, with
other paths and ports, and with processes in place of the units of systemd."""

import contextlib
import http.client
import os
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from tests.postgres import find_binaries, unprivileged_account
from tests.serving import ROOT

GUIDE = ROOT / "genesis" / "deploy" / "README.md"
SITE = "directory.example"
# What the guide is tried with, beside what the project needs anyway.
SYSTEM_PATH = f"{os.environ['PATH']}:/usr/sbin"
PROGRAMS = {"nginx": "nginx-light", "openssl": "openssl", "systemd-analyze": "systemd"}
# What makes a machine of it, and cannot be done twice on one: packages, accounts, code, a certificate of an authority.
OF_A_MACHINE = (
    "apt-get ",
    "adduser ",
    "git clone ",
    "make -C ",
    "certbot ",
    "rm -f /etc/nginx/",
    "systemctl daemon-reload",
)
# Taken from this checkout instead: it takes seconds to compress them.
OF_A_MACHINE += ("directory collectstatic ", "directory createsuperuser")
PATHS = {
    "/var/lib/postgresql/15/main": "postgresql/main",
    "/etc/letsencrypt/live/directory.example": "tls",
    "/usr/local/bin/directory": "bin/directory",
    "/etc/nginx/conf.d/": "conf.d/",
    "/etc/systemd/system/": "units/",
    "/var/run/postgresql": "socket",
    "/etc/directory.env": "directory.env",
    "/var/lib/directory": "lib",
    "/var/cache/nginx": "cache",
    "/var/backups": "backups",
    "/srv/directory": "srv",
    "/var/www/html": "html",
}
NGINX = """daemon off; pid {home}/nginx.pid; error_log {home}/nginx.log; worker_processes 1; {user} events {{}}
http {{ client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3; uwsgi_temp_path {home}/t4;
scgi_temp_path {home}/t5; include {home}/conf.d/*.conf; }}"""


def commands() -> dict[str, list[str]]:
    """The commands of the guide, by the title of their section."""
    sections = re.split(r"^## (.+)\n", GUIDE.read_text(), flags=re.MULTILINE)[1:]
    return {
        title: [
            line for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
        ]
        for title, text in zip(sections[::2], sections[1::2], strict=True)
    }


class Rehearsal:
    """A machine below a folder. `at` gives other text for some of a command, such as a moment that is not known before."""

    def __init__(self, ports: tuple[int, int, int]):
        self.home = Path(tempfile.mkdtemp(prefix="deploy-", dir="/tmp"))  # noqa: S108 (paths of sockets are short)
        self.home.chmod(0o755)
        self.https, self.http, self.inner = ports
        self.running: dict[str, subprocess.Popen] = {}
        self.at: dict[str, str] = {}
        self.binaries = find_binaries()[0]
        self.account = unprivileged_account()
        self.environment = os.environ | {
            "PATH": f"{self.home}/bin:{self.binaries}:/usr/sbin:{os.environ['PATH']}",
            "PGHOST": f"{self.home}/socket",
            "PGUSER": "postgres",
        }
        for name in ("DATABASE_URL", "SITE_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
            self.environment.pop(name, None)
        self.lay_out()

    def lay_out(self) -> None:
        for name in (
            "bin",
            "conf.d",
            "units",
            "socket",
            "tls",
            "cache",
            "html",
            "lib",
            "backups/directory",
            "srv/releases",
        ):
            (self.home / name).mkdir(parents=True)
        for name in ("1", "2"):
            # The code of this checkout, with the files of this folder as a reader has put his site into them.
            release = self.home / "srv" / "releases" / name
            release.mkdir()
            for each in ROOT.iterdir():
                if each.name not in ("genesis", "var", ".git"):
                    (release / each.name).symlink_to(each)
            shutil.copytree(
                ROOT / "genesis", release / "genesis", ignore=shutil.ignore_patterns("__pycache__")
            )
            for file in (release / "genesis" / "deploy").iterdir():
                file.write_text(self.here(file.read_text()))
        (self.home / "lib" / "static").symlink_to(ROOT / "var" / "static")
        (self.home / "nginx.conf").write_text(
            NGINX.format(home=self.home, user="user root;" if os.geteuid() == 0 else "")
        )
        openssl = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=directory.example -keyout privkey.pem -out fullchain.pem"
        subprocess.run(shlex.split(openssl), cwd=self.home / "tls", check=True, capture_output=True)
        self.initdb()

    def initdb(self) -> None:
        data = self.home / "postgresql"
        data.mkdir()
        if self.account:
            for folder in (data, self.home / "socket"):
                os.chown(folder, self.account["user"], self.account["group"])
        self.as_postgres(
            self.binaries / "initdb",
            "-D",
            data / "main",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        self.start("postgresql")

    def as_postgres(self, *command) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=self.home, **self.account)

    def here(self, text: str) -> str:
        """A text of the guide with the paths and ports of this rehearsal."""
        for path, place in PATHS.items():
            text = text.replace(path, f"{self.home}/{place}")
        for there, port in (("443", self.https), ("80", self.http)):
            text = text.replace(f"    listen [::]:{there}", "    #").replace(
                f"listen {there}", f"listen 127.0.0.1:{port}"
            )
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.inner}")
        # Accounts of the guide are not those of this machine.
        text = re.sub(r"(-[og]) directory\b", "", text).replace("runuser -u directory -- ", "")
        if not self.account:
            text = re.sub(r"(-[og]) postgres\b", "", text).replace("runuser -u postgres -- ", "")
        for before, after in self.at.items():
            text = text.replace(before, after)
        return text

    def carry_out(self, section: list[str]) -> None:
        """Run commands of the guide, one after the other. Raises CalledProcessError where one fails."""
        for command in section:
            if command.startswith(OF_A_MACHINE):
                continue
            if command.startswith("systemctl "):
                self.systemctl(*command.split()[1:])
            else:
                self.run(self.here(command))

    def run(self, command: str) -> str:
        if command == "nginx -t":
            command = f"nginx -t -c {self.home}/nginx.conf"
        if "directory.env" in command and command.startswith("install "):
            # Who asks PostgreSQL is told by name here; the guide's machine knows it by its account.
            command += f" && echo PGUSER=directory >> {self.home}/directory.env"
        done = subprocess.run(
            ["/bin/bash", "-ec", command], env=self.environment, cwd=self.home, capture_output=True, text=True
        )
        if done.returncode:
            raise AssertionError(f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def systemctl(self, verb: str, *names: str) -> None:
        for name in names:
            if name.endswith(".timer") or name.startswith("--"):
                continue
            if verb in ("stop", "restart") or name == "nginx":
                self.stop(name)
            if verb != "stop":
                self.start(name)

    def command_of(self, name: str) -> list[str]:
        if name == "postgresql":
            settings = [f"-cunix_socket_directories={self.home}/socket", "-clisten_addresses="]
            return [str(self.binaries / "postgres"), "-D", f"{self.home}/postgresql/main", *settings]
        if name == "nginx":
            return ["nginx", "-c", f"{self.home}/nginx.conf"]
        (line,) = re.findall(
            r"^ExecStart=(.+)$", (self.home / "units" / f"{name}.service").read_text(), re.MULTILINE
        )
        return [
            "/bin/sh",
            "-c",
            f"set -a; . {self.home}/directory.env; cd {self.home}/srv/current; exec {line}",
        ]

    def start(self, name: str) -> None:
        how = self.account if name == "postgresql" else {}
        with (self.home / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(
                self.command_of(name), stdout=log, stderr=log, cwd=self.home, env=self.environment, **how
            )
        if name == "postgresql":
            self.until(
                lambda: (
                    subprocess.run([self.binaries / "pg_isready", "-q"], env=self.environment).returncode == 0
                )
            )
            # It answers before it has come to the moment that was asked for.
            self.until(lambda: self.run("psql -Atc 'SELECT pg_is_in_recovery()' postgres").strip() == "f")
        if name == "directory":
            self.until(lambda: self.ask("/healthz", inner=True)[0] == 200)

    def until(self, is_so) -> None:
        """Wait for a process that has just been started."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, AssertionError, http.client.HTTPException):
                if is_so():
                    return
            time.sleep(0.05)
        raise AssertionError({log.name: log.read_text()[-2000:] for log in self.home.glob("*.log")})

    def stop(self, name: str) -> None:
        if process := self.running.pop(name, None):
            process.send_signal(signal.SIGINT if name == "postgresql" else signal.SIGTERM)
            process.wait(timeout=60)

    def close(self) -> None:
        for name in ("nginx", "directory-worker", "directory", "postgresql"):
            self.stop(name)
        shutil.rmtree(self.home, ignore_errors=True)

    def ask(self, target: str, method="GET", *, tls=True, inner=False, body=None, **headers: str) -> tuple:
        """Status, headers and body of an answer of nginx, or of the site itself."""
        if inner:
            asked = http.client.HTTPConnection("127.0.0.1", self.inner, timeout=30)
        elif tls:
            unsure = ssl._create_unverified_context()  # noqa: S323 (a certificate of this rehearsal)
            asked = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=30, context=unsure)
        else:
            asked = http.client.HTTPConnection("127.0.0.1", self.http, timeout=30)
        with contextlib.closing(asked):
            sent = {"Host": SITE} | {name.replace("_", "-"): value for name, value in headers.items()}
            asked.request(method, target, body=body, headers=sent)
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read()


def advice() -> str:
    """What to install before the guide can be tried; "" where all of it is there."""
    lacking = [
        package for program, package in PROGRAMS.items() if not shutil.which(program, path=SYSTEM_PATH)
    ]
    return (
        f"The deploy guide was not tried. On Debian: apt-get install {' '.join(lacking)}" if lacking else ""
    )


if __name__ == "__main__" and advice():
    print(advice())
