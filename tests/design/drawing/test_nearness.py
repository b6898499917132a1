"""Things that are joined are put near one another, always in the same way."""

import itertools
from itertools import pairwise

from bookdelivery.design.drawing.nearness import exchanged, near_each_other

NAMES = [f"n{number:02}" for number in range(16)]
GRID = {name: (float(index % 4), float(index // 4)) for index, name in enumerate(NAMES)}
SHUFFLED = [NAMES[7 * index % 16] for index in range(16)]
CHAIN = dict.fromkeys(pairwise(SHUFFLED), 1)


def length(orders: list[list[str]], groups: list[list[str]]) -> float:
    spots = [spot for group in groups for spot in group]
    at = {name: GRID[spot] for name, spot in zip(itertools.chain(*orders), spots, strict=True)}
    return sum(abs(at[a][0] - at[b][0]) + abs(at[a][1] - at[b][1]) for a, b in CHAIN)


def test_a_chain_that_was_scattered_over_a_grid_becomes_a_path() -> None:
    found = near_each_other([NAMES], GRID, CHAIN)
    assert sorted(found[0]) == NAMES
    assert length([NAMES], [NAMES]) > 40
    # Fifteen steps of one each would be a perfect path.
    assert length(found, [NAMES]) <= 19


def test_nobody_leaves_its_group() -> None:
    groups = [NAMES[:3], NAMES[3:4], [], NAMES[4:]]
    found = near_each_other(groups, GRID, CHAIN)
    assert [sorted(order) for order in found] == groups
    assert length(found, groups) < length(groups, groups)


def test_the_same_things_are_always_put_in_the_same_places() -> None:
    backwards = dict(reversed(CHAIN.items()))
    assert near_each_other([NAMES], GRID, CHAIN) == near_each_other([NAMES], GRID, backwards)


def test_what_cannot_be_exchanged_stays() -> None:
    assert near_each_other([["n00"], ["n01"]], GRID, {("n00", "n01"): 2}) == [["n00"], ["n01"]]
    assert near_each_other([], {}, {}) == []


def test_things_tied_to_themselves_or_to_strangers_are_placed_all_the_same() -> None:
    found = near_each_other([NAMES], GRID, {("n00", "n00"): 3, ("n01", "stranger"): 1})
    assert sorted(found[0]) == NAMES


def test_neighbours_are_exchanged_first() -> None:
    assert exchanged("abc") == [("b", "a", "c"), ("a", "c", "b"), ("c", "b", "a")]
