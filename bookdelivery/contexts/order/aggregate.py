"""The order itself, and everything that can be decided about it."""

from __future__ import annotations

import attrs

from bookdelivery.contexts.order.messages import (
    CancelOrder,
    CompleteOrder,
    ExpireOrder,
    FollowOrder,
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderReceipt,
    OrderStatus,
    PaymentDeferred,
    Purchase,
)
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, changed
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.values import Won, duration_s

S = OrderStatus

PAYABLE = (S.AWAITING_PAYMENT, S.DECLINED)

CANCELABLE = (*PAYABLE, S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING)

PROGRESS = {"take": S.TAKEN, "pack": S.PACKED, "ship": S.SHIPPING, "deliver": S.DELIVERED}
"""The steps other contexts report, in the order in which they happen, and where each leads."""

RANK = {step: rank for rank, step in enumerate(PROGRESS, start=1)}


@attrs.frozen(kw_only=True)
class OrderTerms:
    """The business's settings for orders.

    Attributes:
        pay_within_s: seconds an order may wait for its payment before it expires.
        retry_after_s: seconds after which a customer is led back when a payment got no answer.
    """

    pay_within_s: float = attrs.field(default=1800.0, validator=duration_s)
    retry_after_s: float = attrs.field(default=5.0, validator=duration_s)


@attrs.frozen(kw_only=True, slots=False)
class Order(Aggregate):
    """An order, from the moment the customer sends it.

    Attributes:
        order_id: its id, and the key every context finds its own part by.
        purchase: what is bought.
        status: where it stands.
        pay_until: while it can be paid, the time it expires (seconds since the epoch); else None.
        payment_id: the approved payment's id, None before.
        deferred: whether its payment was put off at least once.
        seen: how many steps of `PROGRESS` were reported; a report that comes early waits here for the payment's.
        settled: whether the payment was reported settled: nothing stays charged.
    """

    correlation_key = "order_id"
    identity = "order_id"
    owner = "customer_id"
    wake_at = "pay_until"
    lifecycle = Lifecycle(
        "order",
        OrderStatus,
        S.AWAITING_PAYMENT,
        [
            to(S.DECLINED, "decline", *PAYABLE),
            to(S.AWAITING_PAYMENT, "defer", *PAYABLE),
            to(S.PLACED, "complete", *PAYABLE),
            to(S.EXPIRED, "expire", *PAYABLE),
            to(S.TAKEN, "take", S.PLACED),
            to(S.PACKED, "pack", S.PLACED, S.TAKEN),
            to(S.SHIPPING, "ship", S.PLACED, S.TAKEN, S.PACKED),
            # A delivery that is completed wins over a cancel or an expiry that was under way.
            to(S.DELIVERED, "deliver", S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING, S.CANCELING, S.EXPIRED),
            to(S.REJECTED, "reject", *PAYABLE, S.PLACED, S.TAKEN),
            # Money that is back already (for a rejection whose news is still to come) leaves nothing to wait for.
            to(S.CANCELED, "cancel", *CANCELABLE, conditions="settled"),
            to(S.CANCELING, "cancel", *CANCELABLE),
            to(S.CANCELED, "settle", S.CANCELING),
        ],
    )

    order_id: int
    purchase: Purchase
    status: OrderStatus = OrderStatus.AWAITING_PAYMENT
    pay_until: float | None = None
    payment_id: int | None = None
    deferred: bool = False
    seen: int = 0
    settled: bool = False

    @property
    def customer_id(self) -> int:
        """Whose order it is."""
        return self.purchase.customer_id

    @property
    def price(self) -> Won:
        """What is to be paid for it."""
        return self.purchase.price

    def receipt(self, retry_after_s: float | None = None) -> OrderReceipt:
        """Tell the customer where the order stands, and when to pay if there is something to pay."""
        return OrderReceipt(
            order_id=self.order_id,
            order_status=self.status,
            price=self.price,
            retry_after_s=retry_after_s if self.status in PAYABLE else None,
            pay_until=self.pay_until,
        )


