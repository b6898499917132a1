"""The declaration of order management (주문관리)."""

from __future__ import annotations

from bookdelivery.contexts.actors import SHOPKEEPER
from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.contexts.order.messages import OrderCanceled, OrderExpired
from bookdelivery.contexts.ordermanagement.aggregate import Ordermgmt, cancel, pack, receive, reject, take
from bookdelivery.contexts.ordermanagement.messages import (
    CancelOrderTaken,
    CancelOrderTaking,
    OrderPacked,
    OrderRejected,
    OrderTaken,
    PackOrder,
    RejectOrder,
    TakeOrder,
    TakeOrderInfo,
)
from bookdelivery.contexts.payment.messages import PayApproved
from bookdelivery.contexts.people import PACKING, TAKING
from bookdelivery.kernel.context import Context, Decides, Policy, Resource, Subdomain
from bookdelivery.kernel.values import LARGEST_ID


def take_info(event: PayApproved) -> TakeOrderInfo:
    """Let the store know of a paid order."""
    return TakeOrderInfo(order_id=event.order_id, purchase=event.purchase)


def stop_canceled(event: OrderCanceled) -> CancelOrderTaking:
    """Stop working on an order the customer called off."""
    return CancelOrderTaking(event.order_id)


def stop_expired(event: OrderExpired) -> CancelOrderTaking:
    """Stop working on an order that was not paid in time."""
    return CancelOrderTaking(event.order_id)


OVER_THE_COUNTER = LARGEST_ID
"""The customer of an order that a shopkeeper enters without saying whose it is; no customer's id is given that high."""

ORDERMANAGEMENT = Context(
    name="ordermanagement",
    korean="주문관리",
    subdomain=Subdomain.CORE,
    uptime_goal=0.99999,
    cadence="less than monthly",
    team="store",
    store="SQL",
    aggregates=(Ordermgmt,),
    handlers=(
        Decides(command=TakeOrderInfo, on=Ordermgmt, by=receive, creates=True, undone_by=CancelOrderTaking),
        Decides(
            command=TakeOrder, on=Ordermgmt, by=take, emits=(OrderTaken,), actor=SHOPKEEPER, undone_by=CancelOrderTaking
        ),
        Decides(
            command=PackOrder,
            on=Ordermgmt,
            by=pack,
            emits=(OrderPacked,),
            actor=SHOPKEEPER,
            undone_by=CancelOrderTaking,
        ),
        Decides(command=RejectOrder, on=Ordermgmt, by=reject, emits=(OrderRejected,), actor=SHOPKEEPER),
        Decides(command=CancelOrderTaking, on=Ordermgmt, by=cancel, emits=(CancelOrderTaken,), creates=True),
    ),
    events=(OrderTaken, OrderPacked, OrderRejected, CancelOrderTaken),
    policies=(
        Policy(name="take the order's info", on=PayApproved, issues=TakeOrderInfo, by=take_info),
        Policy(name="stop a canceled order", on=OrderCanceled, issues=CancelOrderTaking, by=stop_canceled),
        Policy(name="stop an expired order", on=OrderExpired, issues=CancelOrderTaking, by=stop_expired),
    ),
    rejected_events={
        "OrderPassedToStore": "a reaction to PayApproved, nothing that anybody outside the store cares about",
    },
    chores=(TAKING, PACKING),
    resources=(
        Resource(
            of=Ordermgmt,
            posts=(TakeOrderInfo, TakeOrder, PackOrder),
            assumes={"customerId": OVER_THE_COUNTER, "itemPrice": 0},
            also={"cancel": CancelOrderTaking},
            status="orderStatus",
        ),
    ),
    former_teams=("front end", "back end", "databases"),
    open_questions={"RejectOrder": "May the store reject a part of an order?"},
    language=LANGUAGE,
)
