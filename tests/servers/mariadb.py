"""MariaDB, from Debian's package."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.servers.addresses import DATABASE, HOST, PASSWORD, USER, port_of
from tests.servers.daemon import Server, run, succeeds

_AT_EVERY_START = "".join(
    f"{statement};\n"
    for statement in (
        f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4",
        f"CREATE USER IF NOT EXISTS '{USER}'@'{HOST}' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL ON *.* TO '{USER}'@'{HOST}' WITH GRANT OPTION",
    )
)


class Mariadb(Server):
    """MariaDB with InnoDB's own defaults of durability: a commit is on the disk when it returns."""

    name = "mariadb"
    packages = ("mariadb-server",)

    def is_installed(self) -> bool:
        """Say whether its programs are on this machine."""
        return _server() is not None and shutil.which("mariadb") is not None

    def prepare(self) -> None:
        """Make the system tables."""
        if self._data.exists():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        # An attempt that was cut short must not look like a finished one.
        half_made = self.home / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        run(
            [
                *("mariadb-install-db", "--no-defaults", f"--datadir={half_made}", f"--user={getpass.getuser()}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ]
        )
        (half_made / "at-every-start.sql").write_text(_AT_EVERY_START)
        half_made.rename(self._data)

    def command(self) -> Sequence[str]:
        """Give the command that runs it in the foreground."""
        server = _server()
        assert server is not None
        return [
            *(server, "--no-defaults", f"--datadir={self._data}", f"--user={getpass.getuser()}"),
            *(f"--bind-address={HOST}", f"--port={port_of(self.name)}", "--skip-name-resolve"),
            # Counted from the data directory: a longer path is more than the operating system allows.
            *("--socket=mariadb.sock", f"--pid-file={self.home / 'mariadb.pid'}"),
            *("--init-file=at-every-start.sql", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"),
        ]

    def answers(self) -> bool:
        """Say whether a client gets an answer to a request."""
        address = (f"--host={HOST}", f"--port={port_of(self.name)}", f"--user={USER}", f"--database={DATABASE}")
        client = ["mariadb", "--no-defaults", "--connect-timeout=10", *address, "--execute=SELECT 1"]
        return succeeds(client, {"MYSQL_PWD": PASSWORD})

    @property
    def _data(self) -> Path:
        return self.home / "data"


def _server() -> str | None:
    # Debian keeps it where only root's PATH leads.
    return shutil.which("mariadbd") or shutil.which("/usr/sbin/mariadbd")
