"""The order: what can be decided about it in every state."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bookdelivery.contexts.delivery.messages import DeliveryCompleted, DeliveryStarted
from bookdelivery.contexts.mypage.view import BIT, status_of
from bookdelivery.contexts.order.aggregate import (
    Order,
    OrderTerms,
    cancel,
    complete,
    complete_paid,
    decline,
    defer,
    expire,
    follow,
    open_order,
)
from bookdelivery.contexts.order.messages import (
    STEPS,
    CancelOrder,
    CompleteOrder,
    ExpireOrder,
    FollowOrder,
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderStatus,
    PaymentDeferred,
)
from bookdelivery.contexts.ordermanagement.messages import OrderPacked, OrderRejected, OrderTaken
from bookdelivery.contexts.payment.messages import PayApproved, PayCanceled
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import InvalidField, Refused
from bookdelivery.kernel.messages import Event
from tests.contexts.samples import PURCHASE

S = OrderStatus
NOW_S = 1_800_000_000.0
PAY_UNTIL_S = NOW_S + 1800.0
PAYMENT_ID = 11
PAYABLE = {S.AWAITING_PAYMENT, S.DECLINED}
PAID = {S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING, S.DELIVERED}
REPORTS = ("complete", *STEPS)
GIVEN = Given(NOW_S, 0, OrderTerms())
LATE = Given(PAY_UNTIL_S, 0, OrderTerms())


def order_in(status: OrderStatus, **fields: Any) -> Order:
    pay_until = PAY_UNTIL_S if status in PAYABLE else None
    payment_id = PAYMENT_ID if status in PAID else None
    values = {"pay_until": pay_until, "payment_id": payment_id, **fields}
    return Order(order_id=1, purchase=PURCHASE, status=status, **values)


def report(order: Order, step: str) -> Decision[Order]:
    if step == "complete":
        return complete_paid(order, CompleteOrder(1, PAYMENT_ID), GIVEN)
    return follow(order, FollowOrder(1, step), GIVEN)


def kinds(decision: Decision[Order]) -> list[type[Event]]:
    return [type(event) for event in decision.events]


def test_a_new_order_awaits_its_payment_for_as_long_as_the_terms_say() -> None:
    decision = open_order(None, 1, PURCHASE, Given(NOW_S, 0, OrderTerms(pay_within_s=60.0)))
    assert decision.state == order_in(S.AWAITING_PAYMENT, pay_until=NOW_S + 60.0)
    assert decision.events == ()


@pytest.mark.parametrize("status", S)
def test_the_same_order_asked_for_again_is_left_as_it_is(status: OrderStatus) -> None:
    order = order_in(status)
    decision = open_order(order, 1, PURCHASE, GIVEN)
    assert decision.state is order
    assert decision.events == ()


def test_another_order_under_the_same_id_is_refused() -> None:
    with pytest.raises(Refused, match="another order has this id; allowed: PlaceOrder with another id"):
        open_order(order_in(S.PLACED), 1, attrs.evolve(PURCHASE, qty=3), GIVEN)


LEADS_TO: dict[str, dict[OrderStatus, OrderStatus]] = {
    "complete": dict.fromkeys(PAYABLE, S.PLACED),
    "take": {S.PLACED: S.TAKEN},
    "pack": dict.fromkeys([S.PLACED, S.TAKEN], S.PACKED),
    "ship": dict.fromkeys([S.PLACED, S.TAKEN, S.PACKED], S.SHIPPING),
    "deliver": dict.fromkeys([S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING, S.CANCELING, S.EXPIRED], S.DELIVERED),
    "reject": dict.fromkeys([*PAYABLE, S.PLACED, S.TAKEN], S.REJECTED),
    "cancel": dict.fromkeys([*PAYABLE, S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING], S.CANCELING),
    "settle": {S.CANCELING: S.CANCELED},
}


@pytest.mark.parametrize("step", REPORTS)
@pytest.mark.parametrize("status", S)
def test_a_report_leads_on_or_changes_nothing_the_customer_sees(status: OrderStatus, step: str) -> None:
    order = order_in(status)
    decision = report(order, step)
    assert decision.state is not None
    assert decision.state.status is LEADS_TO[step].get(status, status)
    completes = step == "complete" and status in PAYABLE
    assert kinds(decision) == ([OrderPlaced] if completes else [])
    assert decision.state.payment_id == (PAYMENT_ID if completes else order.payment_id)


@pytest.mark.parametrize("step", REPORTS)
@pytest.mark.parametrize("status", S)
def test_a_report_that_comes_twice_changes_nothing_more(status: OrderStatus, step: str) -> None:
    once = report(order_in(status), step).state
    assert once is not None
    again = report(once, step)
    assert again.state is once
    assert again.events == ()


@pytest.mark.parametrize("step", REPORTS)
@pytest.mark.parametrize("status", S)
def test_deciding_is_pure(status: OrderStatus, step: str) -> None:
    order = order_in(status)
    assert report(order, step) == report(order_in(status), step)
    assert order == order_in(status)


@pytest.mark.parametrize("status", S)
def test_cancel_calls_the_order_off_until_it_is_delivered(status: OrderStatus) -> None:
    order = order_in(status)
    if status in {*PAYABLE, S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING}:
        decision = cancel(order, CancelOrder(1), GIVEN)
        assert decision.state is not None
        assert decision.state.status is S.CANCELING
        assert decision.state.pay_until is None
        assert decision.events == (OrderCanceled(order_id=1, purchase=PURCHASE),)
    else:
        with pytest.raises(Refused, match=f"the order is {status.value}") as refusal:
            cancel(order, CancelOrder(1), GIVEN)
        assert set(refusal.value.allowed) == {step for step, leads in LEADS_TO.items() if status in leads}
        assert "1" in refusal.value.what


@pytest.mark.parametrize("status", S)
def test_only_an_unpaid_order_expires_and_only_once_its_time_is_over(status: OrderStatus) -> None:
    order = order_in(status)
    assert expire(order, ExpireOrder(1), replace(GIVEN, now=PAY_UNTIL_S - 0.001)) == Decision(order)
    decision = expire(order, ExpireOrder(1), LATE)
    assert decision.state is not None
    if status in PAYABLE:
        assert decision.state.status is S.EXPIRED
        assert decision.state.pay_until is None
        assert decision.events == (OrderExpired(order_id=1, purchase=PURCHASE),)
        assert expire(decision.state, ExpireOrder(1), LATE).events == ()
    else:
        assert decision.state is order
        assert decision.events == ()


@pytest.mark.parametrize("status", S)
def test_a_decline_leaves_the_order_payable_and_touches_no_other(status: OrderStatus) -> None:
    decision = decline(order_in(status))
    assert decision.state is not None
    assert decision.state.status is (S.DECLINED if status in PAYABLE else status)
    assert decision.state.pay_until == order_in(status).pay_until
    assert decision.events == ()


@pytest.mark.parametrize("status", S)
def test_a_deferral_is_told_once_and_touches_no_order_that_cannot_be_paid(status: OrderStatus) -> None:
    decision = defer(order_in(status))
    assert decision.state is not None
    assert decision.state.status is (S.AWAITING_PAYMENT if status in PAYABLE else status)
    assert kinds(decision) == ([PaymentDeferred] if status in PAYABLE else [])
    assert defer(decision.state).events == ()


def test_a_deferral_after_a_decline_is_told_again() -> None:
    deferred = defer(order_in(S.AWAITING_PAYMENT)).state
    assert deferred is not None
    declined = decline(deferred).state
    assert declined is not None
    assert kinds(defer(declined)) == [PaymentDeferred]


@pytest.mark.parametrize("status", S)
def test_an_approval_completes_what_can_be_paid_and_brings_no_dead_order_back(status: OrderStatus) -> None:
    decision = complete(order_in(status), PAYMENT_ID)
    assert decision.state is not None
    if status in PAYABLE:
        assert decision.state.status is S.PLACED
        assert decision.state.pay_until is None
        assert decision.events == (OrderPlaced(order_id=1, payment_id=PAYMENT_ID, purchase=PURCHASE),)
    else:
        assert decision.state.status is status
        assert decision.events == ()


@pytest.mark.parametrize(("step", "status"), [("take", S.TAKEN), ("pack", S.PACKED), ("ship", S.SHIPPING)])
def test_a_report_that_comes_before_the_approval_is_caught_up_with(step: str, status: OrderStatus) -> None:
    early = report(order_in(S.AWAITING_PAYMENT), step).state
    assert early is not None
    assert early.status is S.AWAITING_PAYMENT
    decision = report(early, "complete")
    assert decision.state is not None
    assert decision.state.status is status
    assert kinds(decision) == [OrderPlaced]


@pytest.mark.parametrize("step", ["take", "pack", "ship", "deliver"])
def test_an_order_somebody_works_on_already_is_paid_and_so_never_expires(step: str) -> None:
    early = report(order_in(S.AWAITING_PAYMENT), step).state
    assert early is not None
    assert early.pay_until is None
    assert expire(early, ExpireOrder(1), LATE).events == ()


def test_a_cancel_of_an_order_known_to_be_delivered_is_refused_even_before_its_approval_arrives() -> None:
    delivered = report(order_in(S.AWAITING_PAYMENT), "deliver").state
    assert delivered is not None
    with pytest.raises(Refused, match="the order is delivered"):
        cancel(delivered, CancelOrder(1), GIVEN)


def test_a_cancel_of_an_order_whose_money_is_back_already_is_settled_at_once() -> None:
    """The store rejected the order; the refund's news came before the rejection's."""
    refunded = report(order_in(S.PLACED), "settle").state
    assert refunded is not None
    assert refunded.status is S.PLACED
    decision = cancel(refunded, CancelOrder(1), GIVEN)
    assert decision.state is not None
    assert decision.state.status is S.CANCELED
    assert kinds(decision) == [OrderCanceled]


@pytest.mark.parametrize("status", [S.AWAITING_PAYMENT, S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING])
def test_an_order_that_the_store_calls_off_is_canceled_once_its_money_is_back(status: OrderStatus) -> None:
    canceling = report(order_in(status), "cancel").state
    assert canceling is not None
    assert canceling.status is S.CANCELING
    canceled = report(canceling, "settle").state
    assert canceled is not None
    assert canceled.status is S.CANCELED


def test_a_parcel_that_was_delivered_wins_over_the_stores_cancel_whichever_news_comes_first() -> None:
    waiting = order_in(S.AWAITING_PAYMENT)
    for steps in (("cancel", "deliver", "complete"), ("deliver", "cancel", "complete")):
        order = waiting
        for step in steps:
            order = report(order, step).state or order
        assert order.status is S.DELIVERED


@pytest.mark.parametrize("setting", ["pay_within_s", "retry_after_s"])
@pytest.mark.parametrize("value", [0, -1, "60", None, float("inf"), True])
def test_a_term_that_is_no_duration_is_refused(setting: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"OrderTerms\.{setting}"):
        OrderTerms(**{setting: value})


FACT: dict[str, type[Event]] = {
    "complete": PayApproved,
    "take": OrderTaken,
    "pack": OrderPacked,
    "ship": DeliveryStarted,
    "deliver": DeliveryCompleted,
    "reject": OrderRejected,
    "settle": PayCanceled,
    "cancel": OrderCanceled,
    "expire": OrderExpired,
}
HISTORIES = [
    ("complete", "take", "pack", "ship", "deliver"),
    ("complete", "take", "pack", "ship"),
    ("complete", "take", "reject", "settle"),
    ("complete", "reject", "settle"),
    ("complete",),
    ("take", "complete"),
]
STOPPED = [(), ("complete",), ("complete", "take"), ("complete", "take", "pack"), ("complete", "take", "pack", "ship")]
"""What may have been done for an order before its cancel or expiry came through and its money went back."""


def live_through(order: Order, reports: list[str]) -> Order:
    """Tell an order what happened; see that MyPage's fold of the same facts agrees with it in the end."""
    facts = 0
    for step in reports:
        try:
            if step == "cancel":
                decision = cancel(order, CancelOrder(1), GIVEN)
            elif step == "expire":
                decision = expire(order, ExpireOrder(1), LATE)
            else:
                decision = report(order, step)
                facts |= BIT[FACT[step]]
        except Refused:
            continue
        assert decision.state is not None
        order = decision.state
        for event in decision.events:
            facts |= BIT[type(event)]
    assert order.status is status_of(facts)
    return order


