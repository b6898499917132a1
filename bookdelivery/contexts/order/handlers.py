"""Placing and paying an order: the steps around the synchronous call for its payment."""

from __future__ import annotations

from collections.abc import Callable

from bookdelivery.contexts.order.aggregate import PAYABLE, Order, complete, decline, defer, open_order
from bookdelivery.contexts.order.catalog import Catalog
from bookdelivery.contexts.order.messages import OrderReceipt, PayOrder, PlaceOrder, Purchase
from bookdelivery.contexts.payment.messages import Pay, PayApproved
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import HeldOff, NotAnswered, NotFound, Refused
from bookdelivery.kernel.ports import Scope


async def place_order(command: PlaceOrder, scope: Scope) -> OrderReceipt:
    """Open the order, then have it paid. Only an approved payment completes it."""
    purchase = command.purchase
    await scope.external(Catalog).check(purchase)
    order_id = command.order_id
    if order_id is None:
        order = await _open_new(purchase, scope)
    else:
        order = await scope.decide(Order, order_id, lambda order, given: open_order(order, order_id, purchase, given))
    if order.status not in PAYABLE:
        return order.receipt()
    return await _have_paid(order, scope)


async def _open_new(purchase: Purchase, scope: Scope) -> Order:
    """Open an order under an id that no other has, not even one whose customer chose its id."""
    while True:
        order_id = await scope.new_id(Order)
        taken = False

        def open_unless_taken(order: Order | None, given: Given, order_id: int = order_id) -> Decision[Order]:
            nonlocal taken
            taken = order is not None
            return Decision(order) if taken else open_order(None, order_id, purchase, given)

        order = await scope.decide(Order, order_id, open_unless_taken)
        if not taken:
            return order


async def pay_order(command: PayOrder, scope: Scope) -> OrderReceipt:
    """Pay an order that awaits its payment."""
    asked = f"PayOrder for order {command.order_id}"
    order = await scope.load(Order, command.order_id)
    if order is None:
        raise NotFound(asked, "order", command.order_id)
    if order.status not in PAYABLE:
        raise Refused(asked, f"the order is {order.status.value}", order.lifecycle.triggers(order.status))
    if order.pay_until is not None and scope.now >= order.pay_until:
        raise Refused(asked, "its time to pay is over", ("PlaceOrder again",))
    return await _have_paid(order, scope)


async def _have_paid(order: Order, scope: Scope) -> OrderReceipt:
    pay = Pay(order_id=order.order_id, amount=order.price, purchase=order.purchase)
    try:
        # The key is the order's, never the attempt's: however often this is asked, the customer is charged once.
        answer = await scope.call(pay, idempotency_key=str(order.order_id))
    except HeldOff as held_off:
        return (await _record(order, defer, scope)).receipt(retry_after_s=held_off.retry_after_s)
    except NotAnswered:
        return (await _record(order, defer, scope)).receipt(retry_after_s=scope.terms.retry_after_s)
    except Refused:
        # Payment knows of a cancel that has not come round to this order yet.
        return (await _record(order, defer, scope)).receipt()
    if isinstance(answer, PayApproved):
        payment_id = answer.payment_id
        return (await _record(order, lambda order: complete(order, payment_id), scope)).receipt()
    return (await _record(order, decline, scope)).receipt()


async def _record(order: Order, outcome: Callable[[Order], Decision[Order]], scope: Scope) -> Order:
    def decide(present: Order | None, given: Given) -> Decision[Order]:
        if present is None:
            raise NotFound("recording a payment", "order", order.order_id)
        return outcome(present)

    return await scope.decide(Order, order.order_id, decide)
