"""One coupon."""

from __future__ import annotations

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, changed
from bookdelivery.kernel.lifecycle import Lifecycle, to
from examples.coupon.messages import (
    CancelCoupon,
    CouponCanceled,
    CouponIssued,
    CouponStatus,
    IssueCoupon,
    TakeOrderWithCoupon,
)

S = CouponStatus


@attrs.frozen(kw_only=True, slots=False)
class Coupon(Aggregate):
    """The coupon that thanks for one order.

    Attributes:
        order_id: the order, its key.
        coupon_id: its own id.
        percent: what it takes off the next purchase.
        status: where it stands.
    """

    correlation_key = "order_id"
    identity = "coupon_id"
    lifecycle = Lifecycle(
        "coupon",
        CouponStatus,
        S.PROMISED,
        [
            to(S.ISSUED, "issue", S.PROMISED),
            to(S.WITHDRAWN, "withdraw", S.PROMISED, S.ISSUED),
        ],
    )

    order_id: int
    coupon_id: int
    percent: int
    status: CouponStatus = CouponStatus.PROMISED


def promise(coupon: Coupon | None, command: TakeOrderWithCoupon, given: Given) -> Decision[Coupon]:
    """Promise a coupon; one that was promised before stays as it is."""
    if coupon is not None:
        return Decision(coupon)
    return Decision(Coupon(order_id=command.order_id, coupon_id=given.new_id, percent=command.percent))


def issue(coupon: Coupon | None, command: IssueCoupon, given: Given) -> Decision[Coupon]:
    """Issue what was promised. Most orders are taken without a coupon, and nothing happens."""
    status = None if coupon is None else coupon.lifecycle.after(coupon.status, "issue", coupon)
    if coupon is None or status is None:
        return Decision(coupon)
    issued = CouponIssued(
        order_id=coupon.order_id, coupon_id=coupon.coupon_id, customer_id=command.customer_id, percent=coupon.percent
    )
    return Decision(changed(coupon, status=status), (issued,))


def cancel(coupon: Coupon | None, command: CancelCoupon, given: Given) -> Decision[Coupon]:
    """Take back the coupon of an order whose money was given back, if there is one.

    Only of a coupon that the customer had does anybody need to know.
    """
    status = None if coupon is None else coupon.lifecycle.after(coupon.status, "withdraw", coupon)
    if coupon is None or status is None:
        return Decision(coupon)
    canceled = CouponCanceled(order_id=coupon.order_id, coupon_id=coupon.coupon_id)
    events = (canceled,) if coupon.status is S.ISSUED else ()
    return Decision(changed(coupon, status=status), events)
