"""The store's work on one order."""

from __future__ import annotations

import attrs

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.contexts.ordermanagement.messages import (
    CancelOrderTaken,
    CancelOrderTaking,
    OrdermgmtStatus,
    OrderPacked,
    OrderRejected,
    OrderTaken,
    PackOrder,
    RejectOrder,
    TakeOrder,
    TakeOrderInfo,
)
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, changed
from bookdelivery.kernel.lifecycle import Lifecycle, to

S = OrdermgmtStatus


@attrs.frozen(kw_only=True, slots=False)
class Ordermgmt(Aggregate):
    """An order on the shopkeeper's list.

    Attributes:
        order_id: the order it is for, its key.
        order_mgmt_id: its own id.
        status: how far the store is.
        purchase: what to pack; None where the cancel came before the order did.
    """

    correlation_key = "order_id"
    identity = "order_mgmt_id"
    lifecycle = Lifecycle(
        "ordermgmt",
        OrdermgmtStatus,
        S.RECEIVED,
        [
            to(S.TAKEN, "take", S.RECEIVED),
            to(S.PACKED, "pack", S.TAKEN),
            to(S.REJECTED, "reject", S.RECEIVED, S.TAKEN),
            to(S.CANCELED, "cancel", S.RECEIVED, S.TAKEN, S.PACKED),
        ],
    )

    order_id: int
    order_mgmt_id: int
    status: OrdermgmtStatus = OrdermgmtStatus.RECEIVED
    purchase: Purchase | None = None

    def step(self, trigger: str, asked: str) -> OrdermgmtStatus:
        """Follow the lifecycle, or refuse in the words of what was asked."""
        status: OrdermgmtStatus = self.lifecycle.next(self.status, trigger, self, asked, self.order_id)
        return status


def receive(ordermgmt: Ordermgmt | None, command: TakeOrderInfo, given: Given) -> Decision[Ordermgmt]:
    """Put the order on the list; one that was cancelled before it came stays off it."""
    if ordermgmt is not None:
        return Decision(ordermgmt)
    return Decision(Ordermgmt(order_id=command.order_id, order_mgmt_id=given.new_id, purchase=command.purchase))


def take(ordermgmt: Ordermgmt, command: TakeOrder, given: Given) -> Decision[Ordermgmt]:
    """Take the order on."""
    taken = changed(ordermgmt, status=ordermgmt.step("take", "TakeOrder"))
    assert taken.purchase is not None
    event = OrderTaken(order_id=taken.order_id, order_mgmt_id=taken.order_mgmt_id, purchase=taken.purchase)
    return Decision(taken, (event,))


def pack(ordermgmt: Ordermgmt, command: PackOrder, given: Given) -> Decision[Ordermgmt]:
    """Pack the parcel."""
    packed = changed(ordermgmt, status=ordermgmt.step("pack", "PackOrder"))
    assert packed.purchase is not None
    event = OrderPacked(order_id=packed.order_id, order_mgmt_id=packed.order_mgmt_id, purchase=packed.purchase)
    return Decision(packed, (event,))


def reject(ordermgmt: Ordermgmt, command: RejectOrder, given: Given) -> Decision[Ordermgmt]:
    """Turn the order down."""
    rejected = changed(ordermgmt, status=ordermgmt.step("reject", "RejectOrder"))
    event = OrderRejected(order_id=rejected.order_id, order_mgmt_id=rejected.order_mgmt_id, reason=command.reason)
    return Decision(rejected, (event,))


def cancel(ordermgmt: Ordermgmt | None, command: CancelOrderTaking, given: Given) -> Decision[Ordermgmt]:
    """Stop working on the order. If it has not come yet, remember, so that it is never taken."""
    if ordermgmt is None:
        canceled = Ordermgmt(order_id=command.order_id, order_mgmt_id=given.new_id, status=S.CANCELED)
        return Decision(canceled, (_cancel_taken(canceled, packed=False),))
    status = ordermgmt.lifecycle.after(ordermgmt.status, "cancel", ordermgmt)
    if status is None:
        return Decision(ordermgmt)
    canceled = changed(ordermgmt, status=status)
    return Decision(canceled, (_cancel_taken(canceled, packed=ordermgmt.status is S.PACKED),))


def _cancel_taken(ordermgmt: Ordermgmt, *, packed: bool) -> CancelOrderTaken:
    return CancelOrderTaken(order_id=ordermgmt.order_id, order_mgmt_id=ordermgmt.order_mgmt_id, packed=packed)
