"""What must hold for every order at every moment, and what must have come of it in the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs

from bookdelivery.contexts.delivery.messages import DeliveryStatus
from bookdelivery.contexts.order.messages import OrderStatus
from bookdelivery.contexts.ordermanagement.messages import OrdermgmtStatus
from bookdelivery.contexts.payment.messages import PaymentStatus
from bookdelivery.kernel.messages import Envelope
from tests.application.examples import World

S = OrderStatus
STANDING = {S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING, S.DELIVERED}
REPEATABLE = {"PayDeclined", "PaymentDeferred"}


@attrs.frozen
class Situation:
    """Everything about one order."""

    order: Any
    payment: Any
    ordermgmt: Any
    delivery: Any
    row: Any
    charges: list[int]
    refunds: list[int]

    @classmethod
    async def of(cls, world: World, order_id: int) -> Situation:
        """Look it all up."""
        return cls(
            await world.state("order", "Order", order_id),
            await world.state("payment", "Payment", order_id),
            await world.state("ordermanagement", "Ordermgmt", order_id),
            await world.state("delivery", "Delivery", order_id),
            await world.state("mypage", "MyPageRow", order_id),
            list(world.provider.charges.get(str(order_id), ())),
            list(world.provider.refunds.get(str(order_id), ())),
        )

    @property
    def kept(self) -> int:
        """The won the shop has."""
        return sum(self.charges) - sum(self.refunds)

    @property
    def delivered(self) -> bool:
        """Whether the customer has the parcel."""
        return self.delivery is not None and self.delivery.status is DeliveryStatus.COMPLETED


def look(situation: Situation) -> None:
    """See that money and parcels agree at this moment."""
    assert len(situation.charges) <= 1
    assert len(situation.refunds) <= 1
    order = situation.order
    if order is None:
        assert not situation.charges
        return
    assert situation.kept in {0, order.price.amount}
    if situation.ordermgmt is not None and situation.ordermgmt.purchase is not None:
        assert situation.charges, "the store knows of an order that was never paid"
    if order.status in STANDING:
        assert situation.charges, "an order stands that was never paid"
    if situation.delivered:
        assert situation.kept == order.price.amount, "what is delivered is paid and not refunded"
    if order.status is S.CANCELED:
        assert situation.kept == 0, "what is canceled is refunded"
        assert not situation.delivered


def look_at_the_end(situation: Situation) -> None:
    """See that everybody has come to the same end, or waits for a person."""
    look(situation)
    order = situation.order
    if order is None:
        assert situation.row is None
        return
    assert order.status not in {S.CANCELING, S.AWAITING_PAYMENT, S.DECLINED, S.PACKED}
    assert (order.status in STANDING) == (situation.kept == order.price.amount)
    assert (order.status is S.DELIVERED) == situation.delivered
    assert situation.payment.status in {PaymentStatus.APPROVED, PaymentStatus.CANCELED}
    assert (situation.payment.status is PaymentStatus.APPROVED) == bool(situation.kept)
    at_the_store = situation.ordermgmt and situation.ordermgmt.status
    expected = {
        S.PLACED: OrdermgmtStatus.RECEIVED,
        S.TAKEN: OrdermgmtStatus.TAKEN,
        S.SHIPPING: OrdermgmtStatus.PACKED,
        S.REJECTED: OrdermgmtStatus.REJECTED,
    }
    assert at_the_store == expected.get(order.status, at_the_store)
    assert situation.row.order_status == order.status, "MyPage shows where the order stands"


def look_at_the_facts(events: list[Envelope]) -> None:
    """See that each fact was stated once, and none without what it rests on."""
    stated = Counter((event.type, event.key) for event in events)
    assert [fact for fact, times in stated.items() if times > 1 and fact[0] not in REPEATABLE] == []
    for kind, rests_on in [
        ("OrderPlaced", "PayApproved"),
        ("OrderTaken", "PayApproved"),
        ("OrderPacked", "OrderTaken"),
        ("DeliveryStarted", "OrderPacked"),
        ("DeliveryCompleted", "DeliveryStarted"),
    ]:
        for event in events:
            if event.type == kind:
                assert stated[rests_on, event.key], f"{kind} without {rests_on}"
    for _, key in stated:
        assert not (stated["DeliveryCompleted", key] and stated["DeliveryCanceled", key])
