"""What a scenario's faults do to processes: killed, stopped where they stand, given less time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bookdelivery.services.drill.fleet import Process
from bookdelivery.services.drill.levers import BROKER, RealLevers
from bookdelivery.services.drill.provider import Conduct

PATIENCE_S = 120.0

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks for processes where Linux lists them"
)


async def _always() -> bool:
    return True


def is_stopped(process: Process) -> bool:
    return (
        process.pid is not None and Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    )


async def eventually(happens: Callable[[], bool]) -> None:
    """Wait until it does."""
    async with asyncio.timeout(PATIENCE_S):
        while not happens():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def levers(folder: Path) -> AsyncIterator[tuple[RealLevers, Process, list[str]]]:
    """Give levers, the process that they move, which is a service as well as the broker, and what is said."""
    process = Process("kafka", ["sleep", "1000"], folder / "log", _always, restart_after_s=0.01)
    process.start()
    said: list[str] = []
    began_s = asyncio.get_running_loop().time()
    try:
        await process.ready(PATIENCE_S)
        yield (
            RealLevers(
                {"order": [process]},
                {BROKER: process, "order": process},
                folder / "provider.json",
                Conduct(),
                began_s,
                lambda _: 0,
                said.append,
            ),
            process,
            said,
        )
    finally:
        await process.end(PATIENCE_S)


def test_a_server_is_killed_the_first_time_and_stopped_the_next(tmp_path: Path) -> None:
    async def body() -> None:
        async with levers(tmp_path) as (moved, process, said):
            with moved.broker_down():
                await eventually(lambda: bool(process.deaths))
                assert process.pid is None
            await process.ready(PATIENCE_S)
            with moved.store_down("order"):
                await eventually(lambda: is_stopped(process))
            await eventually(lambda: not is_stopped(process))
            assert process.deaths == {-signal.SIGKILL: 1}
            assert (moved.kills, moved.pauses) == (1, 1)
            assert said == ["the server kafka is killed", "the server kafka is stopped where it stands"]

    asyncio.run(body())


def test_a_service_that_is_slowed_is_stopped_again_and_again_and_then_goes_on(tmp_path: Path) -> None:
    async def body() -> None:
        async with levers(tmp_path) as (moved, process, _):
            with moved.slowed("order", 2.0):
                await eventually(lambda: moved.pauses >= 3)
            await eventually(lambda: not is_stopped(process))
            assert not process.deaths

    asyncio.run(body())
