"""The bookstore with coupons: its own contexts, untouched, and one more."""

from __future__ import annotations

from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE
from examples.coupon.context import COUPON

BOOKSTORE_WITH_COUPONS = System("bookstore with coupons", (*BOOKSTORE, COUPON))
"""Run it with `Bookstore.open(system=BOOKSTORE_WITH_COUPONS)`, simulate it, verify it, draw it."""
