"""Starts, stops and shows the servers of the integration tests.

    python3 -m tests.servers start [NAME ...]
    python3 -m tests.servers stop [NAME ...]
    python3 -m tests.servers status [NAME ...]
    python3 -m tests.servers command [NAME ...]

Without a name: all of them. `start` installs what is missing (as root, on Debian; Chromium and a Korean font too, to
look at pages and pictures with), returns when every one answers, and leaves alone what runs already.
The servers go on until `stop`; their data stays in .services/.
`command` makes what a server needs and prints the command that runs it in the foreground, for whoever wants to kill it.
"""

from __future__ import annotations

import argparse
import fcntl
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.addresses import DATA, HOST, VARIABLES, port_of
from tests.servers.daemon import Server, ServerFailed
from tests.servers.kafka import Kafka
from tests.servers.mariadb import Mariadb
from tests.servers.packages import install
from tests.servers.postgresql import Postgresql
from tests.servers.redis import Redis

SERVERS: dict[str, Server] = {server.name: server for server in (Postgresql(), Mariadb(), Redis(), Kafka())}

BROWSER = {"chromium": "chromium", "chromedriver": "chromium-driver"}
"""The programs that pages are looked at with, and Debian's package of each."""

FONT = {Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"): "fonts-noto-cjk"}
"""A font that has Hangul, for what is drawn in Korean, and its package."""


def start(servers: Sequence[Server]) -> None:
    """Start servers side by side, and wait until all of them answer."""
    missing = sorted({package for server in servers if not server.is_installed() for package in server.packages})
    missing += [package for program, package in BROWSER.items() if shutil.which(program) is None]
    missing += [package for file, package in FONT.items() if not file.exists()]
    if missing:
        _say(f"installing {', '.join(missing)} ...")
        install(missing)
    started = [server for server in servers if server.launch()]
    for server in servers:
        server.wait()
        state = "started" if server in started else "runs already"
        _say(f"{server.name}: {state}, {HOST}:{port_of(server.name)}")


def stop(servers: Sequence[Server]) -> None:
    """Stop servers, those that run."""
    for server in reversed(servers):
        _say(f"{server.name}: {'stopped' if server.stop() else 'did not run'}")


def status(servers: Sequence[Server]) -> None:
    """Say of each server whether it runs and answers."""
    for server in servers:
        state = "does not run" if not server.runs() else "answers" if server.answers() else "runs, but does not answer"
        _say(f"{server.name}: {state} ({HOST}:{port_of(server.name)}, {VARIABLES[server.name]}; log {server.log})")


def command(servers: Sequence[Server]) -> None:
    """Make what servers need, and print for each, on a line of its own, what runs it in the foreground."""
    for server in servers:
        server.launch()
        server.wait()
        server.stop()
        _say(shlex.join(server.in_foreground()))


def main() -> int:
    """Do what the command line says; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.servers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = {"start": start, "stop": stop, "status": status, "command": command}
    parser.add_argument("action", choices=actions)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(SERVERS)} (all)")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in SERVERS]:
        parser.error(f"there is no server {unknown[0]!r}; there are {', '.join(SERVERS)}")
    try:
        with _one_at_a_time():
            actions[arguments.action]([SERVERS[name] for name in arguments.names or SERVERS])
    except (ServerFailed, ValueError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    DATA.mkdir(parents=True, exist_ok=True)
    with (DATA / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
