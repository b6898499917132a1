"""Coupons (쿠폰): a context that a new team adds to the bookstore, without a line changed in anybody else's code.

The shopkeeper may take an order on with a coupon for the customer's next purchase; it is gone when the money goes back.
"""

from examples.coupon.composition import BOOKSTORE_WITH_COUPONS
from examples.coupon.context import COUPON

__all__ = ["BOOKSTORE_WITH_COUPONS", "COUPON"]
