"""PostgreSQL, from Debian's package."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from tests.servers.addresses import DATABASE, HOST, PASSWORD, USER, port_of
from tests.servers.daemon import Server, run, succeeds
from tests.servers.places import reachable_home


class Postgresql(Server):
    """PostgreSQL refuses to run as root, so for root it runs as Debian's user of that name."""

    name = "postgresql"
    packages = ("postgresql",)
    stop_with = signal.SIGINT  # ends the clients' sessions instead of waiting for them

    def is_installed(self) -> bool:
        """Say whether its programs are on this machine."""
        return _programs() is not None and shutil.which("psql") is not None

    @property
    def user(self) -> str | None:
        """The user it runs as."""
        return "postgres" if os.geteuid() == 0 else None

    @property
    def home(self) -> Path:
        """The directory of its data."""
        return reachable_home(super().home, self.user)

    def prepare(self) -> None:
        """Make the cluster."""
        if self._data.exists():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        if self.user:
            shutil.chown(self.home, self.user, self.user)
        # An attempt that was cut short must not look like a cluster.
        half_made = self.home / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        password = self.home / "password"
        password.write_text(PASSWORD)
        run(
            [
                *(_program("initdb"), "--pgdata", str(half_made), "--username", USER, "--pwfile", str(password)),
                *("--auth-local", "trust", "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            ],
            user=self.user,
            cwd=self.home,
        )
        half_made.rename(self._data)

    def command(self) -> Sequence[str]:
        """Give the command that runs it in the foreground."""
        settings = {
            "listen_addresses": HOST,
            "port": port_of(self.name),
            # A path to a socket may be longer than the operating system allows.
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "max_connections": 100,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [_program("postgres"), "-D", str(self._data), *options]

    def answers(self) -> bool:
        """Say whether a client gets an answer to a request."""
        return self._says("postgres", "SELECT 1")

    def finish(self) -> None:
        """Make the database."""
        if not self._says(DATABASE, "SELECT 1"):
            run(self._client("postgres", f"CREATE DATABASE {DATABASE}"))

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _says(self, database: str, statement: str) -> bool:
        return succeeds(self._client(database, statement))

    def _client(self, database: str, statement: str) -> list[str]:
        url = f"postgresql://{USER}:{PASSWORD}@{HOST}:{port_of(self.name)}/{database}?connect_timeout=10"
        return ["psql", "--no-psqlrc", "--quiet", "--dbname", url, "--command", statement]


def _programs() -> Path | None:
    """Find the newest version's programs, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return None if on_path is None else Path(on_path).resolve().parent


def _program(name: str) -> str:
    programs = _programs()
    assert programs is not None
    return str(programs / name)
