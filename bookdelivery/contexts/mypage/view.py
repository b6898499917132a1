"""MyPage's rows: every order of a customer with all that happened to it.

The fold does not depend on the order in which events of different contexts arrive: a row remembers which facts it has
seen, and where the order stands follows from them, by the same precedence as in the order's own lifecycle.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import attrs

from bookdelivery.contexts.delivery.messages import DeliveryCanceled, DeliveryCompleted, DeliveryStarted
from bookdelivery.contexts.order.messages import (
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderStatus,
    PaymentDeferred,
    Purchase,
)
from bookdelivery.contexts.ordermanagement.messages import (
    CancelOrderTaken,
    OrderPacked,
    OrderRejected,
    OrderTaken,
)
from bookdelivery.contexts.payment.messages import PayApproved, PayCanceled, PayDeclined
from bookdelivery.kernel.aggregate import Row, changed
from bookdelivery.kernel.messages import Envelope, Event

FACTS: tuple[type[Event], ...] = (
    PaymentDeferred,
    PayDeclined,
    PayApproved,
    OrderPlaced,
    OrderTaken,
    OrderPacked,
    DeliveryStarted,
    DeliveryCompleted,
    OrderRejected,
    OrderCanceled,
    OrderExpired,
    CancelOrderTaken,
    DeliveryCanceled,
    PayCanceled,
)
"""Everything MyPage listens to, in the order in which it usually happens."""

SHOWN = {
    fact: [
        field.name
        for field in attrs.fields(fact)  # type: ignore[arg-type]
        if field.name in {"purchase", "payment_id", "order_mgmt_id", "delivery_id"}
    ]
    for fact in FACTS
}
"""What a row takes over from each of them as it is."""

GIVES_REASON = (PayDeclined, OrderRejected)
"""The facts that say why something was refused."""

BIT = {fact: 1 << place for place, fact in enumerate(FACTS)}


@attrs.frozen(kw_only=True, slots=False)
class MyPageRow(Row):
    """One order as its customer sees it.

    Attributes:
        order_id: the order, its key.
        seen: the facts seen so far, one bit each in the order of `FACTS`.
        order_status: where the order stands; None until a fact says it.
        purchase: what was bought; None until a fact that carries it arrives.
        payment_id, order_mgmt_id, delivery_id: the other contexts' ids, as they become known.
        reason: why the payment was declined or the order rejected; the latest that was stated.
        reason_at: when it was stated, in seconds since the epoch.
        refunded: won that were given back.
        updated_at: when the latest of the facts was stated, in seconds since the epoch.
    """

    correlation_key = "order_id"
    identity = "order_id"
    owner = "customer_id"

    order_id: int
    seen: int = 0
    order_status: OrderStatus | None = None
    purchase: Purchase | None = None
    payment_id: int | None = None
    order_mgmt_id: int | None = None
    delivery_id: int | None = None
    reason: str | None = None
    reason_at: float = 0.0
    refunded: int | None = None
    updated_at: float = 0.0

    @property
    def customer_id(self) -> int | None:
        """Whose order it is."""
        return None if self.purchase is None else self.purchase.customer_id


def fold(row: MyPageRow | None, event: Event, envelope: Envelope) -> MyPageRow:
    """Take one fact over into the row."""
    if row is None:
        row = MyPageRow(order_id=envelope.key)
    kind = type(event)
    seen = row.seen | BIT[kind]
    at = envelope.time
    changes: dict[str, Any] = {
        "seen": seen,
        "order_status": status_of(seen),
        "updated_at": max(at, row.updated_at),
    }
    for name in SHOWN[kind]:
        changes[name] = getattr(event, name)
    if isinstance(event, PayCanceled):
        changes["refunded"] = event.refunded.amount
    elif isinstance(event, GIVES_REASON):
        # The greater of the pairs, not the one that came last: facts may come in any order, and more than once.
        latest = max((row.reason_at, row.reason or ""), (at, event.reason))
        changes["reason_at"], changes["reason"] = latest
    return changed(row, **changes)


@cache
def status_of(seen: int) -> OrderStatus | None:
    """Say where an order stands, of which these facts are known."""
    for fact, status in _PRECEDENCE:
        if seen & BIT[fact]:
            if status is OrderStatus.CANCELING and seen & BIT[PayCanceled]:
                return OrderStatus.CANCELED
            return status
    return None


_PRECEDENCE: tuple[tuple[type[Event], OrderStatus], ...] = (
    (DeliveryCompleted, OrderStatus.DELIVERED),
    (OrderCanceled, OrderStatus.CANCELING),
    (OrderExpired, OrderStatus.EXPIRED),
    (OrderRejected, OrderStatus.REJECTED),
    (CancelOrderTaken, OrderStatus.CANCELING),
    (DeliveryStarted, OrderStatus.SHIPPING),
    (OrderPacked, OrderStatus.PACKED),
    (OrderTaken, OrderStatus.TAKEN),
    (OrderPlaced, OrderStatus.PLACED),
    (PayDeclined, OrderStatus.DECLINED),
    (PaymentDeferred, OrderStatus.AWAITING_PAYMENT),
)