@given(st.sampled_from(HISTORIES).flatmap(lambda history: st.permutations([*history, *history])), st.data())
def test_whatever_the_order_of_reports_and_wherever_a_cancel_comes_order_and_mypage_agree(
    reports: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(reports)), label="cancel at")
    live_through(order_in(S.AWAITING_PAYMENT), [*reports[:place], "cancel", *reports[place:]])


@given(st.sampled_from(HISTORIES).flatmap(lambda history: st.permutations([*history, *history])))
def test_whatever_the_order_of_reports_the_order_ends_in_the_same_state(reports: list[str]) -> None:
    expected = next(
        status
        for step, status in [
            ("deliver", S.DELIVERED),
            ("reject", S.REJECTED),
            ("ship", S.SHIPPING),
            ("take", S.TAKEN),
            ("complete", S.PLACED),
        ]
        if step in reports
    )
    assert live_through(order_in(S.AWAITING_PAYMENT), reports).status is expected


@given(
    st.sampled_from(STOPPED).flatmap(lambda done: st.permutations([*done, *done])),
    st.sampled_from(["cancel", "expire"]),
    st.data(),
)
def test_an_order_that_was_stopped_ends_canceled_or_expired_however_late_the_news_of_its_progress(
    reports: list[str], stop: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(reports)), label="stop at")
    settled = data.draw(st.integers(min_value=place, max_value=len(reports)), label="settled at")
    told = [*reports[:place], stop, *reports[place:settled], "settle", "settle", *reports[settled:]]
    order = live_through(order_in(S.AWAITING_PAYMENT), told)
    if stop == "cancel":
        assert order.status is S.CANCELED
