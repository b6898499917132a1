"""The store's work on an order: what can be decided in every state."""

from collections.abc import Callable
from typing import Any

import pytest

from bookdelivery.contexts.ordermanagement.aggregate import Ordermgmt, cancel, pack, receive, reject, take
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
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import Refused
from tests.contexts.samples import PURCHASE

S = OrdermgmtStatus
GIVEN = Given(1_800_000_000.0, 12)
INFO = TakeOrderInfo(order_id=1, purchase=PURCHASE)
TAKEN = OrderTaken(order_id=1, order_mgmt_id=12, purchase=PURCHASE)
PACKED = OrderPacked(order_id=1, order_mgmt_id=12, purchase=PURCHASE)
REJECTED = OrderRejected(order_id=1, order_mgmt_id=12, reason="out of stock")

BY_PEOPLE: dict[str, tuple[Callable[..., Decision[Ordermgmt]], Any, Any, dict[OrdermgmtStatus, OrdermgmtStatus]]] = {
    "take": (take, TakeOrder(1), TAKEN, {S.RECEIVED: S.TAKEN}),
    "pack": (pack, PackOrder(1), PACKED, {S.TAKEN: S.PACKED}),
    "reject": (reject, RejectOrder(1), REJECTED, {S.RECEIVED: S.REJECTED, S.TAKEN: S.REJECTED}),
}
CANCELABLE = {S.RECEIVED, S.TAKEN, S.PACKED}


def order_in(status: OrdermgmtStatus) -> Ordermgmt:
    return Ordermgmt(order_id=1, order_mgmt_id=12, status=status, purchase=PURCHASE)


@pytest.mark.parametrize("name", BY_PEOPLE)
@pytest.mark.parametrize("status", S)
def test_what_the_shopkeeper_does_leads_on_or_is_refused_with_what_would_be_allowed(
    status: OrdermgmtStatus, name: str
) -> None:
    decide, command, event, leads_to = BY_PEOPLE[name]
    if status in leads_to:
        assert decide(order_in(status), command, GIVEN) == Decision(order_in(leads_to[status]), (event,))
        return
    with pytest.raises(Refused, match=f"the ordermgmt is {status.value}") as refusal:
        decide(order_in(status), command, GIVEN)
    assert type(command).__name__ in refusal.value.what
    allowed = {other for other, (_, _, _, leads) in BY_PEOPLE.items() if status in leads}
    assert set(refusal.value.allowed) == allowed | ({"cancel"} if status in CANCELABLE else set())


def test_a_paid_order_goes_on_the_shopkeepers_list() -> None:
    assert receive(None, INFO, GIVEN) == Decision(order_in(S.RECEIVED))


@pytest.mark.parametrize("status", S)
def test_an_order_that_comes_again_changes_nothing(status: OrdermgmtStatus) -> None:
    order = order_in(status)
    decision = receive(order, INFO, GIVEN)
    assert decision.state is order
    assert decision.events == ()


@pytest.mark.parametrize("status", S)
def test_a_cancel_stops_the_work_and_says_whether_a_parcel_was_packed(status: OrdermgmtStatus) -> None:
    order = order_in(status)
    decision = cancel(order, CancelOrderTaking(1), GIVEN)
    if status in CANCELABLE:
        stopped = CancelOrderTaken(order_id=1, order_mgmt_id=12, packed=status is S.PACKED)
        assert decision == Decision(order_in(S.CANCELED), (stopped,))
    else:
        assert decision.state is order
        assert decision.events == ()


def test_a_cancel_that_comes_before_the_order_is_remembered_and_the_order_never_taken() -> None:
    decision = cancel(None, CancelOrderTaking(1), GIVEN)
    assert decision.events == (CancelOrderTaken(order_id=1, order_mgmt_id=12, packed=False),)
    canceled = decision.state
    assert canceled is not None
    assert receive(canceled, INFO, GIVEN).state is canceled
    for decide, command, _, _ in BY_PEOPLE.values():
        with pytest.raises(Refused, match="the ordermgmt is canceled; nothing is allowed any more"):
            decide(canceled, command, GIVEN)
