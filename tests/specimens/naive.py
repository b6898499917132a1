"""Specimens of naive design, each with one mistake that real shops make, and one with all of them.

They are what the judge has to say no to. Each is the bookstore with some declarations or ports exchanged, so that
nothing in the code under judgement knows of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import attrs

from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE, ORDER, ORDERMANAGEMENT
from bookdelivery.contexts.order.aggregate import Order, open_order
from bookdelivery.contexts.order.context import PAYMENT_TRIED
from bookdelivery.contexts.order.messages import OrderPlaced, OrderReceipt, OrderStatus, PayOrder, PlaceOrder
from bookdelivery.contexts.ordermanagement.aggregate import Ordermgmt, cancel
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaking
from bookdelivery.contexts.payment.messages import Pay
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.context import Context, Handler
from bookdelivery.kernel.errors import HeldOff, NotAnswered
from bookdelivery.kernel.messages import Command, Envelope
from bookdelivery.kernel.ports import Broker, Delivery, Outcome, Outgoing, Scope, Store, Subscription, Unit

# --- paying -----------------------------------------------------------------------------------------------------------


def _placed(order: Order, payment_id: int | None = None) -> Decision[Order]:
    """Make an order stand, whoever may have paid for it; for want of a payment's id, it takes its own."""
    if order.status is OrderStatus.PLACED:
        return Decision(order)
    placed = OrderPlaced(order_id=order.order_id, payment_id=payment_id or order.order_id, purchase=order.purchase)
    return Decision(attrs.evolve(order, status=OrderStatus.PLACED, pay_until=None), (placed,))


async def _decide(scope: Scope, order_id: int, by: Callable[[Order], Decision[Order]]) -> Order:
    def decide(order: Order | None, given: Given) -> Decision[Order]:
        assert order is not None
        return by(order)

    return await scope.decide(Order, order_id, decide)


async def _open(command: PlaceOrder, scope: Scope) -> Order:
    order_id = command.order_id if command.order_id is not None else await scope.new_id(Order)
    return await scope.decide(
        Order, order_id, lambda order, given: open_order(order, order_id, command.purchase, given)
    )


async def place_before_paying(command: PlaceOrder, scope: Scope) -> OrderReceipt:
    """State that the order is placed, then see to its payment."""
    order = await _decide(scope, (await _open(command, scope)).order_id, _placed)
    pay = Pay(order_id=order.order_id, amount=order.price, purchase=order.purchase)
    try:
        await scope.call(pay, idempotency_key=str(order.order_id))
    except (HeldOff, NotAnswered):
        return order.receipt(retry_after_s=scope.terms.retry_after_s)
    return order.receipt()


async def place_and_swallow(command: PlaceOrder, scope: Scope) -> OrderReceipt:
    """Pay; where that fails, fall back to assuming that all went well."""
    order = await _open(command, scope)
    return await _pay_and_swallow(order, scope)


async def pay_and_swallow(command: PayOrder, scope: Scope) -> OrderReceipt:
    """The same for an order that was put off."""
    order = await scope.load(Order, command.order_id)
    assert order is not None
    return await _pay_and_swallow(order, scope)


async def _pay_and_swallow(order: Order, scope: Scope) -> OrderReceipt:
    pay = Pay(order_id=order.order_id, amount=order.price, purchase=order.purchase)
    payment_id = None
    with suppress(HeldOff, NotAnswered):
        payment_id = (await scope.call(pay, idempotency_key=str(order.order_id))).payment_id
    return (await _decide(scope, order.order_id, lambda order: _placed(order, payment_id))).receipt()


# --- cancelling -------------------------------------------------------------------------------------------------------


def cancel_what_is_known(ordermgmt: Ordermgmt | None, command: CancelOrderTaking, given: Given) -> Decision[Ordermgmt]:
    """Cancel what is on the list; a cancel of anything else is forgotten."""
    return Decision(None) if ordermgmt is None else cancel(ordermgmt, command, given)


# --- telling one another ----------------------------------------------------------------------------------------------


