"""The people who issue commands; the same persons in every context."""

from __future__ import annotations

from bookdelivery.kernel.context import Actor

CUSTOMER = Actor("customer", "고객")
SHOPKEEPER = Actor("shopkeeper", "점주")
COURIER = Actor("courier", "배송기사")
