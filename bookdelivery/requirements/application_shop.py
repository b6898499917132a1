"""An `Application` as the judge's `Shop`: its clock, payment provider and the way to its broker are in our hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs

from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.application.application import Application
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.application.system import System
from bookdelivery.contexts.order.messages import OrderReceipt
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import NotAnswered, Unavailable
from bookdelivery.kernel.messages import Command, Envelope
from bookdelivery.kernel.ports import Broker, Store, Subscription
from bookdelivery.kernel.values import Won
from bookdelivery.requirements.evidence import Account, Answer, Evidence, gather
from bookdelivery.requirements.shop import Opener

Reply = TypeVar("Reply")

START_S = 1_700_000_000.0
"""The time of day at which every case begins, so that a report does not depend on when it was made."""

SETTINGS = EngineSettings(poll_s=0.01, retry_after_s=0.002, retry_at_most_s=0.02)
"""Impatient: cases that end with everything at rest should not wait for pauses meant for real outages."""


@attrs.define
class HandClock:
    """A clock that is moved by hand."""

    seconds: float = START_S

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.seconds


@attrs.define(eq=False)
class Gate:
    """A broker as one context sees it, which can be made unreachable for what the context publishes."""

    inner: Broker
    shut: bool = False
    passed: list[Envelope] = attrs.field(factory=list)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish, unless the gate is shut."""
        if self.shut:
            raise Unavailable("the broker cannot be reached")
        await self.inner.publish(envelopes)
        self.passed.extend(envelopes)

    async def subscribe(self, group: str) -> Subscription:
        """Join a consumer group."""
        return await self.inner.subscribe(group)

    async def lag(self, group: str) -> int:
        """Count what a group has not acknowledged."""
        return await self.inner.lag(group)

    async def close(self) -> None:
        """Let go of the broker."""
        await self.inner.close()


@attrs.define(eq=False)
class ApplicationShop:
    """See `Shop`."""

    application: Application
    clock: HandClock
    provider: EmbeddedPaymentProvider
    gates: dict[str, Gate]
    answers: list[Answer] = attrs.field(factory=list)
    patience_s: float = 20.0

    async def send(self, command: Command[Reply]) -> Reply:
        """Send a command, and keep what a customer was told."""
        reply = await self.application.send(command)
        if isinstance(reply, OrderReceipt):
            self.answers.append(Answer(order_id=reply.order_id, complete=reply.complete, at=self.clock.now()))
        return reply

    async def settle(self) -> None:
        """Wait until everything is at rest."""
        await self.application.settle(self.patience_s)

    async def until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something holds."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self.patience_s
        while not await holds():
            if loop.time() > give_up_at:
                raise NotAnswered(f"waited in vain until {what}")
            await asyncio.sleep(0.002)

    async def mypage(self, order_id: int) -> Any:
        """Read a row of MyPage."""
        return await self.application.read("mypage", order_id)

    async def mypages(self, customer_id: int) -> Sequence[Any]:
        """Read a customer's rows of MyPage."""
        return await self.application.read_all("mypage", owner=customer_id)

    async def stored(self, kind: str, order_id: int) -> Any:
        """Read what is stored, in whichever context keeps this kind."""
        for name, wired in self.application.composition.wired.items():
            if kind in {filing.kind for filing in wired.filings.values()}:
                record = await self._store(name).get(kind, order_id)
                return None if record is None else record.state
        return None

    async def accounts(self) -> Mapping[int, Account]:
        """Open the provider's books."""
        return {
            int(key): Account(charges=_moved(account.charged), refunds=_moved(account.refunded))
            for key, account in (await self.provider.ledger.accounts()).items()
        }

    async def account(self, order_id: int) -> Account:
        """Look an order up in the provider's books."""
        return (await self.accounts()).get(order_id, Account())

    async def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.seconds += seconds
        # A deadline that was just tried in vain is left alone for a while, which counts as rest.
        await asyncio.sleep(2 * SETTINGS.poll_s)
        await self.settle()

    def hold_back(self, context: str) -> None:
        """Shut a context's gate."""
        self.gates[context].shut = True

    def let_go(self, context: str) -> None:
        """Open it again."""
        self.gates[context].shut = False

    async def deliver_again(self) -> None:
        """Publish everything once more."""
        for gate in self.gates.values():
            await gate.inner.publish(list(gate.passed))

    async def rebuild_mypage(self) -> None:
        """Fold MyPage anew."""
        await self.application.rebuild("mypage")

    async def evidence(self) -> Evidence:
        """Gather what the run left."""
        return await gather(
            self.application.composition,
            {name: self._store(name) for name in self.application.services},
            accounts=await self.accounts(),
            answers=self.answers,
            now=self.clock.now(),
        )

    def _store(self, context: str) -> Store:
        return self.application.services[context].store


def _moved(amount: Won | None) -> tuple[int, ...]:
    return (amount.amount,) if amount is not None and amount.amount else ()


@asynccontextmanager
async def open_shop(system: System, opener: Opener) -> AsyncIterator[ApplicationShop]:
    """Open a system as a `Shop`.

    Args:
        system: what to judge.
        opener: runs it on some kind of store and broker.
    """
    gates: dict[str, Gate] = {}
    clock, provider = HandClock(), EmbeddedPaymentProvider()

    def wrap_broker(context: Context, port: Broker) -> Broker:
        gates[context.name] = Gate(system.wrap_broker(context, port))
        return gates[context.name]

    gated = attrs.evolve(system, wrap_broker=wrap_broker)
    async with opener(gated, clock=clock, provider=provider, settings=SETTINGS) as application:
        yield ApplicationShop(application, clock, provider, gates)