class VolatileOutbox:
    """A store whose events are published from the process's memory after the commit, as code without an outbox does.

    The log still holds them, so that the judge can see what was committed; but nobody publishes from it.
    """

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self._unsent: list[Outgoing] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method: Callable[..., Awaitable[Any]] = getattr(self._inner, name)
        return method

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        outcomes = await self._inner.commit(units)
        committed = {
            envelope.id
            for unit, outcome in zip(units, outcomes, strict=True)
            if outcome is Outcome.COMMITTED
            for envelope in unit.outbox
        }
        if committed:
            logged = await self._inner.waiting(1_000_000)
            self._unsent += [outgoing for outgoing in logged if outgoing.envelope.id in committed]
            await self._inner.mark_sent([outgoing.position for outgoing in logged], units[0].at)
        return outcomes

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        return self._unsent[:limit]

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        self._unsent = [outgoing for outgoing in self._unsent if outgoing.position not in positions]


class HastySubscription:
    """A subscription that acknowledges messages before anybody has handled them: at most once."""

    def __init__(self, inner: Subscription) -> None:
        self._inner = inner

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        deliveries = await self._inner.fetch(limit)
        await self._inner.acknowledge(deliveries)
        return deliveries

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        pass

    async def close(self) -> None:
        await self._inner.close()


class HastyBroker:
    """A broker whose subscriptions acknowledge too early."""

    def __init__(self, inner: Broker) -> None:
        self._inner = inner

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        await self._inner.publish(envelopes)

    async def subscribe(self, group: str) -> Subscription:
        return HastySubscription(await self._inner.subscribe(group))

    async def lag(self, group: str) -> int:
        return await self._inner.lag(group)

    async def close(self) -> None:
        await self._inner.close()


# --- the specimens ----------------------------------------------------------------------------------------------------


def _with_handlers(context: Context, changes: dict[type[Command[Any]], dict[str, Any]]) -> Context:
    def changed(handler: Handler) -> Handler:
        return attrs.evolve(handler, **changes.get(handler.command, {}))

    return attrs.evolve(context, handlers=tuple(changed(handler) for handler in context.handlers))


def _system(name: str, *changed: Context) -> System:
    by_name = {context.name: context for context in changed}
    return System(name, tuple(by_name.get(context.name, context) for context in BOOKSTORE))


PLACING_FIRST = _with_handlers(ORDER, {PlaceOrder: {"by": place_before_paying, "emits": PAYMENT_TRIED}})
SWALLOWING = _with_handlers(ORDER, {PlaceOrder: {"by": place_and_swallow}, PayOrder: {"by": pay_and_swallow}})
FORGETTING = _with_handlers(ORDERMANAGEMENT, {CancelOrderTaking: {"by": cancel_what_is_known}})


def _volatile(context: Context, port: Store) -> Store:
    return cast("Store", VolatileOutbox(port))


def _hasty(context: Context, port: Broker) -> Broker:
    return HastyBroker(port)


def places_before_paying() -> System:
    """Publishes OrderPlaced before anybody has paid."""
    return _system("places before paying", PLACING_FIRST)


def swallows_the_payment_failure() -> System:
    """Its fallback swallows the payment's failure and completes the order."""
    return _system("swallows the payment's failure", SWALLOWING)


def publishes_after_commit() -> System:
    """Commits, then publishes from memory: without an outbox."""
    return attrs.evolve(_system("publishes after commit"), wrap_store=_volatile)


def cancels_only_what_it_knows() -> System:
    """A cancel that comes before the order is forgotten."""
    return _system("cancels only what it knows", FORGETTING)


def acknowledges_before_handling() -> System:
    """Consumes at most once."""
    return attrs.evolve(_system("acknowledges before handling"), wrap_broker=_hasty)


def does_everything_wrong() -> System:
    """All of these mistakes at once."""
    return attrs.evolve(
        _system("does everything wrong", PLACING_FIRST, FORGETTING), wrap_store=_volatile, wrap_broker=_hasty
    )
