"""In which order things stand so that the lines between them are short and cross little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations

ALL_ORDERS_OF = 4
"""Up to so many things, every order is tried."""

ROUNDS = 30


def shortened(names: Sequence[str], ties: Mapping[tuple[str, str], int], *, fixed: int = 1) -> list[str]:
    """Exchange neighbours as long as that makes the lines shorter, counted in places.

    Args:
        names: in the order to begin with, which stays wherever a change gains nothing.
        ties: how many lines run between two of them, both ways round.
        fixed: how many stay where they are at the beginning.
    """
    order = list(names)
    tied: dict[str, list[tuple[str, int]]] = {name: [] for name in order}
    for (one, other), count in ties.items():
        if one in tied and other in tied:
            tied[one].append((other, count))
    rank = {name: index for index, name in enumerate(order)}
    for _ in range(ROUNDS):
        swapped = False
        for index in range(fixed, len(order) - 1):
            one, other = order[index], order[index + 1]
            gain = sum(count if rank[name] > index else -count for name, count in tied[one] if name != other)
            gain += sum(count if rank[name] < index else -count for name, count in tied[other] if name != one)
            if gain > 0:
                order[index], order[index + 1] = other, one
                rank[one], rank[other] = index + 1, index
                swapped = True
        if not swapped:
            break
    return order


def least_costly(
    names: Sequence[str], cost: Callable[[Sequence[str]], float], *, fixed: int = 1, tries: int = 40
) -> list[str]:
    """Find an order that costs little: all of them are tried where they are few, else neighbours are exchanged.

    Args:
        names: in the order to begin with, which stays unless another one costs less.
        cost: of an order.
        fixed: how many stay where they are at the beginning.
        tries: how many orders are looked at, at most.
    """
    head, rest = list(names[:fixed]), list(names[fixed:])
    if len(rest) <= ALL_ORDERS_OF:
        return min(([*head, *some] for some in permutations(rest)), key=cost)
    best, least = list(names), cost(names)
    while tries > 0:
        before = least
        for index in range(fixed, len(best) - 1):
            other = [*best[:index], best[index + 1], best[index], *best[index + 2 :]]
            tries -= 1
            costs = cost(other)
            if costs < least:
                best, least = other, costs
            if tries <= 0:
                break
        if least == before:
            break
    return best
