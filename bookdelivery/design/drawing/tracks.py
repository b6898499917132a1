"""Lines side by side in a channel: in which order they run, and how few tracks they need.

A channel is the empty strip between two columns (or two rows) of notes. Every line in it covers an interval along the
channel and leaves it by stubs to either side. Which of two lines runs further to the left decides whether they cross,
and nothing else does, so an order is searched that has few crossings (as in Sugiyama, Tagawa and Toda, "Methods for
visual understanding of hierarchical system structures", 1981, for the nodes of a layer), by exchanging neighbours
until that gains nothing. Then each line takes the first track that keeps this order (the left-edge idea of Hashimoto
and Stevens, "Wire routing by optimizing channel assignment", 1971).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import attrs

ROUNDS = 40
"""How often all neighbours are compared at most; a channel of fewer lines than this is always sorted out in full."""

FEW = 40
"""Up to so many lines in a channel, each is tried in every place."""

REPAIRS = 4
"""How often all lines are tried so, and how often all stubs on one level are parted, at most."""

_SAME_LEVEL = 3.0
_WORSE_THAN_CROSSINGS = 50.0
_BUCKET = 6.0


@attrs.define
class Run:
    """What one net covers in one channel.

    Attributes:
        net: whose it is.
        low: where it begins along the channel.
        high: where it ends.
        before: where it leaves the channel towards the lower side (left, or up).
        after: where it leaves towards the higher side (right, or down).
        track: counted from the lower side, once assigned.
    """

    net: int
    low: float
    high: float
    before: list[float] = attrs.field(factory=list)
    after: list[float] = attrs.field(factory=list)
    track: int = 0

    def leave(self, at: float, *, after: bool) -> None:
        """Add a stub, and cover its place."""
        (self.after if after else self.before).append(at)
        self.low, self.high = min(self.low, at), max(self.high, at)


def assign_tracks(runs: Sequence[Run], bucket: float = _BUCKET) -> int:
    """Give every run its track.

    Args:
        runs: of one channel, one a net, in any order; the order given decides between equals.
        bucket: places along the channel closer than this count as one.

    Returns:
        How many tracks are used.
    """
    ordered = _ordered(list(runs))
    if not ordered:
        return 0
    first = min(run.low for run in ordered)
    skyline = [0] * (int((max(run.high for run in ordered) - first) / bucket) + 3)
    for run in ordered:
        begin, end = int((run.low - first) / bucket), int((run.high - first) / bucket) + 2
        run.track = max(skyline[begin:end])
        skyline[begin:end] = [run.track + 1] * (end - begin)
    return max(skyline)


def _ordered(runs: list[Run]) -> list[Run]:
    runs.sort(key=_first_guess)
    for _ in range(ROUNDS):
        swapped = False
        for index in range(len(runs) - 1):
            one, other = runs[index], runs[index + 1]
            if _cost(other, one) < _cost(one, other):
                runs[index], runs[index + 1] = other, one
                swapped = True
        if not swapped:
            break
    if len(runs) <= FEW:
        _reinsert(runs)
    _part_levels(runs)
    return runs


def _reinsert(runs: list[Run]) -> None:
    """Move single runs past any number of others, as long as that saves a crossing."""
    for _ in range(REPAIRS):
        moved = False
        for run in list(runs):
            at = runs.index(run)
            saved, to = min(_savings(runs, at))
            if saved < 0:
                runs.insert(to, runs.pop(at))
                moved = True
        if not moved:
            break


def _savings(runs: Sequence[Run], at: int) -> Iterator[tuple[float, int]]:
    """Give what every other place of a run would cost more than its own, and that place."""
    run = runs[at]
    yield 0.0, at
    cost = 0.0
    for to in range(at + 1, len(runs)):
        cost += _cost(runs[to], run) - _cost(run, runs[to])
        yield cost, to
    cost = 0.0
    for to in range(at - 1, -1, -1):
        cost += _cost(run, runs[to]) - _cost(runs[to], run)
        yield cost, to


def _part_levels(runs: list[Run]) -> None:
    """Exchange runs whose stubs would lie on top of one another, wherever they stand."""
    for _ in range(REPAIRS):
        place = {run.net: index for index, run in enumerate(runs)}
        moved = False
        for first, second in _facing(runs):
            at, to = place[second.net], place[first.net]
            if at >= to:
                continue
            # The one that comes from the lower side has to turn first: it moves before the other, or that one after it.
            between = runs[at : to + 1]
            down = sum(_cost(first, run) - _cost(run, first) for run in between[:-1])
            up = sum(_cost(run, second) - _cost(second, run) for run in between[1:])
            runs[at : to + 1] = [first, *between[:-1]] if down <= up else [*between[1:], second]
            place.update({run.net: index for index, run in enumerate(runs[at : to + 1], at)})
            moved = True
        if not moved:
            break


def _facing(runs: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    """Give pairs with stubs on one level from opposite sides; the first must lie on the lower side of the second."""
    levels: dict[int, list[tuple[float, Run]]] = defaultdict(list)
    for run in runs:
        for at in run.after:
            levels[int(at // _SAME_LEVEL)].append((at, run))
    for run in list(runs):
        for at in run.before:
            level = int(at // _SAME_LEVEL)
            for near in (level - 1, level, level + 1):
                for other_at, other in levels.get(near, ()):
                    if other is not run and abs(at - other_at) < _SAME_LEVEL:
                        yield run, other


def _first_guess(run: Run) -> tuple[float, float, int]:
    # Lines that go down shed the lowest first, lines that go up the highest: then parallel ones do not cross.
    begin = sum(run.before) / len(run.before) if run.before else run.low
    end = sum(run.after) / len(run.after) if run.after else run.high
    return (0.0, -begin, run.net) if end >= begin else (1.0, begin, run.net)


def _cost(first: Run, second: Run) -> float:
    """Count the crossings of two runs if the first lies on the lower side of the second."""
    if first.high < second.low or second.high < first.low:
        return 0.0
    cost = 0.0
    for at in first.after:
        if second.low <= at <= second.high:
            cost += 1.0 if second.low < at < second.high else 0.5
        # Stubs on one level from opposite sides would run on top of one another between the two tracks.
    for at in second.before:
        if first.low <= at <= first.high:
            cost += 1.0 if first.low < at < first.high else 0.5
        if any(abs(at - other) < _SAME_LEVEL for other in first.after):
            cost += _WORSE_THAN_CROSSINGS
    return cost
