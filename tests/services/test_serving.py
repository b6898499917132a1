"""The bookstore as processes of its own, as the original system ran: started together, killed, and asked to end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bookdelivery.services.serving import PORTS
from tests.adapters.inbound.rest.serving import PURCHASE

PATIENCE_S = 120
"""Seconds after which what does not happen has failed."""


def five_free_ports() -> int:
    """Find ports that follow on one another; gives the first."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as door:
            first = int(door.getsockname()[1])
        try:
            for place in range(len(PORTS)):
                socket.create_server(("127.0.0.1", first + place)).close()
        except (OSError, OverflowError):
            continue
        return first


def eventually(happens: Callable[[], bool]) -> None:
    """Wait until it does."""
    give_up = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.1)


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


class Served:
    """All of the bookstore, in a process for each context."""

    def __init__(self, folder: Path) -> None:
        self.first_port = five_free_ports()
        self.log = folder / "log"
        command = [sys.executable, "-m", "bookdelivery", "serve", "all", "--first-port", str(self.first_port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        self.http = httpx.Client(timeout=PATIENCE_S)

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


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve, and see that nothing is left behind."""
    one = Served(tmp_path)
    try:
        for context, path in {"order": "/orders", "payment": "/payments", "mypage": "/myPages"}.items():
            eventually(lambda context=context, path=path: one.answers(context, path))  # type: ignore[misc]
        yield one
    finally:
        one.end()
        one.http.close()


@pytest.mark.slow
def test_an_order_goes_through_all_processes_and_a_killed_payment_only_puts_it_off(served: Served) -> None:
    placed = served.http.post(served.at("order", "/orders"), json=PURCHASE)
    assert (placed.status_code, placed.json()["orderStatus"]) == (201, "placed")
    eventually(lambda: served.answers("ordermanagement", "/ordermgmts/1"))
    for verb in ("take", "pack"):
        assert served.http.post(served.at("ordermanagement", f"/ordermgmts/1/{verb}")).is_success
    eventually(lambda: served.answers("delivery", "/deliveries/1"))
    eventually(
        lambda: served.http.get(served.at("mypage", "/myPages/1")).json().get("orderStatus") == "shipping",
    )

    os.kill(served.pid("payment"), signal.SIGKILL)
    put_off = served.http.post(served.at("order", "/orders"), json=PURCHASE)
    assert (put_off.status_code, put_off.json()["orderStatus"]) == (202, "awaitingPayment")
    eventually(lambda: served.answers("payment", "/payments"))
    eventually(lambda: served.http.post(f"{put_off.headers['location']}/pay").json().get("orderStatus") == "placed")
    assert "payment         | ended with status -9; starting it again" in served.log.read_text()

    served.end()
    assert served.process.returncode == 0
    assert not any(served.answers(context, "/") for context in PORTS)


@pytest.mark.slow
def test_a_second_one_on_the_same_ports_says_so_and_harms_nothing(served: Served) -> None:
    command = [sys.executable, "-m", "bookdelivery", "serve", "all", "--first-port", str(served.first_port)]
    second = run(command, served.log.parent)
    assert second.returncode == 2
    assert f"127.0.0.1:{served.first_port}' is not an address that can be listened on" in second.stderr
    assert served.http.post(served.at("order", "/orders"), json=PURCHASE).status_code == 201


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shipping"], "'shipping' is not all or one of order, ordermanagement, delivery, payment, mypage"),
        (["order", "--at.shop", "http://shop"], "'shop' is not one of"),
        (["order", "--at.payment", "payment:8084"], "'payment:8084' is not an address such as http://host:8084"),
        (["all", "--url", "memory://"], "'memory://' is not a place that several processes share"),
        (
            ["order", "--first-port", "70000"],
            "--http.first-port is '70000', but must be a whole number from 1 to 65535",
        ),
        (["order", "--host", "elsewhere.invalid"], "is not an address that can be listened on"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: list[str], words: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bookdelivery", "serve", *arguments]
    told = run(command, tmp_path)
    assert (told.returncode, words in told.stderr) == (2, True), told.stderr
