"""What stands in the way of a running context just now."""

from __future__ import annotations

import logging

import attrs

from bookdelivery.kernel.errors import Unavailable, UnusableStore

log = logging.getLogger("bookdelivery.application")


@attrs.define
class Trouble:
    """The last failure of a store or broker that has not been overcome yet.

    Attributes:
        who: the context.
        last: the failure, None while all is well.
    """

    who: str
    last: Unavailable | UnusableStore | None = None

    def met(self, error: Unavailable | UnusableStore) -> None:
        """Note a failure; it is tried again."""
        if self.last is None:
            log.warning("%s: %s; trying again", self.who, error)
        self.last = error

    def over(self) -> None:
        """Note that things work again."""
        if self.last is not None:
            log.warning("%s: works again", self.who)
            self.last = None
