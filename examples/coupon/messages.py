"""The published language of coupon (쿠폰)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import allowing, business_id


class CouponStatus(StrEnum):
    """Where a coupon stands."""

    PROMISED = "promised"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


@allowing(minimum=1, maximum=100)
def percentage(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    """Check, for attrs, that a field holds a whole percentage from 1 to 100."""
    if type(value) is not int or not 1 <= value <= 100:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number from 1 to 100")


@attrs.frozen(kw_only=True)
class CouponReceipt:
    """The answer to the shopkeeper.

    Attributes:
        order_id: the order that the coupon thanks for.
        coupon_status: where the coupon stands now; promised, until the order is known to be taken.
    """

    order_id: int
    coupon_status: CouponStatus


@attrs.frozen(kw_only=True)
class TakeOrderWithCoupon(Command[CouponReceipt]):
    """Take an order on, and thank its customer with a coupon.

    Attributes:
        order_id: the order.
        percent: what the coupon takes off the next purchase, 1 to 100.
    """

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    percent: int = attrs.field(default=10, validator=percentage)


@attrs.frozen(kw_only=True)
class IssueCoupon(Command[None]):
    """Issue the coupon that was promised for an order, now that the order is taken."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)


@attrs.frozen
class CancelCoupon(Command[None]):
    """Take the coupon back of an order whose money was given back."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True)
class CouponIssued(Event):
    """The customer has a coupon."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    coupon_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)
    percent: int = attrs.field(validator=percentage)


@attrs.frozen(kw_only=True)
class CouponCanceled(Event):
    """The coupon is worth nothing any more."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    coupon_id: int = attrs.field(validator=business_id)
