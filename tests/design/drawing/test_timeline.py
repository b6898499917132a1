"""Causes stand left of their effects, and things of one chapter beside one another where they can."""

import random
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from bookdelivery.design.drawing.timeline import columns_in_time


def test_an_effect_stands_one_column_after_the_last_of_its_causes() -> None:
    assert columns_in_time("abcd", [("a", "b"), ("b", "d"), ("c", "d")]) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_what_nothing_leads_to_is_moved_up_to_what_it_leads_to() -> None:
    columns = columns_in_time(["place", "pay", "pack", "cancel", "stop"], [
        ("place", "pay"), ("pay", "pack"), ("pack", "stop"), ("cancel", "stop"),
    ])  # fmt: skip
    assert columns["cancel"] == columns["stop"] - 1


def test_a_circle_begins_with_what_is_declared_first() -> None:
    assert columns_in_time("abc", [("a", "b"), ("b", "c"), ("c", "a")]) == {"a": 0, "b": 1, "c": 2}


def test_things_of_one_chapter_are_told_in_order_side_by_side() -> None:
    assert columns_in_time("abc", [], ["abc"]) == {"a": 0, "b": 1, "c": 2}


def test_what_is_told_in_order_waits_for_what_comes_before_it_from_elsewhere() -> None:
    # The store takes, packs or rejects; another context, declared later, leads to the taking.
    columns = columns_in_time(["take", "reject", "offer"], [("offer", "take")], [["take", "reject"]])
    assert columns["offer"] < columns["take"] < columns["reject"]


def test_a_cause_is_stronger_than_the_order_told() -> None:
    columns = columns_in_time("ab", [("b", "a")], ["ab"])
    assert columns["b"] < columns["a"]


def test_a_chapter_shares_a_column_where_its_effects_leave_no_room() -> None:
    columns = columns_in_time("abx", [("a", "x"), ("b", "x")], ["ab"])
    assert columns == {"a": 0, "b": 0, "x": 1}


@given(st.integers(0, 10_000))
def test_every_cause_that_can_stands_left_of_its_effect(seed: int) -> None:
    rng = random.Random(seed)
    things = [f"t{index}" for index in range(rng.randint(1, 12))]
    # Only later things are caused, so no circle can be.
    leads = [(a, b) for i, a in enumerate(things) for b in things[i + 1 :] if rng.random() < 0.25]
    chapters = [things[::2], things[1::2]]
    columns = columns_in_time(things, leads, chapters)
    assert set(columns) == set(things)
    assert all(columns[cause] < columns[effect] for cause, effect in leads)
    assert all(columns[a] <= columns[b] for told in chapters for a, b in pairwise(told))
    assert columns == columns_in_time(things, leads, chapters)
