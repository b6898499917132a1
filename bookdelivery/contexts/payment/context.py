"""The declaration of payment (결제)."""

from __future__ import annotations

from bookdelivery.contexts.delivery.messages import DeliveryCanceled
from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaken, OrderRejected
from bookdelivery.contexts.payment.aggregate import Payment, PaymentTerms, cancel
from bookdelivery.contexts.payment.handlers import pay, settle_payment
from bookdelivery.contexts.payment.messages import (
    CancelPay,
    Pay,
    PayApproved,
    PayCanceled,
    PayDeclined,
    SettlePayment,
)
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.context import Context, Decides, ExternalSystem, Performs, Policy, Resource, Subdomain, WakeUp


def refund_unless_packed(event: CancelOrderTaken) -> CancelPay | None:
    """Give the money back at once if no parcel was packed; otherwise the delivery has the last word."""
    return None if event.packed else CancelPay(event.order_id)


def refund_stopped_delivery(event: DeliveryCanceled) -> CancelPay:
    """Give the money back for a parcel that was stopped."""
    return CancelPay(event.order_id)


def refund_rejected_order(event: OrderRejected) -> CancelPay:
    """Give the money back for an order that the store will not fulfil."""
    return CancelPay(event.order_id)


def settle(payment: Payment) -> SettlePayment:
    """Ask about a payment that has no answer."""
    return SettlePayment(payment.order_id)


PAYMENT = Context(
    name="payment",
    korean="결제",
    subdomain=Subdomain.GENERAL,
    uptime_goal=None,
    cadence="its own pace",
    team="payment",
    store="SQL (MariaDB or PostgreSQL)",
    aggregates=(Payment,),
    handlers=(
        Performs(
            command=Pay,
            on=Payment,
            by=pay,
            emits=(PayApproved, PayDeclined),
            creates=True,
            undone_by=CancelPay,
            uses=(PaymentProvider,),
        ),
        Performs(
            command=SettlePayment,
            on=Payment,
            by=settle_payment,
            emits=(PayApproved, PayDeclined, PayCanceled),
            uses=(PaymentProvider,),
        ),
        Decides(command=CancelPay, on=Payment, by=cancel, emits=(PayCanceled,), creates=True),
    ),
    events=(PayApproved, PayDeclined, PayCanceled),
    policies=(
        Policy(name="refund unless packed", on=CancelOrderTaken, issues=CancelPay, by=refund_unless_packed),
        Policy(name="refund stopped delivery", on=DeliveryCanceled, issues=CancelPay, by=refund_stopped_delivery),
        Policy(name="refund rejected order", on=OrderRejected, issues=CancelPay, by=refund_rejected_order),
    ),
    external_systems=(ExternalSystem(name="payment provider", port=PaymentProvider, timeout_s=3.0),),
    wake_ups=(WakeUp(aggregate=Payment, issues=SettlePayment, by=settle),),
    terms=PaymentTerms(),
    resources=(Resource(of=Payment, status="orderStatus"),),
    former_teams=("back end", "databases"),
    open_questions={"SettlePayment": "After how long without the provider's answer does a person take over?"},
    language=LANGUAGE,
)
