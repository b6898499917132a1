"""What `bookdelivery serve` runs, for tests that talk to it over the wire and send it signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from bookdelivery.services.drill.ports import free_ports
from bookdelivery.services.serving import PORTS

PATIENCE_S = 120
"""Seconds after which what does not happen has failed."""


def five_free_ports() -> int:
    """Find a port for each context that follow on one another; gives the first."""
    return free_ports(len(PORTS))


def eventually(happens: Callable[[], bool]) -> None:
    """Wait until it does."""
    give_up = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.1)


def serving(what: str, *arguments: str) -> list[str]:
    """Give the command that serves."""
    return [sys.executable, "-m", "bookdelivery", "serve", what, *arguments]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


class Served:
    """What `bookdelivery serve` runs.

    Args:
        folder: where it runs; its output is in the file `log` there.
        what: a context's name, or all of the bookstore in a process for each.
        arguments: more for the command line.
        first_port: the order context's; by default one that is free, with four more after it.
    """

    def __init__(self, folder: Path, what: str = "all", *arguments: str, first_port: int | None = None) -> None:
        self.first_port = first_port or five_free_ports()
        self.log = folder / "log"
        with self.log.open("w") as log:
            command = serving(what, "--first-port", str(self.first_port), *arguments)
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        self.http = httpx.Client(timeout=PATIENCE_S)

    def ready(self, context: str) -> dict[str, Any]:
        """Ask a context whether it is ready, and what stands against it; nothing while nobody answers."""
        try:
            document: dict[str, Any] = self.http.get(self.at(context, "/readyz")).json()
        except httpx.TransportError:
            return {"ready": False, "phase": None, "checks": {}}
        return document

    def is_ready(self, context: str) -> bool:
        return bool(self.ready(context)["ready"])

    def at(self, context: str, path: str) -> str:
        return f"http://127.0.0.1:{self.first_port + list(PORTS).index(context)}{path}"

    def answers(self, context: str, path: str) -> bool:
        try:
            return self.http.get(self.at(context, path)).is_success
        except httpx.TransportError:
            return False

    def pid(self, context: str) -> int:
        """Find a context's process among the supervisor's children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        named = f"serve\0{context}\0"
        return next(int(child) for child in children if named in Path(f"/proc/{child}/cmdline").read_text())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self.http.close()
