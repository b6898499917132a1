"""MyCoupon: the coupons a customer has, folded from this context's own events."""

from __future__ import annotations

from typing import Any

import attrs

from bookdelivery.kernel.aggregate import Row, changed
from bookdelivery.kernel.messages import Envelope
from examples.coupon.messages import CouponCanceled, CouponIssued


@attrs.frozen(kw_only=True, slots=False)
class MyCouponRow(Row):
    """One coupon as its customer sees it.

    Attributes:
        order_id: the order that it thanks for, its key.
        coupon_id: its own id.
        customer_id: whose it is; None until the news that says so arrives.
        percent: what it takes off the next purchase; None likewise.
        canceled: whether it is worth nothing any more.
    """

    correlation_key = "order_id"
    identity = "coupon_id"
    owner = "customer_id"

    order_id: int
    coupon_id: int
    customer_id: int | None = None
    percent: int | None = None
    canceled: bool = False

    @property
    def valid(self) -> bool:
        """Whether it can be used."""
        return self.customer_id is not None and not self.canceled


def show_issued(row: MyCouponRow | None, event: CouponIssued, envelope: Envelope) -> MyCouponRow:
    """Show a coupon; one whose end came first stays at its end."""
    return changed(_row(row, event), customer_id=event.customer_id, percent=event.percent)


def show_canceled(row: MyCouponRow | None, event: CouponCanceled, envelope: Envelope) -> MyCouponRow:
    """Show that it is gone."""
    return changed(_row(row, event), canceled=True)


def _row(row: MyCouponRow | None, event: Any) -> MyCouponRow:
    return row or MyCouponRow(order_id=event.order_id, coupon_id=event.coupon_id)
