"""Taking an order on with a coupon: the steps around the synchronous call to the store."""

from __future__ import annotations

from contextlib import suppress

from bookdelivery.contexts.ordermanagement.messages import TakeOrder
from bookdelivery.kernel.errors import HeldOff, NotAnswered
from bookdelivery.kernel.ports import Scope
from examples.coupon.aggregate import Coupon, promise
from examples.coupon.messages import CouponReceipt, TakeOrderWithCoupon


async def take_order_with_coupon(command: TakeOrderWithCoupon, scope: Scope) -> CouponReceipt:
    """Promise the coupon, then have the order taken; the news of that issues the coupon.

    So nothing is lost if the answer is: should the order be taken, now or later, the promise is kept. A promise for an
    order that is never taken costs nobody anything.
    """
    coupon = await scope.decide(Coupon, command.order_id, lambda coupon, given: promise(coupon, command, given))
    with suppress(HeldOff, NotAnswered):
        await scope.call(TakeOrder(command.order_id), idempotency_key=f"coupon-{command.order_id}")
    return CouponReceipt(order_id=command.order_id, coupon_status=coupon.status)