def open_order(order: Order | None, order_id: int, purchase: Purchase, given: Given) -> Decision[Order]:
    """Open an order that awaits its payment.

    The same order asked for again is left as it is; another one is refused.
    """
    if order is None:
        pay_until = given.now + given.terms.pay_within_s
        return Decision(Order(order_id=order_id, purchase=purchase, pay_until=pay_until))
    if order.purchase != purchase:
        raise Refused(f"PlaceOrder for order {order_id}", "another order has this id", ("PlaceOrder with another id",))
    return Decision(order)


def complete(order: Order, payment_id: int) -> Decision[Order]:
    """The payment is approved: the order stands. Whatever was reported before the approval catches up now.

    An order that was cancelled or has expired meanwhile stays so; its money is on the way back already.
    """
    status = order.lifecycle.after(order.status, "complete", order)
    if status is None:
        return Decision(order)
    if order.seen:
        status = list(PROGRESS.values())[order.seen - 1]
    placed = OrderPlaced(order_id=order.order_id, payment_id=payment_id, purchase=order.purchase)
    return Decision(changed(order, status=status, payment_id=payment_id, pay_until=None), (placed,))


def complete_paid(order: Order, command: CompleteOrder, given: Given) -> Decision[Order]:
    """Complete the order by the news of its payment, where the answer to the order's own call was lost."""
    return complete(order, command.payment_id)


def decline(order: Order) -> Decision[Order]:
    """The payment was declined; the customer may pay again until the order expires."""
    status = order.lifecycle.after(order.status, "decline", order)
    return Decision(order if status is None else changed(order, status=status))


def defer(order: Order) -> Decision[Order]:
    """The payment got no answer or was held off: the customer pays a little later.

    Told once, until something changes.
    """
    status = order.lifecycle.after(order.status, "defer", order)
    if status is None or order.pay_until is None or (order.deferred and order.status is S.AWAITING_PAYMENT):
        return Decision(order)
    deferred = PaymentDeferred(order_id=order.order_id, pay_until=order.pay_until, purchase=order.purchase)
    return Decision(changed(order, status=status, deferred=True), (deferred,))


def cancel(order: Order, command: CancelOrder, given: Given) -> Decision[Order]:
    """Call the order off. It is canceled once its money is settled; a parcel delivered before that wins."""
    if order.seen == RANK["deliver"]:
        raise Refused(f"CancelOrder for {order.order_id}", "the order is delivered")
    status = order.lifecycle.next(order.status, "cancel", order, "CancelOrder", order.order_id)
    canceled = OrderCanceled(order_id=order.order_id, purchase=order.purchase)
    return Decision(changed(order, status=status, pay_until=None), (canceled,))


def expire(order: Order, command: ExpireOrder, given: Given) -> Decision[Order]:
    """Give up on an unpaid order whose time is over."""
    if order.pay_until is None or given.now < order.pay_until:
        return Decision(order)
    expired = OrderExpired(order_id=order.order_id, purchase=order.purchase)
    status = order.lifecycle.next(order.status, "expire", order, "ExpireOrder", order.order_id)
    return Decision(changed(order, status=status, pay_until=None), (expired,))


def follow(order: Order, command: FollowOrder, given: Given) -> Decision[Order]:
    """Note what another context reports. A report that is late or comes twice changes nothing."""
    seen = max(order.seen, RANK.get(command.step, 0))
    settled = order.settled or command.step == "settle"
    status = order.lifecycle.after(order.status, command.step, order)
    if command.step == "cancel" and seen == RANK["deliver"]:
        status = None
    if status is None:
        if seen == order.seen and settled == order.settled:
            return Decision(order)
        status = order.status
    # Whatever others work on, or have given the money back for, was paid: it never expires.
    return Decision(changed(order, status=status, seen=seen, settled=settled, pay_until=None))
