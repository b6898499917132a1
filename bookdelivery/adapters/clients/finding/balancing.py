"""Taking turns among the places of a service, leaving out for a while those that could not be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby

import attrs

from bookdelivery.adapters.clients.finding.places import Finder, Place

SET_ASIDE_S = 5.0
"""Seconds for which a place that could not be reached comes last."""


@attrs.define(eq=False)
class Turns:
    """Says in which order to try a service's places: each comes first as often as its weight says.

    The turns are those of nginx's smooth weighted round-robin (`ngx_http_upstream_round_robin.c`): no place comes often
    in a row, and without chance.

    Args:
        finder: knows the places.
    """

    finder: Finder
    _credit: dict[Place, int] = attrs.field(factory=dict, init=False)
    _aside: dict[Place, float] = attrs.field(factory=dict, init=False)

    async def order(self) -> Sequence[Place]:
        """Give the places in the order in which to try them now.

        Raises:
            Unavailable: nobody knows any.
        """
        known = await self.finder.places()
        now = asyncio.get_running_loop().time()
        self._aside = {place: until for place, until in self._aside.items() if until > now}
        self._credit = {place: self._credit.get(place, 0) for place in known}
        ranked = sorted(known, key=lambda place: (place in self._aside, place.priority))
        groups = groupby(ranked, key=lambda place: (place in self._aside, place.priority))
        first, *rest = [list(group) for _, group in groups]
        return [*self._turn(first), *(place for group in rest for place in group)]

    def set_aside(self, place: Place) -> None:
        """Say that a place could not be reached."""
        self._aside[place] = asyncio.get_running_loop().time() + SET_ASIDE_S

    def _turn(self, places: Sequence[Place]) -> Iterator[Place]:
        weights = {place: max(1, place.weight) for place in places}
        for place in places:
            self._credit[place] += weights[place]
        ordered = sorted(places, key=lambda place: (-self._credit[place], place))
        self._credit[ordered[0]] -= sum(weights.values())
        return iter(ordered)
