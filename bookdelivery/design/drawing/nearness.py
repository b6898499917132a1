"""Which thing stands in which place, so that those that are joined stand near one another.

The lines between the things are not led for that, their length is estimated by the distance of the places: what lies
near crosses little, and hundreds of things are placed in a second. The search is threshold accepting (Dueck, Scheuer:
Journal of Computational Physics 90, 1990): exchanges that make the lines longer are accepted as well, at first also bad
ones, in the end hardly any.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

SWEEPS = 250
"""How often each thing is moved on the average."""

LAST = 0.05
"""How much longer an exchange may make the lines in the end, as a share of what it may in the beginning."""


def near_each_other(
    groups: Sequence[Sequence[str]],
    places: Mapping[str, tuple[float, float]],
    ties: Mapping[tuple[str, str], int],
) -> list[list[str]]:
    """Exchange things within their groups until those that are joined stand near one another.

    The same arguments give the same order.

    Args:
        groups: the things of each group, in the order of their places.
        places: where each stands to begin with; exchanged things exchange their places.
        ties: how many lines join two of them.
    """
    joined: dict[str, list[tuple[str, int]]] = {name: [] for name in places}
    for (one, other), count in ties.items():
        if one != other and one in joined and other in joined:
            joined[one].append((other, count))
            joined[other].append((one, count))
    orders = [list(group) for group in groups]
    movable = [order for order in orders if len(order) > 1]
    total = sum(map(len, movable))
    if not total:
        return orders
    at = dict(places)
    # A choice of a group by its size, and always the same choices.
    rng = random.Random(total)
    steps = SWEEPS * total
    threshold = _mean_length(at, joined)
    shrinking = LAST ** (1 / steps)
    least, cost, best = 0.0, 0.0, [list(order) for order in movable]
    for _ in range(steps):
        threshold *= shrinking
        order = rng.choices(movable, weights=[len(each) for each in movable])[0] if len(movable) > 1 else movable[0]
        here, there = rng.sample(range(len(order)), 2)
        a, b = order[here], order[there]
        change = _change(a, b, at, joined)
        if change <= threshold:
            order[here], order[there], at[a], at[b] = b, a, at[b], at[a]
            cost += change
            if cost < least - 1e-6:
                least, best = cost, [list(each) for each in movable]
    kept = iter(best)
    return [next(kept) if len(order) > 1 else order for order in orders]


def _change(
    a: str, b: str, at: Mapping[str, tuple[float, float]], joined: Mapping[str, Sequence[tuple[str, int]]]
) -> float:
    """Give how much longer the lines get when two things change places."""
    longer = 0.0
    for thing, (x, y), (new_x, new_y) in ((a, at[a], at[b]), (b, at[b], at[a])):
        other_one = b if thing is a else a
        for other, count in joined[thing]:
            # The line between the two of them stays as long as it is.
            if other != other_one:
                ox, oy = at[other]
                longer += count * (abs(new_x - ox) + abs(new_y - oy) - abs(x - ox) - abs(y - oy))
    return longer


def _mean_length(at: Mapping[str, tuple[float, float]], joined: Mapping[str, Sequence[tuple[str, int]]]) -> float:
    lengths = [
        abs(at[one][0] - at[other][0]) + abs(at[one][1] - at[other][1]) for one in joined for other, _ in joined[one]
    ]
    return sum(lengths) / len(lengths) if lengths else 0.0


def exchanged(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give every order in which two have changed places, neighbours first."""
    orders = []
    for apart in range(1, len(names)):
        for here in range(len(names) - apart):
            order = list(names)
            order[here], order[here + apart] = order[here + apart], order[here]
            orders.append(tuple(order))
    return orders
