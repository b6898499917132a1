"""A payment: at most one charge and one refund an order, however often it is asked."""

from __future__ import annotations

import attrs

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.contexts.payment.messages import (
    CancelPay,
    Pay,
    PayApproved,
    PayCanceled,
    PayDeclined,
    PaymentStatus,
)
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, changed
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.values import Won, duration_s

S = PaymentStatus


@attrs.frozen(kw_only=True)
class PaymentTerms:
    """The business's settings for payments.

    Attributes:
        ask_again_after_s: seconds after which a charge or refund without an answer is asked for again; doubles each
            time.
        ask_again_at_most_s: the longest such wait, in seconds.
    """

    ask_again_after_s: float = attrs.field(default=5.0, validator=duration_s)
    ask_again_at_most_s: float = attrs.field(default=300.0, validator=duration_s)


@attrs.frozen(kw_only=True, slots=False)
class Payment(Aggregate):
    """The payment of one order.

    Attributes:
        order_id: the order it is for, its key.
        payment_id: its own id.
        status: where it stands.
        amount: the price; None where the order was cancelled before anybody asked for payment.
        purchase: what is paid for, None likewise.
        attempts: how often the provider was asked since it last answered.
        settle_at: while the provider's answer is outstanding, when to ask again (seconds since the epoch); else None.
    """

    correlation_key = "order_id"
    identity = "payment_id"
    owner = "customer_id"
    wake_at = "settle_at"
    lifecycle = Lifecycle(
        "payment",
        PaymentStatus,
        S.REQUESTED,
        [
            to(S.REQUESTED, "request", S.REQUESTED, S.DECLINED),
            # A charge may be answered after a later attempt was declined: money that was taken is never overlooked.
            to(S.APPROVED, "approve", S.REQUESTED, S.DECLINED),
            to(S.DECLINED, "decline", S.REQUESTED),
            to(S.REFUNDING, "cancel", S.REQUESTED, S.APPROVED, S.DECLINED),
            to(S.CANCELED, "refund", S.REFUNDING),
        ],
    )

    order_id: int
    payment_id: int
    status: PaymentStatus = PaymentStatus.REQUESTED
    amount: Won | None = None
    purchase: Purchase | None = None
    attempts: int = 0
    settle_at: float | None = None

    @property
    def customer_id(self) -> int | None:
        """Whose order it pays; None where that is not known."""
        return None if self.purchase is None else self.purchase.customer_id

    def approved(self) -> PayApproved:
        """State that it was charged."""
        assert self.amount is not None
        assert self.purchase is not None
        return PayApproved(
            order_id=self.order_id, payment_id=self.payment_id, amount=self.amount, purchase=self.purchase
        )


def request(payment: Payment | None, command: Pay, given: Given) -> Decision[Payment]:
    """Write down that the order is about to be charged, before anybody is asked for money."""
    if payment is None:
        payment = Payment(
            order_id=command.order_id,
            payment_id=given.new_id,
            amount=command.amount,
            purchase=command.purchase,
            settle_at=given.now + given.terms.ask_again_after_s,
        )
        return Decision(payment)
    asked = f"Pay for order {command.order_id}"
    if payment.amount is not None and payment.amount != command.amount:
        raise Refused(asked, f"it was asked for {payment.amount} before, not {command.amount}", ("the same amount",))
    if payment.status is S.APPROVED:
        return Decision(payment)
    status = payment.lifecycle.next(payment.status, "request", payment, "Pay", payment.order_id)
    return Decision(changed(payment, status=status, settle_at=given.now + given.terms.ask_again_after_s))


def approve(payment: Payment) -> Decision[Payment]:
    """The provider charged. If the order was cancelled in the meantime, the refund under way takes care of it."""
    if payment.lifecycle.after(payment.status, "approve", payment) is None:
        return Decision(payment)
    approved = changed(payment, status=S.APPROVED, attempts=0, settle_at=None)
    return Decision(approved, (approved.approved(),))


def decline(payment: Payment, reason: str) -> Decision[Payment]:
    """The provider declined; the order may be paid again."""
    if payment.purchase is None or payment.lifecycle.after(payment.status, "decline", payment) is None:
        return Decision(payment)
    declined = PayDeclined(
        order_id=payment.order_id, payment_id=payment.payment_id, reason=reason, purchase=payment.purchase
    )
    return Decision(changed(payment, status=S.DECLINED, attempts=0, settle_at=None), (declined,))


def cancel(payment: Payment | None, command: CancelPay, given: Given) -> Decision[Payment]:
    """Begin to give the money back.

    A cancel that comes before any payment is remembered, so that none is ever taken.
    """
    if payment is None:
        payment = Payment(order_id=command.order_id, payment_id=given.new_id, status=S.CANCELED)
        return Decision(payment, (_canceled(payment, Won(0)),))
    status = payment.lifecycle.after(payment.status, "cancel", payment)
    if status is None:
        return Decision(payment)
    return Decision(changed(payment, status=status, attempts=0, settle_at=given.now))


def refunded(payment: Payment, amount: Won) -> Decision[Payment]:
    """The provider gave the money back, or had taken none."""
    if payment.lifecycle.after(payment.status, "refund", payment) is None:
        return Decision(payment)
    canceled = changed(payment, status=S.CANCELED, attempts=0, settle_at=None)
    return Decision(canceled, (_canceled(payment, amount),))


def ask_again(payment: Payment, given: Given) -> Decision[Payment]:
    """Note one more attempt, and when to make the next if this one stays without an answer too."""
    terms = given.terms
    wait_s = min(terms.ask_again_after_s * 2.0 ** min(payment.attempts, 30), terms.ask_again_at_most_s)
    return Decision(changed(payment, attempts=payment.attempts + 1, settle_at=given.now + wait_s))


def _canceled(payment: Payment, amount: Won) -> PayCanceled:
    return PayCanceled(order_id=payment.order_id, payment_id=payment.payment_id, refunded=amount)
