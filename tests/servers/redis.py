"""Redis, from Debian's package."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from tests.servers.addresses import HOST, PASSWORD, port_of
from tests.servers.daemon import Server, succeeds


class Redis(Server):
    """Redis with an append-only file, synced once a second, which is the default once that file is on."""

    name = "redis"
    packages = ("redis-server",)

    def is_installed(self) -> bool:
        """Say whether its programs are on this machine."""
        return shutil.which("redis-server") is not None and shutil.which("redis-cli") is not None

    def prepare(self) -> None:
        """Make the directory of its data."""
        self.home.mkdir(parents=True, exist_ok=True)

    def command(self) -> Sequence[str]:
        """Give the command that runs it in the foreground."""
        settings = {
            "bind": HOST,
            "port": port_of(self.name),
            "requirepass": PASSWORD,
            "dir": self.home,
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return ["redis-server", *(word for name, value in settings.items() for word in (f"--{name}", str(value)))]

    def answers(self) -> bool:
        """Say whether a client gets an answer to a request."""
        # `-e`: an error answer, as while the data is being loaded, is a failure.
        return succeeds(
            ["redis-cli", "-e", "-h", HOST, "-p", str(port_of(self.name)), "PING"], {"REDISCLI_AUTH": PASSWORD}
        )
