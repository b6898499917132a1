"""A parcel on its way: between a cancel and a hand-over, whoever has it decides."""

import pytest

from bookdelivery.contexts.delivery.aggregate import Delivery, cancel, complete, start
from bookdelivery.contexts.delivery.context import stop_delivery
from bookdelivery.contexts.delivery.messages import (
    CancelDelivery,
    CompleteDelivery,
    DeliveryCanceled,
    DeliveryCompleted,
    DeliveryStarted,
    DeliveryStatus,
    StartDelivery,
)
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaken
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import Refused
from tests.contexts.samples import PURCHASE

S = DeliveryStatus
GIVEN = Given(1_800_000_000.0, 13)
START = StartDelivery(order_id=1, purchase=PURCHASE)


def delivery_in(status: DeliveryStatus) -> Delivery:
    return Delivery(order_id=1, delivery_id=13, status=status, purchase=PURCHASE)


def test_what_was_packed_is_sent_out() -> None:
    started = DeliveryStarted(order_id=1, delivery_id=13, purchase=PURCHASE)
    assert start(None, START, GIVEN) == Decision(delivery_in(S.STARTED), (started,))


@pytest.mark.parametrize("status", S)
def test_a_second_start_sends_no_second_parcel(status: DeliveryStatus) -> None:
    delivery = delivery_in(status)
    decision = start(delivery, START, GIVEN)
    assert decision.state is delivery
    assert decision.events == ()


@pytest.mark.parametrize("status", S)
def test_only_a_parcel_on_its_way_is_handed_over(status: DeliveryStatus) -> None:
    if status is S.STARTED:
        completed = DeliveryCompleted(order_id=1, delivery_id=13)
        decision = complete(delivery_in(status), CompleteDelivery(1), GIVEN)
        assert decision == Decision(delivery_in(S.COMPLETED), (completed,))
    else:
        with pytest.raises(Refused, match=f"the delivery is {status.value}; nothing is allowed any more"):
            complete(delivery_in(status), CompleteDelivery(1), GIVEN)


@pytest.mark.parametrize("status", S)
def test_a_cancel_stops_a_parcel_on_its_way_and_no_other(status: DeliveryStatus) -> None:
    delivery = delivery_in(status)
    decision = cancel(delivery, CancelDelivery(1), GIVEN)
    if status is S.STARTED:
        assert decision == Decision(delivery_in(S.CANCELED), (DeliveryCanceled(order_id=1, delivery_id=13),))
    else:
        assert decision.state is delivery
        assert decision.events == ()


def test_a_cancel_that_comes_before_the_parcel_is_remembered_and_none_is_sent() -> None:
    decision = cancel(None, CancelDelivery(1), GIVEN)
    assert decision.events == (DeliveryCanceled(order_id=1, delivery_id=13),)
    assert decision.state is not None
    assert start(decision.state, START, GIVEN) == Decision(decision.state)


@pytest.mark.parametrize("packed", [True, False])
def test_a_canceled_order_stops_a_delivery_only_if_a_parcel_was_packed(packed: bool) -> None:
    event = CancelOrderTaken(order_id=1, order_mgmt_id=12, packed=packed)
    assert stop_delivery(event) == (CancelDelivery(1) if packed else None)
