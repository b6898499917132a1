"""A payment provider inside the process: it approves, unless it is told to be as unreliable as real ones are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from bookdelivery.adapters.clients.ledger import Account, FileLedger, Ledger, MemoryLedger
from bookdelivery.contexts.payment.provider import Charged, Declined
from bookdelivery.kernel.errors import InvalidField, NotAnswered
from bookdelivery.kernel.values import Won

T = TypeVar("T")


class Mood(StrEnum):
    """How the provider treats a request."""

    APPROVES = "approves"
    DECLINES = "declines"
    LOSES_REQUEST = "loses the request"
    """Nothing is charged or refunded, and nobody is told."""
    LOSES_ANSWER = "loses the answer"
    """The money moves, and nobody is told."""


class EmbeddedPaymentProvider:
    """Implements `PaymentProvider` with a ledger of its own, apart from the shop's data as any provider's is.

    Args:
        ledger: where it keeps its accounts; a file's path, or a ledger; in memory by default.

    Attributes:
        mood: how it treats requests.
        latency_s: seconds it takes to answer.
    """

    def __init__(self, ledger: Ledger | Path | None = None) -> None:
        self._threaded = isinstance(ledger, Path)
        self.ledger: Ledger = FileLedger(ledger) if isinstance(ledger, Path) else ledger or MemoryLedger()
        self.mood = Mood.APPROVES
        self.latency_s = 0.0
        self._next: deque[Mood] = deque()

    def then(self, *moods: Mood) -> None:
        """Treat the next requests like this, one after the other, before `mood` holds again."""
        for mood in moods:
            if not isinstance(mood, Mood):
                raise InvalidField("EmbeddedPaymentProvider", "then", mood, f"one of {', '.join(map(str, Mood))}")
        self._next.extend(moods)

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge once for this key; see `PaymentProvider.charge`."""
        mood = await self._receive()
        if mood is Mood.DECLINES and (await self._do(lambda: self.ledger.account(key))).charged is None:
            return Declined("the card has no cover")
        account: Account = await self._do(lambda: self.ledger.charge(key, amount))
        self._answer(mood)
        return Charged(account.charged or amount)

    async def refund(self, key: str) -> Won:
        """Give back what was charged for this key, once; see `PaymentProvider.refund`."""
        mood = await self._receive()
        account = await self._do(lambda: self.ledger.refund(key))
        self._answer(mood)
        return account.refunded or Won(0)

    async def _receive(self) -> Mood:
        mood = self._next.popleft() if self._next else self.mood
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if mood is Mood.LOSES_REQUEST:
            raise NotAnswered("the payment provider did not answer")
        return mood

    def _answer(self, mood: Mood) -> None:
        if mood is Mood.LOSES_ANSWER:
            raise NotAnswered("the payment provider did not answer")

    async def _do(self, deed: Callable[[], T]) -> T:
        # A file is written by another thread, as its disk is waited for; memory is not.
        return await asyncio.to_thread(deed) if self._threaded else deed()
