"""The declaration of order (주문)."""

from __future__ import annotations

from typing import Any

from bookdelivery.contexts.actors import CUSTOMER
from bookdelivery.contexts.delivery.messages import DeliveryCompleted, DeliveryStarted
from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.contexts.order.aggregate import Order, OrderTerms, cancel, complete_paid, expire, follow
from bookdelivery.contexts.order.catalog import Catalog
from bookdelivery.contexts.order.handlers import pay_order, place_order
from bookdelivery.contexts.order.messages import (
    CancelOrder,
    CompleteOrder,
    ExpireOrder,
    FollowOrder,
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    PaymentDeferred,
    PayOrder,
    PlaceOrder,
)
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaken, OrderPacked, OrderRejected, OrderTaken
from bookdelivery.contexts.payment.messages import Pay, PayApproved, PayCanceled
from bookdelivery.kernel.context import (
    Call,
    Context,
    Decides,
    ExternalSystem,
    Performs,
    Policy,
    Subdomain,
    WakeUp,
)
from bookdelivery.kernel.messages import Event


def complete_order(event: PayApproved) -> CompleteOrder:
    """Complete the order whose payment was approved, also where the answer to the customer's own call was lost."""
    return CompleteOrder(event.order_id, event.payment_id)


def _following(name: str, on: type[Event], step: str) -> Policy:
    """Make the policy that takes over one step of another context into the order's status.

    The store may also be told of an order by others than customers, as in the original system; nobody placed that here.
    """

    def follow_step(event: Any) -> FollowOrder:
        return FollowOrder(event.order_id, step)

    return Policy(name=name, on=on, issues=FollowOrder, by=follow_step, passes_over_unknown=True)


def expire_order(order: Order) -> ExpireOrder:
    """Expire an order whose time to pay is over."""
    return ExpireOrder(order.order_id)


PAYMENT_TRIED = (PaymentDeferred, OrderPlaced)

ORDER = Context(
    name="order",
    korean="주문",
    subdomain=Subdomain.CORE,
    uptime_goal=0.99999,
    cadence="less than weekly",
    team="order",
    store="SQL",
    aggregates=(Order,),
    handlers=(
        Performs(
            command=PlaceOrder,
            on=Order,
            by=place_order,
            emits=PAYMENT_TRIED,
            calls=(Pay,),
            uses=(Catalog,),
            actor=CUSTOMER,
            undone_by=CancelOrder,
        ),
        Performs(
            command=PayOrder,
            on=Order,
            by=pay_order,
            emits=PAYMENT_TRIED,
            calls=(Pay,),
            actor=CUSTOMER,
            undone_by=CancelOrder,
        ),
        Decides(command=CancelOrder, on=Order, by=cancel, emits=(OrderCanceled,), actor=CUSTOMER),
        Decides(command=ExpireOrder, on=Order, by=expire, emits=(OrderExpired,)),
        Decides(command=CompleteOrder, on=Order, by=complete_paid, emits=(OrderPlaced,)),
        Decides(command=FollowOrder, on=Order, by=follow),
    ),
    events=(OrderPlaced, PaymentDeferred, OrderCanceled, OrderExpired),
    policies=(
        Policy(name="complete the order", on=PayApproved, issues=CompleteOrder, by=complete_order),
        _following("show it taken", OrderTaken, "take"),
        _following("show it packed", OrderPacked, "pack"),
        _following("show it rejected", OrderRejected, "reject"),
        _following("show it called off", CancelOrderTaken, "cancel"),
        _following("show it shipping", DeliveryStarted, "ship"),
        _following("show it delivered", DeliveryCompleted, "deliver"),
        _following("show it settled", PayCanceled, "settle"),
    ),
    calls=(
        Call(
            command=Pay,
            timeout_s=2.0,
            fallback="the order waits for its payment, and the customer is led to pay a little later",
            still_emits=(PaymentDeferred,),
        ),
    ),
    external_systems=(ExternalSystem(name="catalog", port=Catalog, timeout_s=1.0),),
    wake_ups=(WakeUp(aggregate=Order, issues=ExpireOrder, by=expire_order),),
    terms=OrderTerms(),
    rejected_events={
        "OrderStatusUpdated": "a reaction to other contexts' facts; whoever cares listens to those",
    },
    former_teams=("front end", "back end", "databases"),
    open_questions={"Catalog": "Who answers for the price: the catalog, or whoever sends the order?"},
    language=LANGUAGE,
)
