"""The payment provider of a drill: its books survive whoever is killed, and it misbehaves as it is told to."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import nullcontext
from pathlib import Path

import attrs

from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider, Mood
from bookdelivery.contexts.payment.provider import Charged, Declined
from bookdelivery.kernel.values import Won


@attrs.frozen(kw_only=True)
class Conduct:
    """How the provider behaves.

    Attributes:
        latency_s: how long it looks at a request, in seconds.
        declines: the probability that it declines a charge.
        silent_before: the probability that it loses a request before it does anything.
        silent_after: the probability that it does as asked, but never answers.
        at_once: how many requests it works on at the same time; None: all.
    """

    latency_s: float = 0.0
    declines: float = 0.0
    silent_before: float = 0.0
    silent_after: float = 0.0
    at_once: int | None = None

    def write(self, path: Path) -> None:
        """Have everybody who reads this file behave so from now on."""
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(attrs.asdict(self)))
        beside.replace(path)

    @classmethod
    def read(cls, path: Path) -> Conduct:
        """Read what `write` wrote."""
        return cls(**json.loads(path.read_text()))


class DrillProvider:
    """Implements `PaymentProvider` for the processes of a drill.

    Args:
        books: the file of its ledger.
        conduct: the file that says how it behaves; it may change at any time.
        seed: of who is declined or not answered.
    """

    def __init__(self, books: Path, conduct: Path, seed: str) -> None:
        self._inner = EmbeddedPaymentProvider(books)
        self._path = conduct
        self._rng = random.Random(seed)
        self._changed_ns = 0
        self._conduct = Conduct()
        self._room: asyncio.Semaphore | None = None

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge once for this key; see `PaymentProvider.charge`."""
        async with self._look() or nullcontext():
            await asyncio.sleep(self._conduct.latency_s)
            self._inner.then(self._mood(self._conduct.declines))
            return await self._inner.charge(key, amount)

    async def refund(self, key: str) -> Won:
        """Give back what was charged for this key, once; see `PaymentProvider.refund`."""
        async with self._look() or nullcontext():
            await asyncio.sleep(self._conduct.latency_s)
            self._inner.then(self._mood(0.0))
            return await self._inner.refund(key)

    async def close(self) -> None:
        """Let go of the ledger's file."""
        await self._inner.close()

    def _look(self) -> asyncio.Semaphore | None:
        changed_ns = self._path.stat().st_mtime_ns
        if changed_ns != self._changed_ns:
            self._changed_ns, self._conduct = changed_ns, Conduct.read(self._path)
            at_once = self._conduct.at_once
            self._room = None if at_once is None else asyncio.Semaphore(at_once)
        return self._room

    def _mood(self, declines: float) -> Mood:
        conduct, chance = self._conduct, self._rng.random()
        for part, mood in (
            (conduct.silent_before, Mood.LOSES_REQUEST),
            (conduct.silent_after, Mood.LOSES_ANSWER),
            (declines, Mood.DECLINES),
        ):
            if chance < part:
                return mood
            chance -= part
        return Mood.APPROVES
