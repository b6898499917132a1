"""A payment provider inside the process: it approves, unless it is told to be as unreliable as real ones are."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum
from pathlib import Path

from bookdelivery.adapters.clients.ledger import FileLedger, Ledger, MemoryLedger
from bookdelivery.contexts.payment.provider import Charged, Declined
from bookdelivery.kernel.errors import InvalidField, NotAnswered
from bookdelivery.kernel.values import Won


class Mood(StrEnum):
    """How the provider treats a request."""

    APPROVES = "approves"
    DECLINES = "declines"
    """A charge is declined, unless the money was taken already; a refund goes through."""
    LOSES_REQUEST = "loses the request"
    """Nothing is charged or refunded, and nobody is told."""
    LOSES_ANSWER = "loses the answer"
    """The money moves, and nobody is told."""


class EmbeddedPaymentProvider:
    """Implements `PaymentProvider` with a ledger of its own, apart from the shop's data as any provider's is.

    Args:
        ledger: where it keeps its accounts; a file's path, or a ledger; in memory by default.

    Attributes:
        ledger: its accounts, for whoever wants to check them.
        mood: how it treats requests.
        refund_mood: how it treats refunds, None for like any request.
        latency_s: seconds it takes to look at a request.
    """

    def __init__(self, ledger: Ledger | Path | None = None) -> None:
        self.ledger: Ledger = FileLedger(ledger) if isinstance(ledger, Path) else ledger or MemoryLedger()
        self.mood = Mood.APPROVES
        self.refund_mood: Mood | None = None
        self.latency_s = 0.0
        self._next: deque[Mood] = deque()

    def then(self, *moods: Mood) -> None:
        """Treat the next requests like this, one after the other, before `mood` and `refund_mood` hold again."""
        try:
            self._next.extend([Mood(mood) for mood in moods])
        except ValueError as error:
            allowed = ", ".join(f"Mood.{mood.name}" for mood in Mood)
            raise InvalidField("EmbeddedPaymentProvider", "then", moods, f"each one of {allowed}") from error

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge once for this key; see `PaymentProvider.charge`."""
        mood = await self._look_at_request(self.mood)
        if mood is Mood.DECLINES:
            account = await self.ledger.account(key)
            if account.charged is None and account.refunded is None:
                return Declined("the card has no cover")
        await self.ledger.charge(key, amount)
        _answer(mood)
        return Charged(amount)

    async def refund(self, key: str) -> Won:
        """Give back what was charged for this key, once; see `PaymentProvider.refund`."""
        mood = await self._look_at_request(self.mood if self.refund_mood is None else self.refund_mood)
        account = await self.ledger.refund(key)
        _answer(mood)
        return account.refunded or Won(0)

    async def close(self) -> None:
        """Let go of the ledger's file, if it is in one."""
        await self.ledger.close()

    async def _look_at_request(self, mood: Mood) -> Mood:
        if self._next:
            mood = self._next.popleft()
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if mood is Mood.LOSES_REQUEST:
            raise NotAnswered("the payment provider did not answer")
        return mood


def _answer(mood: Mood) -> None:
    if mood is Mood.LOSES_ANSWER:
        raise NotAnswered("the payment provider did not answer")
