"""When things happen: commands in columns from left to right, each after whatever leads to it.

A command stands one column after every command whose event, or whose call, leads to it (the longest path: Sugiyama,
Tagawa and Toda, 1981), and not before the one that its aggregate declares ahead of it. Where commands lead round in a
circle, the one declared first comes first. What nothing leads to, as a customer's cancel, is moved up to what it
leads to; and where several of one aggregate would share a column, the later ones move on as far as they may.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

COMFORTABLE = 7
"""So many columns are always used where that keeps things of one chapter from sharing one."""

Key = TypeVar("Key", bound=Hashable)


def columns_in_time(
    things: Sequence[Key], leads_to: Iterable[tuple[Key, Key]], chapters: Iterable[Sequence[Key]] = ()
) -> dict[Key, int]:
    """Give each thing its column.

    Args:
        things: in the order declared, which decides wherever nothing else does.
        leads_to: pairs of cause and effect.
        chapters: things told in this order, as the commands of one aggregate; they may share a column.

    Takes time in proportion to n log n.
    """
    timeline = _Timeline(things, leads_to, [tuple(chapter) for chapter in chapters])
    timeline.begin_early()
    timeline.close_up()
    timeline.spread()
    return timeline.columns


class _Timeline(Generic[Key]):
    def __init__(
        self, things: Sequence[Key], leads_to: Iterable[tuple[Key, Key]], chapters: Sequence[Sequence[Key]]
    ) -> None:
        order = {thing: index for index, thing in enumerate(things)}
        pairs = [(cause, effect) for cause, effect in dict.fromkeys(leads_to) if cause != effect]
        told = [pair for chapter in chapters for pair in pairwise(chapter)]
        place = _sequence(order, pairs, told)
        self.columns: dict[Key, int] = {}
        self._sequence = sorted(order, key=place.__getitem__)
        self._effects: dict[Key, list[Key]] = {thing: [] for thing in things}
        self._causes: dict[Key, list[Key]] = {thing: [] for thing in things}
        for cause, effect in pairs:
            if place[cause] < place[effect]:
                self._effects[cause].append(effect)
                self._causes[effect].append(cause)
        self._before: dict[Key, Key] = {}
        self._after: dict[Key, Key] = {}
        self._chapter: dict[Key, int] = {}
        for number, chapter in enumerate(chapters):
            self._chapter.update(dict.fromkeys(chapter, number))
            for one, next_one in pairwise(chapter):
                if place[one] < place[next_one]:
                    self._before[next_one], self._after[one] = one, next_one

    def begin_early(self) -> None:
        """Put everything as far to the left as it may be."""
        for thing in self._sequence:
            column = max((self.columns[cause] + 1 for cause in self._causes[thing]), default=0)
            if thing in self._before:
                column = max(column, self.columns[self._before[thing]])
            self.columns[thing] = column

    def close_up(self) -> None:
        """Move what nothing leads to up to what it leads to."""
        for thing in reversed(self._sequence):
            if self._effects[thing] and not self._causes[thing]:
                self.columns[thing] = max(self.columns[thing], self._latest(thing))

    def spread(self) -> None:
        """Where several of one chapter share a column, move the later ones on, each by as little as it needs.

        The chapters told last go first, as that gives room to those before them.
        """
        last = max([*self.columns.values(), COMFORTABLE - 1])
        place = {thing: index for index, thing in enumerate(self._sequence)}
        chapters: dict[int, list[Key]] = defaultdict(list)
        for thing in sorted(self._chapter, key=lambda thing: (self.columns[thing], place[thing])):
            chapters[self._chapter[thing]].append(thing)
        for chapter in sorted(chapters.values(), key=lambda chapter: -place[chapter[-1]]):
            limits: list[int] = []
            for thing in reversed(chapter):
                latest = min((self.columns[effect] - 1 for effect in self._effects[thing]), default=last)
                limits.append(min(latest, limits[-1]) if limits else latest)
            before = -1
            for thing, limit in zip(chapter, reversed(limits), strict=True):
                if before >= self.columns[thing]:
                    self.columns[thing] = max(self.columns[thing], min(before + 1, limit))
                before = self.columns[thing]

    def _latest(self, thing: Key) -> int:
        limits = [self.columns[effect] - 1 for effect in self._effects[thing]]
        if thing in self._after:
            limits.append(self.columns[self._after[thing]])
        return min(limits, default=self.columns[thing])


def _sequence(
    order: Mapping[Key, int], leads: Sequence[tuple[Key, Key]], told: Sequence[tuple[Key, Key]]
) -> dict[Key, int]:
    """Put everything after its causes and after what is told before it, by Kahn's algorithm.

    Where that goes round in a circle, what is told before gives way first, then the causes of what is declared first.
    """
    things = list(order)
    effects: dict[Key, list[tuple[Key, bool]]] = defaultdict(list)
    causes, awaited = dict.fromkeys(things, 0), dict.fromkeys(things, 0)
    for pairs, strict in ((leads, True), (told, False)):
        for one, other in pairs:
            effects[one].append((other, strict))
            causes[other] += strict
            awaited[other] += 1
    ready = [index for index, thing in enumerate(things) if not awaited[thing]]
    caused = [index for index, thing in enumerate(things) if not causes[thing]]
    untold = list(range(len(things)))
    place: dict[Key, int] = {}
    while len(place) < len(things):
        thing = things[heapq.heappop(ready or caused or untold)]
        if thing in place:
            continue
        place[thing] = len(place)
        for effect, strict in effects[thing]:
            causes[effect] -= strict
            awaited[effect] -= 1
            if not awaited[effect]:
                heapq.heappush(ready, order[effect])
            if strict and not causes[effect]:
                heapq.heappush(caused, order[effect])
    return place
