"""Servers that a test may kill: instances of its own, with ports and data of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from bookdelivery.services.drill.ports import free_ports
from tests.missing import missing
from tests.servers.addresses import DATABASE, HOST, PASSWORD, USER, VARIABLES
from tests.servers.places import reachable_home

ROOT = Path(__file__).parents[3]


@attrs.frozen
class OwnServer:
    """One server.

    Attributes:
        name: postgresql, mariadb, redis or kafka.
        port: where it listens.
        home: where its data are.
    """

    name: str
    port: int
    home: Path

    @property
    def url(self) -> str:
        """The URL of its database or topic."""
        if self.name == "kafka":
            return f"kafka://{HOST}:{self.port}"
        if self.name == "redis":
            return f"redis://:{PASSWORD}@{HOST}:{self.port}/0"
        scheme = {"postgresql": "postgresql", "mariadb": "mysql"}[self.name]
        return f"{scheme}://{USER}:{PASSWORD}@{HOST}:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._do("start")

    def kill(self) -> None:
        """End it at once, without a word to anybody and without tidying up; returns when it has ended."""
        pid = int((self.home / f"{self.name}.pid").read_text().split()[0])
        # PostgreSQL's "immediate shutdown" is its own way to have all its processes crash together.
        os.kill(pid, signal.SIGQUIT if self.name == "postgresql" else signal.SIGKILL)
        while _runs(pid):
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it, if it runs."""
        self._do("stop")

    def command(self) -> str:
        """Stop it, and give the line for a shell that runs it in the foreground."""
        self.stop()
        return self._do("command").splitlines()[-1]

    def _do(self, action: str) -> str:
        environment = {
            **os.environ,
            "BOOKDELIVERY_SERVICES_DIR": str(self.home),
            VARIABLES[self.name]: str(self.port),
        }
        command = [sys.executable, "-m", "tests.servers", action, self.name]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def own_server(name: str, home: Path) -> Iterator[OwnServer]:
    """Have a server for a while; skipped, or failed in CI, as the tests of the shared ones are."""
    server = OwnServer(name, free_ports(1), home)
    try:
        server.start()
    except AssertionError as error:
        missing(f"{name} cannot be started here, see `make services`: {error}")
    try:
        yield server
    finally:
        server.stop()
        # Root's PostgreSQL runs as a user who cannot reach a test's directory.
        user = "postgres" if name == "postgresql" and os.geteuid() == 0 else None
        elsewhere = reachable_home(home / name, user)
        if elsewhere != home / name:
            shutil.rmtree(elsewhere)


def _runs(pid: int) -> bool:
    """Say whether a process has not ended yet; one that nobody has waited for has."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
