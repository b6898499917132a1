"""A bookstore in a process of its own, at work on a file until somebody kills it: `python -m tests.survival.child`.

Reads its task from standard input, as one line of JSON, and tells on standard output, a line each, what it is about to
ask and what was answered. A line is written by one system call, only after the answer was there, so whoever reads the
pipe knows of exactly what a customer could know of.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import orjson

from bookdelivery import BOOKSTORE_SYSTEM, Bookstore, EngineSettings
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.application.system import System
from tests.survival.crash_points import Crash, Fuse, crashing_sqlite, point_of
from tests.survival.specimens import SPECIMENS, Specimen
from tests.survival.stories import PLOTS, Answer, Story, tell

SETTINGS = EngineSettings(poll_s=0.05, retry_after_s=0.01, retry_at_most_s=0.1)
"""Impatient, so that a short life is a full one."""


@attrs.frozen(kw_only=True)
class Task:
    """What a process is told.

    Attributes:
        file: where the bookstore is.
        broker_url: where the topic is, if not in the file.
        name: no other process of the drill has it.
        seed: of everything random.
        ahead_s: seconds by which its clock is ahead of the computer's.
        customers: how many of them there are at once.
        first_id: the first order id that its customers may choose.
        checkpoint_pages: pages of log after which SQLite copies it back.
        crash: when it kills itself, None for never.
        specimen: the design under test.
        stories: begun by earlier processes, to be gone on with.
    """

    file: str
    name: str
    seed: int
    ahead_s: float = 0.0
    customers: int = 6
    first_id: int = 1 << 40
    checkpoint_pages: int = 4096
    crash: Crash | None = None
    specimen: str = "as it is"
    stories: tuple[Story, ...] = ()
    broker_url: str | None = None

    def to_json(self) -> bytes:
        """Write it down as one line."""
        return orjson.dumps(attrs.asdict(self)) + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Task:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = orjson.loads(line)
        crash, stories = fields.pop("crash"), fields.pop("stories")
        if crash is not None:
            crash["point"] = point_of(crash["point"])
            crash = Crash(**crash)
        return cls(crash=crash, stories=tuple(Story(**story) for story in stories), **fields)


@attrs.define
class AheadClock:
    """The computer's clock, moved ahead.

    Attributes:
        ahead_s: by how many seconds.
    """

    ahead_s: float = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.ahead_s


class Pipe:
    """Tells whoever started this process what is asked and answered."""

    def asks(self, story: Story, verb: str) -> None:
        """Tell of a command that is about to be sent."""
        self.say("asks", story=attrs.asdict(story), verb=verb)

    def answers(self, story: Story, verb: str, answer: Answer) -> None:
        """Tell of its answer."""
        self.say("answers", story=attrs.asdict(story), verb=verb, answer=attrs.asdict(answer))

    def say(self, what: str, **details: Any) -> None:
        """Write a line."""
        os.write(1, orjson.dumps({"what": what, **details}) + b"\n")


def wired(fuse: Fuse, specimen: Specimen) -> System:
    """Put crash points around the ports of the bookstore's contexts, and a specimen around those."""
    fused = attrs.evolve(
        BOOKSTORE_SYSTEM,
        wrap_store=lambda context, port: fuse.around(port, context.name),
        wrap_broker=lambda context, port: fuse.around(port, context.name),
    )
    return specimen.around(fused)


async def _work(task: Task, pipe: Pipe, stop: asyncio.Event) -> None:
    rng = random.Random(task.seed)
    fuse = Fuse(task.crash)
    specimen = SPECIMENS[task.specimen]
    clock = AheadClock(task.ahead_s)
    special = task.checkpoint_pages != 4096 or task.crash is not None
    with crashing_sqlite(fuse, task.checkpoint_pages) if special else nullcontext():
        books = EmbeddedPaymentProvider(Path(f"{task.file}-provider"))
        provider = specimen.provider(fuse.around(books, "payment"), task.name)
        shop = Bookstore.open(
            f"sqlite:///{task.file}",
            broker_url=task.broker_url,
            system=wired(fuse, specimen),
            provider=provider,
            settings=SETTINGS,
            clock=clock,
            rng=random.Random(f"{task.name} {task.seed}"),
        )
        async with shop:
            pipe.say("open")
            begun = list(reversed(task.stories))
            numbers = count()

            async def customer() -> None:
                while True:
                    story = begun.pop() if begun else _fresh(task, next(numbers), rng)
                    await tell(shop, story, pipe, clock.now)

            customers = [asyncio.create_task(customer()) for _ in range(task.customers)]
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([*customers, stopped], return_when=asyncio.FIRST_COMPLETED)
            for one in [*customers, stopped]:
                if one.done():
                    one.result()
                one.cancel()
            await asyncio.gather(*customers, return_exceptions=True)
        await books.close()
    pipe.say("closed")


def _fresh(task: Task, number: int, rng: random.Random) -> Story:
    chosen = task.first_id + number if rng.random() < 0.5 else None
    return Story(token=f"{task.name}.{number}", plot=rng.choice(list(PLOTS)), chosen_id=chosen)


async def _main() -> None:
    task = Task.from_json(sys.stdin.buffer.readline())
    pipe, stop = Pipe(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pipe.say("opening")
    await _work(task, pipe, stop)


if __name__ == "__main__":
    asyncio.run(_main())
