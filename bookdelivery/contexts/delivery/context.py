"""The declaration of delivery (배송)."""

from __future__ import annotations

from bookdelivery.contexts.actors import COURIER
from bookdelivery.contexts.delivery.aggregate import Delivery, cancel, complete, start
from bookdelivery.contexts.delivery.messages import (
    CancelDelivery,
    CompleteDelivery,
    DeliveryCanceled,
    DeliveryCompleted,
    DeliveryStarted,
    StartDelivery,
)
from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaken, OrderPacked
from bookdelivery.contexts.people import DELIVERING
from bookdelivery.kernel.context import Context, Decides, Policy, Resource, Subdomain


def start_delivery(event: OrderPacked) -> StartDelivery:
    """Send out what was packed."""
    return StartDelivery(order_id=event.order_id, purchase=event.purchase)


def stop_delivery(event: CancelOrderTaken) -> CancelDelivery | None:
    """Stop the parcel of a canceled order, if one was packed."""
    return CancelDelivery(event.order_id) if event.packed else None


DELIVERY = Context(
    name="delivery",
    korean="배송",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=0.6,
    cadence="weekly or more often",
    team="delivery",
    store="key-value (Redis)",
    aggregates=(Delivery,),
    handlers=(
        Decides(
            command=StartDelivery,
            on=Delivery,
            by=start,
            emits=(DeliveryStarted,),
            creates=True,
            undone_by=CancelDelivery,
        ),
        Decides(command=CompleteDelivery, on=Delivery, by=complete, emits=(DeliveryCompleted,), actor=COURIER),
        Decides(command=CancelDelivery, on=Delivery, by=cancel, emits=(DeliveryCanceled,), creates=True),
    ),
    events=(DeliveryStarted, DeliveryCompleted, DeliveryCanceled),
    policies=(
        Policy(name="start the delivery", on=OrderPacked, issues=StartDelivery, by=start_delivery),
        Policy(name="stop the delivery", on=CancelOrderTaken, issues=CancelDelivery, by=stop_delivery),
    ),
    chores=(DELIVERING,),
    resources=(Resource(of=Delivery, status="orderStatus"),),
    former_teams=("back end", "databases"),
    open_questions={"CompleteDelivery": "Who states that a parcel was lost on its way?"},
    language=LANGUAGE,
)
