"""The published language of payment (결제)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import FLAT, Won, a, business_id, money, text, won


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    REFUNDING = "refunding"
    CANCELED = "canceled"


@attrs.frozen(kw_only=True)
class PayApproved(Event):
    """The customer was charged. Carries the purchase, as the store's side knows nothing else of the order."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    payment_id: int = attrs.field(validator=business_id)
    amount: Won = attrs.field(converter=won, validator=money)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class PayDeclined(Event):
    """The payment provider said no; nothing was charged."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    payment_id: int = attrs.field(validator=business_id)
    reason: str = attrs.field(validator=text)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class PayCanceled(Event):
    """The payment is settled for good: whatever had been charged for the order was given back.

    Attributes:
        order_id: the order.
        payment_id: the payment.
        refunded: how much was given back; 0 where nothing had been charged.
    """

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    payment_id: int = attrs.field(validator=business_id)
    refunded: Won = attrs.field(converter=won, validator=money)


@attrs.frozen(kw_only=True)
class Pay(Command[PayApproved | PayDeclined]):
    """Charge for an order. Asked again for the same order, it gives the same answer and charges no second time."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    amount: Won = attrs.field(converter=won, validator=money)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen
class CancelPay(Command[None]):
    """Give back what was charged for an order, and charge for it no more."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen
class SettlePayment(Command[None]):
    """Find out what became of a charge or refund that has no answer yet."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
