"""Processes for a benchmark: those of the bookstore, or of a peer, on ports of their own; and customers who order."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bookdelivery.services.drill.ports import HOST, free_ports
from bookdelivery.services.serving import PORTS

_PATIENCE_S = 120.0
_AT_ONCE = 16
_IDS = itertools.count(1)

PURCHASE: dict[str, Any] = {
    "customerId": 1,
    "customerName": "HanYongSun",
    "itemId": 1,
    "itemName": "ITbook",
    "qty": 1,
    "itemPrice": 25_000,
    "deliveryAddress": "kyungkido sungnamsi",
    "deliveryPhoneNumber": "01012341234",
}


@contextmanager
def running(commands: Sequence[Sequence[str]], ports: Sequence[int], log: Path) -> Iterator[None]:
    """Run commands until this is left; waits until somebody listens on each port."""
    with log.open("w") as output:
        processes = [subprocess.Popen(one, stdout=output, stderr=subprocess.STDOUT) for one in commands]
        try:
            give_up_s = time.monotonic() + _PATIENCE_S
            for port in ports:
                while not _answers(port):
                    assert time.monotonic() < give_up_s, (
                        f"nobody answers on {port}; see {log}: {log.read_text()[-2000:]}"
                    )
                    time.sleep(0.1)
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(_PATIENCE_S)


def _answers(port: int) -> bool:
    try:
        # A bare application knows no such path; that is an answer, too.
        return httpx.get(f"http://{HOST}:{port}/readyz", timeout=5).status_code in (200, 404)
    except httpx.TransportError:
        return False


@contextmanager
def bookstore(url: str, broker_url: str, contexts: Sequence[str], log: Path, *, gateway: bool = False) -> Iterator[int]:
    """Run contexts of the bookstore, each in a process; gives the first port, the gateway's follows on the last."""
    first = free_ports(len(PORTS) + 1)
    ports = {name: first + place for place, name in enumerate(PORTS)}
    common = ["--url", url, "--broker-url", broker_url, "--first-port", str(first), "--operations.log-level", "warning"]
    many = ["--gateway.per-caller-per-second", "1000000", "--gateway.per-address-per-second", "1000000"]
    served = [*contexts, "gateway"] if gateway else list(contexts)
    commands = [
        [sys.executable, "-m", "bookdelivery", "serve", name, *common]
        + (["--gateway.port", str(first + len(PORTS)), *many] if name == "gateway" else [])
        for name in served
    ]
    listening = [ports.get(name, first + len(PORTS)) for name in served]
    with running(commands, listening, log):
        yield first


@contextmanager
def bare(url: str, log: Path) -> Iterator[int]:
    """Run the hand-written pair; gives the order endpoint's port."""
    first = free_ports(2)
    payment_url = f"http://{HOST}:{first + 1}"
    commands = [
        [sys.executable, "-m", "benchmarks.bare_shop", role, str(first + place), payment_url, url]
        for place, role in enumerate(("order", "payment"))
    ]
    with running(commands, [first, first + 1], log):
        yield first


def order() -> dict[str, Any]:
    """Give the body of an order that nobody has placed yet."""
    return {**PURCHASE, "orderId": os.getpid() * 1_000_000 + next(_IDS)}


async def orders_per_second(port: int, number: int) -> float:
    """Have customers place so many orders, some at a time, each one after the other; the rate of those that were paid.

    Where a machine is too busy, payments are put off; such an order is none.
    """
    paid = 0
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        left = iter(range(number))

        async def customer() -> None:
            nonlocal paid
            for _ in left:
                answer = await http.post(f"http://{HOST}:{port}/orders", json=order())
                assert answer.is_success, answer.text
                paid += answer.status_code == httpx.codes.CREATED

        began_s = time.perf_counter()
        await asyncio.gather(*(customer() for _ in range(_AT_ONCE)))
        return paid / (time.perf_counter() - began_s)


async def latencies_s(port: int, per_second: float, lasts_s: float, seed: int = 1) -> Sequence[float]:
    """Have customers come at random, at a rate; how long each waited, from when they meant to ask."""
    gaps_s = np.random.default_rng(seed).exponential(1 / per_second, size=round(per_second * lasts_s))
    waited_s: list[float] = []
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http, asyncio.TaskGroup() as visits:
        at_s = time.perf_counter()

        async def visit(meant_s: float) -> None:
            answer = await http.post(f"http://{HOST}:{port}/orders", json=order())
            assert answer.is_success, answer.text
            waited_s.append(time.perf_counter() - meant_s)

        for gap_s in gaps_s:
            at_s += gap_s
            await asyncio.sleep(at_s - time.perf_counter())
            visits.create_task(visit(at_s))
    return waited_s
