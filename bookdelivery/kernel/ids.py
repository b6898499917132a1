"""Where ids come from. Nothing in the domain makes one up: they are handed in."""

from __future__ import annotations

import random
from collections.abc import Callable

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.values import LARGEST_ID

_VARIANT = 0b10 << 62
_COUNTS = tuple(f"{count:03x}-" for count in range(0x1000))


class MessageIds:
    """Makes message ids: UUID version 7 (RFC 9562, section 5.7), in text form, strictly increasing within this source.

    Args:
        now: gives the seconds since the Unix epoch.
        rng: the source of randomness; a seeded one gives the same ids again.

    Within one millisecond the 12 bits after the version count up from 0 (RFC 9562, section 6.2, method 1); when they
    run over, ids go on in the next millisecond, and a clock that steps back is not followed, so they keep their order.
    """

    def __init__(self, now: Callable[[], float], rng: random.Random | None = None) -> None:
        self._now = now
        self._bits = (rng if rng is not None else random.Random()).getrandbits
        self._millisecond = -1
        self._counter = 0
        self._prefix = ""

    def __call__(self) -> str:
        """Make the next id."""
        # A function that is an attribute is called more quickly by a name of its own.
        now, bits = self._now, self._bits
        millisecond = int(now() * 1000)
        if millisecond <= self._millisecond:
            if self._counter < 0xFFF:
                self._counter += 1
            else:
                millisecond = self._millisecond + 1
        if millisecond > self._millisecond:
            self._millisecond = millisecond
            self._counter = 0
            # A bit before the 48 keeps their leading zeros, in a third of the time that a format takes.
            digits = hex(millisecond | 1 << 48)
            self._prefix = f"{digits[3:11]}-{digits[11:]}-7"
        # All 16 digits at once, the variant's two bits before the 62 random ones.
        digits = hex(bits(62) | _VARIANT)
        return f"{self._prefix}{_COUNTS[self._counter]}{digits[2:6]}-{digits[6:]}"


class Sequence:
    """Business ids that count up from 1, for one process whose data ends with it."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    async def next(self, kind: str) -> int:
        """Give the next id of this kind of aggregate."""
        self._last[kind] = value = self._last.get(kind, 0) + 1
        return value


def _node(_: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or not 0 <= value < 1024:
        raise InvalidField("ReplicaIds", attribute.name, value, "an integer from 0 to 1023")


@attrs.define
class ReplicaIds:
    """Business ids unique across up to 1,024 replicas without asking anyone: positive integers below 2**53.

    From the top: 43 bits that count ticks of 1/2048 s since 2021-01-01 UTC, and 10 bits of replica number. A replica
    that needs more than 2,048 ids a second borrows ticks from the near future, so ids stay unique and increasing. One
    that restarts begins at the present tick, beyond all it gave out before, unless it had borrowed further ahead than
    the restart took, or its clock was set back: keep clocks disciplined and leave the load below that rate.

    Args:
        node: this replica's number, 0 to 1023; no two running replicas may share it.
        now: gives the seconds since the Unix epoch.

    Raises:
        InvalidField: the node is out of range.
    """

    EPOCH_S = 1_609_459_200
    TICKS_PER_SECOND = 2048

    node: int = attrs.field(validator=_node)
    now: Callable[[], float] = attrs.field(kw_only=True)
    _tick: int = attrs.field(init=False, default=0)

    async def next(self, kind: str) -> int:  # noqa: ARG002
        """Give the next id; the kind does not matter, since these ids are unique over all kinds."""
        present = int((self.now() - self.EPOCH_S) * self.TICKS_PER_SECOND)
        self._tick = max(present, self._tick + 1)
        value = self._tick << 10 | self.node
        if value > LARGEST_ID:
            raise InvalidField("ReplicaIds", "now", self.now(), "a time before the year 2157")
        return value
