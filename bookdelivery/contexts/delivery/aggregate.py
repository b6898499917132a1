"""One parcel on its way."""

from __future__ import annotations

import attrs

from bookdelivery.contexts.delivery.messages import (
    CancelDelivery,
    CompleteDelivery,
    DeliveryCanceled,
    DeliveryCompleted,
    DeliveryStarted,
    DeliveryStatus,
    StartDelivery,
)
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, changed
from bookdelivery.kernel.lifecycle import Lifecycle, to

S = DeliveryStatus


@attrs.frozen(kw_only=True, slots=False)
class Delivery(Aggregate):
    """The delivery of one order. It alone knows who has the parcel, so between a cancel and a hand-over it decides.

    Attributes:
        order_id: the order it is for, its key.
        delivery_id: its own id.
        status: where the parcel is.
        purchase: what is brought where; None where the cancel came before the parcel did.
    """

    correlation_key = "order_id"
    identity = "delivery_id"
    owner = "customer_id"
    lifecycle = Lifecycle(
        "delivery",
        DeliveryStatus,
        S.STARTED,
        [to(S.COMPLETED, "complete", S.STARTED), to(S.CANCELED, "cancel", S.STARTED)],
    )

    order_id: int
    delivery_id: int
    status: DeliveryStatus = DeliveryStatus.STARTED
    purchase: Purchase | None = None

    @property
    def customer_id(self) -> int | None:
        """Whose parcel it is; None where that is not known."""
        return None if self.purchase is None else self.purchase.customer_id


def start(delivery: Delivery | None, command: StartDelivery, given: Given) -> Decision[Delivery]:
    """Send the parcel out, unless its cancel was here first."""
    if delivery is not None:
        return Decision(delivery)
    delivery = Delivery(order_id=command.order_id, delivery_id=given.new_id, purchase=command.purchase)
    started = DeliveryStarted(order_id=delivery.order_id, delivery_id=delivery.delivery_id, purchase=command.purchase)
    return Decision(delivery, (started,))


def complete(delivery: Delivery, command: CompleteDelivery, given: Given) -> Decision[Delivery]:
    """Hand the parcel over."""
    status = delivery.lifecycle.next(delivery.status, "complete", delivery, "CompleteDelivery", delivery.order_id)
    completed = DeliveryCompleted(order_id=delivery.order_id, delivery_id=delivery.delivery_id)
    return Decision(changed(delivery, status=status), (completed,))


def cancel(delivery: Delivery | None, command: CancelDelivery, given: Given) -> Decision[Delivery]:
    """Stop the parcel, or see to it that none is ever sent. One that was handed over stays delivered."""
    if delivery is None:
        delivery = Delivery(order_id=command.order_id, delivery_id=given.new_id, status=S.CANCELED)
    else:
        status = delivery.lifecycle.after(delivery.status, "cancel", delivery)
        if status is None:
            return Decision(delivery)
        delivery = changed(delivery, status=status)
    return Decision(delivery, (DeliveryCanceled(order_id=delivery.order_id, delivery_id=delivery.delivery_id),))
