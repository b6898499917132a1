"""Charging and settling: the steps around the calls to the payment provider."""

from __future__ import annotations

from collections.abc import Callable

from bookdelivery.contexts.payment.aggregate import (
    Payment,
    approve,
    ask_again,
    decline,
    refunded,
    request,
)
from bookdelivery.contexts.payment.messages import (
    Pay,
    PayApproved,
    PayDeclined,
    PaymentStatus,
    SettlePayment,
)
from bookdelivery.contexts.payment.provider import Charged, Declined, PaymentProvider
from bookdelivery.kernel.aggregate import Decision, Given
from bookdelivery.kernel.errors import NotFound, Refused
from bookdelivery.kernel.ports import Scope
from bookdelivery.kernel.values import Won


async def pay(command: Pay, scope: Scope) -> PayApproved | PayDeclined:
    """Charge for the order, once. Without the provider's answer the question stays open and is asked again later."""
    payment = await scope.decide(Payment, command.order_id, lambda payment, given: request(payment, command, given))
    if payment.status is PaymentStatus.APPROVED:
        return payment.approved()
    payment, answer = await _charge(payment, command.amount, scope)
    if payment.status is PaymentStatus.APPROVED:
        return payment.approved()
    if isinstance(answer, Charged):
        raise Refused(f"Pay for order {command.order_id}", f"the payment is {payment.status.value}")
    return PayDeclined(
        order_id=command.order_id,
        payment_id=payment.payment_id,
        reason=answer.reason,
        purchase=command.purchase,
    )


async def settle_payment(command: SettlePayment, scope: Scope) -> None:
    """Ask the provider again, by the same key, for a charge or refund that has no answer yet."""
    due = False

    def claim(payment: Payment, given: Given) -> Decision[Payment]:
        nonlocal due
        due = payment.settle_at is not None and payment.settle_at <= given.now
        return ask_again(payment, given) if due else Decision(payment)

    # The next attempt is put off before this one is made: of several that look after the payment one asks, and should
    # it die, the next one asks in its time.
    payment = await _step(command.order_id, claim, scope)
    if not due:
        return
    if payment.status is PaymentStatus.REFUNDING:
        back = await scope.external(PaymentProvider).refund(str(payment.order_id))
        await _step(payment.order_id, lambda payment, given: refunded(payment, back), scope)
    elif payment.status is PaymentStatus.REQUESTED and payment.amount is not None:
        await _charge(payment, payment.amount, scope)


async def _charge(payment: Payment, amount: Won, scope: Scope) -> tuple[Payment, Charged | Declined]:
    answer = await scope.external(PaymentProvider).charge(str(payment.order_id), amount)
    if isinstance(answer, Charged):
        return await _step(payment.order_id, lambda payment, given: approve(payment), scope), answer
    reason = answer.reason
    return await _step(payment.order_id, lambda payment, given: decline(payment, reason), scope), answer


async def _step(order_id: int, decision: Callable[[Payment, Given], Decision[Payment]], scope: Scope) -> Payment:
    def decide(payment: Payment | None, given: Given) -> Decision[Payment]:
        if payment is None:
            raise NotFound("settling a payment", "payment", order_id)
        return decision(payment, given)

    return await scope.decide(Payment, order_id, decide)
