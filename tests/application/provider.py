"""A payment provider that keeps books, and can be told what to do: the one system in these tests that is not ours."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from enum import StrEnum

from bookdelivery.contexts.payment.provider import Charged, Declined
from bookdelivery.kernel.errors import NotAnswered, Refused, Unavailable
from bookdelivery.kernel.values import Won

FOR_EVER_S = 1_000_000.0


class Fate(StrEnum):
    """What becomes of one request to the provider."""

    ANSWERED = "answered"
    DECLINED = "declined"
    LOST = "lost"
    """It never arrives, and the caller waits for an answer."""
    ANSWER_LOST = "answer lost"
    """It is carried out, and the caller waits for an answer."""
    UNANSWERED = "unanswered"
    """It is carried out, and the adapter says at once that there is no answer."""
    UNREACHABLE = "unreachable"
    """The adapter says at once that it was not carried out."""
    BROKEN = "broken"
    """The adapter fails in a way that its port does not speak of."""


class Provider:
    """Charges and refunds by key, and writes everything down.

    Attributes:
        fates: of the requests to come; once they are used up, `otherwise` is.
        otherwise: the fate of all other requests.
        charges, refunds: what was really booked, by key.
        asked: every request as it arrived here: what, key, time in the loop's seconds.
    """

    def __init__(self, *fates: Fate) -> None:
        self.fates = deque(fates)
        self.otherwise = Fate.ANSWERED
        self.charges: dict[str, list[int]] = defaultdict(list)
        self.refunds: dict[str, list[int]] = defaultdict(list)
        self.closed: set[str] = set()
        self.asked: list[tuple[str, str, float]] = []

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge once for this key."""
        fate = await self._arrive("charge", key)
        if fate is Fate.DECLINED:
            if not self.charges[key]:
                return Declined("no cover")
        elif key in self.closed:
            raise Refused("charge", f"{key} was refunded")
        elif not self.charges[key]:
            self.charges[key].append(amount.amount)
        elif self.charges[key] != [amount.amount]:
            raise Refused("charge", f"{key} was charged with {self.charges[key]}")
        await self._answer(fate)
        return Charged(Won(self.charges[key][0]))

    async def refund(self, key: str) -> Won:
        """Give back what was charged for this key, once, and charge for it no more."""
        fate = await self._arrive("refund", key)
        self.closed.add(key)
        if self.charges[key] and not self.refunds[key]:
            self.refunds[key].append(self.charges[key][0])
        await self._answer(fate)
        return Won(sum(self.refunds[key]))

    def kept(self, order_id: int) -> int:
        """Say how many won the shop has for an order: charges minus refunds."""
        return sum(self.charges[str(order_id)]) - sum(self.refunds[str(order_id)])

    async def _arrive(self, what: str, key: str) -> Fate:
        fate = self.fates.popleft() if self.fates else self.otherwise
        self.asked.append((what, key, asyncio.get_running_loop().time()))
        if fate is Fate.LOST:
            await asyncio.sleep(FOR_EVER_S)
        if fate is Fate.UNREACHABLE:
            raise Unavailable("the provider cannot be reached")
        if fate is Fate.BROKEN:
            raise RuntimeError("the provider's library has a bug")
        return fate

    async def _answer(self, fate: Fate) -> None:
        if fate is Fate.ANSWER_LOST:
            await asyncio.sleep(FOR_EVER_S)
        if fate is Fate.UNANSWERED:
            raise NotAnswered("the provider gave no answer")
