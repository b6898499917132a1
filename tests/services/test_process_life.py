"""A service's process from its start to its end: what it says of itself, and what it leaves undone."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from bookdelivery import Bookstore
from tests.adapters.inbound.rest.serving import PURCHASE
from tests.services.processes import PATIENCE_S, Served, eventually, five_free_ports, run, serving
from tests.survival.full_disk import SmallDisk

Start = Callable[..., Served]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start processes that are ended with the test."""
    with ExitStack() as started:

        def begin(what: str, *arguments: str, folder: Path = tmp_path, first_port: int | None = None) -> Served:
            one = Served(folder, what, *arguments, first_port=first_port)
            started.callback(one.end)
            return one

        yield begin


@pytest.mark.slow
def test_while_the_broker_is_away_the_process_lives_is_not_ready_and_gives_up_in_time(start: Start) -> None:
    nobody = f"redis://:geheim@127.0.0.1:{five_free_ports()}/0"
    process = start("order", "--broker-url", nobody, "--operations.start-patience-s", "8")
    eventually(lambda: process.answers("order", "/livez"))
    told = process.http.get(process.at("order", "/readyz"))
    assert (told.status_code, told.json()["phase"]) == (503, "starting")
    assert told.json()["checks"]["order: store"]["ok"] is True
    assert "127.0.0.1" in told.json()["checks"]["order: broker"]["problem"]
    put_off = process.http.post(process.at("order", "/orders"), json=PURCHASE)
    assert (put_off.status_code, put_off.headers["retry-after"]) == (503, "1")
    assert process.process.wait(PATIENCE_S) == 1
    log = process.log.read_text()
    assert "not there yet, asking again in 0.5 s: order: broker: " in log
    assert "order cannot be served: gave up after" in log
    assert "geheim" not in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_a_process_that_starts_can_be_ended(start: Start) -> None:
    process = start("order", "--broker-url", f"redis://127.0.0.1:{five_free_ports()}/0")
    eventually(lambda: process.answers("order", "/livez"))
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(PATIENCE_S) == 0


@pytest.mark.slow
def test_a_process_asked_to_end_says_so_at_once_still_answers_and_publishes_what_it_took(
    start: Start, tmp_path: Path
) -> None:
    process = start("order", "--operations.linger-s", "4")
    start("payment", *_data(tmp_path), first_port=process.first_port, folder=_folder(tmp_path / "payment"))
    eventually(lambda: process.is_ready("order") and process.is_ready("payment"))
    with httpx.stream("GET", process.at("order", "/orders"), timeout=PATIENCE_S):
        process.process.send_signal(signal.SIGTERM)
        eventually(lambda: process.ready("order")["phase"] == "draining")
        assert process.http.get(process.at("order", "/readyz")).status_code == 503
        assert process.http.get(process.at("order", "/livez")).status_code == 200
        assert process.http.post(process.at("order", "/orders"), json=PURCHASE).status_code == 201
    assert process.process.wait(PATIENCE_S) == 0
    assert "asked to end: not ready any more" in process.log.read_text()

    async def unsent() -> int:
        shop = Bookstore.open(f"sqlite:///{tmp_path}/bookdelivery.db", only=["order"])
        try:
            return len(await shop.services["order"].store.waiting(10))
        finally:
            await shop.__aexit__(None, None, None)

    assert asyncio.run(unsent()) == 0


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _data(folder: Path) -> list[str]:
    return ["--url", f"sqlite:///{folder}/bookdelivery.db"]


@pytest.mark.slow
def test_who_watches_an_order_does_not_keep_the_process_from_ending(start: Start) -> None:
    process = start("order", "--operations.drain-s", "1000")
    eventually(lambda: process.is_ready("order"))
    awaiting_payment = process.http.post(process.at("order", "/orders"), json=PURCHASE)
    assert awaiting_payment.status_code == 202
    headers = {"accept": "text/event-stream"}
    with httpx.stream("GET", awaiting_payment.headers["location"], headers=headers, timeout=PATIENCE_S) as watched:
        assert watched.headers["content-type"].startswith("text/event-stream")
        process.process.send_signal(signal.SIGTERM)
        # The stream ends as it should, and does not break off.
        for _ in watched.iter_bytes():
            pass
    assert process.process.wait(PATIENCE_S) == 0
    assert "Traceback" not in process.log.read_text()


@pytest.mark.slow
def test_tables_of_a_newer_release_are_told_and_left_alone(tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    asyncio.run(_make(newer))
    with closing(sqlite3.connect(newer)) as database:
        database.execute("PRAGMA user_version = 99")
    before = newer.read_bytes()
    told = run(serving("order", "--url", f"sqlite:///{newer}", "--first-port", str(five_free_ports())), tmp_path)
    assert told.returncode == 1
    assert "its schema version is 99, written by a newer release" in told.stderr
    assert "Traceback" not in told.stderr
    assert newer.read_bytes() == before


async def _make(path: Path) -> None:
    async with Bookstore.open(f"sqlite:///{path}", only=["order"]):
        pass


@pytest.mark.slow
def test_on_a_full_disk_orders_are_refused_for_now_and_can_be_looked_at(start: Start, tmp_path: Path) -> None:
    place = _folder(tmp_path / "disk")
    with SmallDisk.mounted(place, kilobytes=3072) as disk:
        process = start("all", "--url", f"sqlite:///{place}/shop.db")
        eventually(lambda: all(process.is_ready(name) for name in ("order", "payment", "ordermanagement")))
        assert process.http.post(process.at("order", "/orders"), json=PURCHASE).status_code == 201
        disk.fill()
        told = process.http.post(process.at("order", "/orders"), json=PURCHASE)
        assert told.status_code == 503, told.text
        assert process.http.get(process.at("order", "/orders")).status_code == 200
        disk.make_room()
        eventually(lambda: process.http.post(process.at("order", "/orders"), json=PURCHASE).status_code == 201)
        process.end()
