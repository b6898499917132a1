"""The port to the payment provider: somebody else's system, outside our transactions."""

from __future__ import annotations

from typing import Protocol

import attrs

from bookdelivery.kernel.values import Won


@attrs.frozen
class Charged:
    """The provider took the money.

    Attributes:
        amount: how much.
    """

    amount: Won


@attrs.frozen
class Declined:
    """The provider refused to take the money.

    Attributes:
        reason: in the provider's words.
    """

    reason: str


class PaymentProvider(Protocol):
    """Charges customers and refunds them. All calls are idempotent by key, which is the order's.

    An adapter raises `NotAnswered` or `Unavailable` when it cannot tell what became of the request; asking again with
    the same key is always safe.
    """

    async def charge(self, key: str, amount: Won) -> Charged | Declined:
        """Charge once for this key. A declined key may be tried again; a charged one answers as before.

        Raises:
            Refused: the key was charged with another amount, or was refunded.
        """
        ...

    async def refund(self, key: str) -> Won:
        """See to it that nothing stays charged for this key, now or later, and say how much was given back in all."""
        ...
