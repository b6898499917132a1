"""The payment provider: somebody else's system with a ledger of its own, outside of all pods."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, overload

import attrs

from bookdelivery.adapters.clients.ledger import Account
from bookdelivery.contexts.payment.provider import Charged, Declined
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.values import Won
from bookdelivery.simulation._waits import Answer
from bookdelivery.simulation.deployment import Provider
from bookdelivery.simulation.distributions import Uniform
from bookdelivery.simulation.faults import ProviderTrouble
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.streams import Streams

T = TypeVar("T")


@attrs.frozen
class Entry:
    """One line of the provider's ledger.

    Attributes:
        time_s: when.
        key: the idempotency key, the order's id as text.
        kind: "charged" or "refunded".
        amount_won: how much.
    """

    time_s: float
    key: str
    kind: str
    amount_won: int


class Entries(Sequence[Entry]):
    """The lines of a ledger in order, kept as columns: a line takes a tenth of the memory, and is made when read."""

    __slots__ = ("_amounts_won", "_are_charges", "_keys", "_times_s")

    def __init__(self) -> None:
        self._times_s = array("d")
        self._keys: list[str] = []
        self._are_charges = bytearray()
        self._amounts_won = array("q")

    def add(self, time_s: float, key: str, amount_won: int, *, is_charge: bool) -> None:
        """Write a line."""
        self._times_s.append(time_s)
        self._keys.append(key)
        self._are_charges.append(is_charge)
        self._amounts_won.append(amount_won)

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> Entry: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...

    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        kind = "charged" if self._are_charges[place] else "refunded"
        return Entry(self._times_s[place], self._keys[place], kind, self._amounts_won[place])


class Ledger:
    """What the provider has done with each key. Everything here happens at once; latency is the provider's matter."""

    def __init__(self) -> None:
        self.entries = Entries()
        self.accounts: dict[str, Account] = {}
        # Most accounts are like others: equal ones are one object.
        self._seen: dict[Account, Account] = {}

    def charge(self, key: str, amount: Won, now_s: float, *, declines: bool) -> Charged | Declined:
        """Charge once for this key; see `PaymentProvider.charge`."""
        before = self.accounts.get(key, Account())
        if declines and before == Account():
            return Declined("the card is declined")
        self._keep(key, before.charge(key, amount))
        if before.charged is None:
            self.entries.add(now_s, key, amount.amount, is_charge=True)
        return Charged(amount)

    def refund(self, key: str, now_s: float) -> Won:
        """Give back what was charged for this key, once; see `PaymentProvider.refund`."""
        before = self.accounts.get(key, Account())
        back = before.charged or Won(0)
        self._keep(key, before.refund())
        if before.refunded is None and back.amount:
            self.entries.add(now_s, key, back.amount, is_charge=False)
        return back

    def _keep(self, key: str, account: Account) -> None:
        self.accounts[key] = self._seen.setdefault(account, account)


class SimulatedProvider:
    """Answers after a while, declines some charges, and keeps silent now and then.

    Args:
        loop: its own.
        settings: how it behaves when nothing troubles it.
        streams: where randomness comes from.
    """

    def __init__(self, loop: VirtualLoop, settings: Provider, streams: Streams) -> None:
        self.loop = loop
        """Its own loop."""
        self._settings = settings
        self._troubles: list[ProviderTrouble] = []
        self.ledger = Ledger()
        self._latency_s = settings.latency_s.draws(streams.numpy("provider", "latency"))
        self._chance = Uniform(0.0, 1.0).draws(streams.numpy("provider", "chance"))
        self._busy = 0
        self._line: deque[_Request[Any]] = deque()

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge; to be awaited on any loop. See `PaymentProvider.charge`."""
        declines = self._chance() < self._part("declines")
        return await self._ask(lambda: self.ledger.charge(key, amount, self.loop.time(), declines=declines))

    async def refund(self, key: str) -> Won:
        """Refund; to be awaited on any loop. See `PaymentProvider.refund`."""
        return await self._ask(lambda: self.ledger.refund(key, self.loop.time()))

    async def _ask(self, deed: Callable[[], T]) -> T:
        is_lost = self._chance() < self._part("silent_before")
        is_silent = self._chance() < self._part("silent_after")
        loop = asyncio.get_running_loop()
        request = _Request(deed, is_lost, is_silent, Answer[T](loop), loop)
        self._line.append(request)
        self._admit()
        return await request.answer

    # From here on it goes on without whoever asked, who may die meanwhile.

    def _admit(self) -> None:
        while self._line and self._busy < self._at_once():
            self._busy += 1
            latency_s = self._latency_s() * math.prod(trouble.slower for trouble in self._troubles)
            self.loop.call_later(latency_s / 2, self._do, self._line.popleft(), latency_s / 2)

    def _do(self, request: _Request[Any], rest_s: float) -> None:
        if request.is_lost:
            self._leave()
            return
        try:
            reply = request.deed()
        except Refused as error:
            self._leave()
            request.loop.call_soon(request.answer.fail, error.with_traceback(None))
        else:
            self.loop.call_later(rest_s, self._reply, request, reply)

    def _reply(self, request: _Request[Any], reply: object) -> None:
        self._leave()
        if not request.is_silent:
            request.loop.call_soon(request.answer.give, reply)

    def _leave(self) -> None:
        self._busy -= 1
        self._admit()

    def _part(self, name: str) -> float:
        """The probability that holds now: that of the latest trouble that says one, or else the usual."""
        for trouble in reversed(self._troubles):
            if (part := getattr(trouble, name)) is not None:
                return float(part)
        return float(getattr(self._settings, name))

    def _at_once(self) -> float:
        limits = [trouble.at_once for trouble in self._troubles] + [self._settings.at_once]
        return min((limit for limit in limits if limit is not None), default=math.inf)

    @contextmanager
    def troubled(self, trouble: ProviderTrouble) -> Generator[None, None, None]:
        """Behave otherwise for a while."""
        self._troubles.append(trouble)
        try:
            yield
        finally:
            self._troubles.remove(trouble)
            self._admit()


@attrs.define(eq=False)
class _Request(Generic[T]):
    """What the provider is asked, and what will become of it.

    Attributes:
        deed: does it in the ledger.
        is_lost: whether it never gets there.
        is_silent: whether the answer never gets back.
        answer: what whoever asked waits for.
        loop: theirs.
    """

    deed: Callable[[], T]
    is_lost: bool
    is_silent: bool
    answer: Answer[T]
    loop: asyncio.AbstractEventLoop
