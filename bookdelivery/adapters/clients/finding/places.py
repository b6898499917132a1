"""Where a service answers: one place or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs


@attrs.frozen(order=True)
class Place:
    """A host and port where a service answers.

    Attributes:
        host: a name or an address.
        port: the port.
        priority: places with a lower one come first (RFC 2782).
        weight: how often it comes, in relation to others of its priority.
    """

    host: str
    port: int
    priority: int = 0
    weight: int = 1

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Finder(Protocol):
    """Knows where a service answers just now."""

    async def places(self) -> Sequence[Place]:
        """Give the places, at least one.

        Raises:
            Unavailable: nobody knows just now.
        """
        ...


@attrs.frozen
class Fixed:
    """A service whose place was told once and for all; a name is looked up anew for each connection.

    Attributes:
        place: where it is.
    """

    place: Place

    async def places(self) -> Sequence[Place]:
        """Give the one place."""
        return (self.place,)
