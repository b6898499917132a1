"""A payment: at most one charge and one refund an order, in every state."""

from typing import Any

import attrs
import pytest

from bookdelivery.contexts.payment.aggregate import (
    Payment,
    PaymentTerms,
    approve,
    ask_again,
    cancel,
    decline,
    refunded,
    request,
)
from bookdelivery.contexts.payment.messages import (
    CancelPay,
    Pay,
    PayApproved,
    PayCanceled,
    PayDeclined,
    PaymentStatus,
)
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import InvalidField, Refused
from bookdelivery.kernel.values import Won
from tests.contexts.samples import PRICE, PURCHASE

S = PaymentStatus
NOW_S = 1_800_000_000.0
TERMS = PaymentTerms(ask_again_after_s=5.0, ask_again_at_most_s=60.0)
GIVEN = Given(NOW_S, 11, TERMS)
PAY = Pay(order_id=1, amount=PRICE, purchase=PURCHASE)
OPEN = {S.REQUESTED, S.REFUNDING}
"""The states in which the provider's answer is outstanding."""


def payment_in(status: PaymentStatus, **fields: Any) -> Payment:
    values = {"amount": PRICE, "purchase": PURCHASE, "settle_at": NOW_S if status in OPEN else None, **fields}
    return Payment(order_id=1, payment_id=11, status=status, **values)


def the_state(decision: Decision[Payment]) -> Payment:
    assert decision.state is not None
    return decision.state


def test_a_payment_is_written_down_before_anybody_is_asked_for_money() -> None:
    decision = request(None, PAY, GIVEN)
    assert decision.state == payment_in(S.REQUESTED, settle_at=NOW_S + 5.0)
    assert decision.events == ()


@pytest.mark.parametrize("status", S)
def test_asking_again_goes_on_with_an_open_payment_and_is_refused_for_one_that_was_canceled(
    status: PaymentStatus,
) -> None:
    payment = payment_in(status)
    if status in {S.REFUNDING, S.CANCELED}:
        with pytest.raises(Refused, match=f"the payment is {status.value}"):
            request(payment, PAY, GIVEN)
        return
    decision = request(payment, PAY, GIVEN)
    assert decision.events == ()
    if status is S.APPROVED:
        assert decision.state is payment
    else:
        assert decision.state == payment_in(S.REQUESTED, settle_at=NOW_S + 5.0)


@pytest.mark.parametrize("status", [S.REQUESTED, S.APPROVED, S.DECLINED])
def test_another_amount_for_the_same_order_is_refused(status: PaymentStatus) -> None:
    with pytest.raises(Refused, match=r"it was asked for 50,000 won before, not 1 won; allowed: the same amount"):
        request(payment_in(status), attrs.evolve(PAY, amount=1), GIVEN)


@pytest.mark.parametrize("status", S)
def test_a_charge_is_never_overlooked_but_for_one_that_is_on_its_way_back(status: PaymentStatus) -> None:
    payment = payment_in(status, attempts=3)
    decision = approve(payment)
    if status in {S.REQUESTED, S.DECLINED}:
        assert decision.state == payment_in(S.APPROVED, settle_at=None)
        assert decision.events == (PayApproved(order_id=1, payment_id=11, amount=PRICE, purchase=PURCHASE),)
        assert approve(the_state(decision)).events == ()
    else:
        assert decision == Decision(payment)


@pytest.mark.parametrize("status", S)
def test_a_decline_counts_only_while_an_answer_is_outstanding(status: PaymentStatus) -> None:
    payment = payment_in(status)
    decision = decline(payment, "no cover")
    if status is S.REQUESTED:
        assert decision.state == payment_in(S.DECLINED)
        declined = PayDeclined(order_id=1, payment_id=11, reason="no cover", purchase=PURCHASE)
        assert decision.events == (declined,)
    else:
        assert decision == Decision(payment)


@pytest.mark.parametrize("status", S)
def test_a_cancel_begins_the_refund_at_once_and_a_second_one_changes_nothing(status: PaymentStatus) -> None:
    payment = payment_in(status, attempts=4)
    decision = cancel(payment, CancelPay(1), GIVEN)
    assert decision.events == ()
    if status in {S.REFUNDING, S.CANCELED}:
        assert decision.state is payment
    else:
        assert decision.state == payment_in(S.REFUNDING, settle_at=NOW_S)
        assert cancel(the_state(decision), CancelPay(1), GIVEN).state is decision.state


def test_a_cancel_before_any_payment_is_remembered_so_that_none_is_ever_taken() -> None:
    decision = cancel(None, CancelPay(1), GIVEN)
    assert decision.state == Payment(order_id=1, payment_id=11, status=S.CANCELED)
    assert decision.events == (PayCanceled(order_id=1, payment_id=11, refunded=0),)
    with pytest.raises(Refused, match="the payment is canceled"):
        request(the_state(decision), PAY, GIVEN)


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("amount", [PRICE, Won(0)])
def test_a_refund_settles_the_payment_once(status: PaymentStatus, amount: Won) -> None:
    payment = payment_in(status)
    decision = refunded(payment, amount)
    if status is S.REFUNDING:
        assert decision.state == payment_in(S.CANCELED)
        assert decision.events == (PayCanceled(order_id=1, payment_id=11, refunded=amount),)
        assert refunded(the_state(decision), amount).events == ()
    else:
        assert decision == Decision(payment)


def test_each_attempt_without_an_answer_doubles_the_wait_for_the_next_up_to_a_limit() -> None:
    payment, waits_s = payment_in(S.REQUESTED), []
    for _ in range(7):
        payment = the_state(ask_again(payment, GIVEN))
        assert payment.settle_at is not None
        waits_s.append(payment.settle_at - NOW_S)
    assert waits_s == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    assert payment.attempts == 7


def test_the_wait_stays_finite_however_often_the_provider_was_asked() -> None:
    payment = the_state(ask_again(payment_in(S.REQUESTED, attempts=10**6), GIVEN))
    assert payment.settle_at == NOW_S + 60.0


@pytest.mark.parametrize("setting", ["ask_again_after_s", "ask_again_at_most_s"])
@pytest.mark.parametrize("value", [0, -1, "60", None, float("nan"), True])
def test_a_term_that_is_no_duration_is_refused(setting: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"PaymentTerms\.{setting}"):
        PaymentTerms(**{setting: value})
