"""The port through which an order's price may be checked."""

from __future__ import annotations

from typing import Protocol

from bookdelivery.contexts.order.messages import Purchase


class Catalog(Protocol):
    """Knows what books cost."""

    async def check(self, purchase: Purchase) -> None:
        """See that the item exists and its price is right.

        Raises:
            Refused: it does not, or is not; says what the price is.
        """
        ...


class TrustingCatalog:
    """Takes the price that comes with the order, as the original bookstore does."""

    async def check(self, purchase: Purchase) -> None:
        """Accept it."""
