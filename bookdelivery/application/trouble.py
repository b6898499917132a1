"""What stands in the way of a running context just now."""

from __future__ import annotations

import logging

import attrs

from bookdelivery.kernel.errors import Unavailable, UnusableStore

log = logging.getLogger("bookdelivery.application")


@attrs.define
class Trouble:
    """The failures of a store or broker that have not been overcome yet, at most one of each part of a context.

    A part that gets through says nothing about the others: a store whose disk is full can still be read, so the relay
    finds nothing wrong while the consumer fails.

    Attributes:
        who: the context.
    """

    who: str
    _met: dict[str, Unavailable | UnusableStore] = attrs.field(init=False, factory=dict)

    @property
    def last(self) -> Unavailable | UnusableStore | None:
        """The latest of them, None while all is well."""
        return next(reversed(self._met.values()), None)

    def met(self, part: str, error: Unavailable | UnusableStore) -> None:
        """Note that a part (relay, consumer, ...) failed; it tries again."""
        if self._met.pop(part, None) is None:
            log.warning("%s %s: %s; trying again", self.who, part, error)
        self._met[part] = error

    def over(self, part: str) -> None:
        """Note that things work again for a part."""
        if self._met.pop(part, None) is not None:
            log.warning("%s %s: works again", self.who, part)
