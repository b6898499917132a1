"""What people do in the bookstore, and what lets them begin: policies that no machine follows by itself."""

from __future__ import annotations

from bookdelivery.contexts.delivery.messages import CompleteDelivery, DeliveryStarted
from bookdelivery.contexts.ordermanagement.messages import OrderTaken, PackOrder, TakeOrder
from bookdelivery.contexts.payment.messages import PayApproved
from bookdelivery.kernel.context import Policy


def take_on(event: PayApproved) -> TakeOrder:
    """Take a paid order on."""
    return TakeOrder(event.order_id)


def pack(event: OrderTaken) -> PackOrder:
    """Pack what was taken on."""
    return PackOrder(event.order_id)


def hand_over(event: DeliveryStarted) -> CompleteDelivery:
    """Bring a parcel to its customer."""
    return CompleteDelivery(event.order_id)


TAKING = Policy(name="take paid orders on", on=PayApproved, issues=TakeOrder, by=take_on)
PACKING = Policy(name="pack what was taken on", on=OrderTaken, issues=PackOrder, by=pack)
DELIVERING = Policy(name="bring the parcel", on=DeliveryStarted, issues=CompleteDelivery, by=hand_over)
