"""Calls take turns among places: by weight, the preferred ones first, those that cannot be reached last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import attrs

from bookdelivery.adapters.clients.finding.balancing import Turns
from bookdelivery.adapters.clients.finding.places import Place

A, B, C = Place("a", 1), Place("b", 1), Place("c", 1)


@attrs.define
class Known:
    """Whatever a test says."""

    here: Sequence[Place]

    async def places(self) -> Sequence[Place]:
        return self.here


def test_each_place_comes_first_as_often_as_its_weight_says() -> None:
    async def body() -> None:
        heavy = attrs.evolve(A, weight=3)
        turns = Turns(Known([heavy, B, attrs.evolve(C, weight=0)]))
        firsts = [(await turns.order())[0].host for _ in range(50)]
        assert Counter(firsts) == {"a": 30, "b": 10, "c": 10}
        assert "aaaa" not in "".join(firsts)

    asyncio.run(body())


def test_a_place_of_a_lower_priority_is_for_when_the_others_are_away() -> None:
    async def body() -> None:
        spare = attrs.evolve(C, priority=10)
        turns = Turns(Known([spare, A, B]))
        assert {(await turns.order())[-1] for _ in range(4)} == {spare}
        turns.set_aside(A)
        turns.set_aside(B)
        assert [(await turns.order())[0] for _ in range(2)] == [spare, spare]

    asyncio.run(body())


def test_places_that_come_and_go_are_taken_as_they_are() -> None:
    async def body() -> None:
        known = Known([A, B])
        turns = Turns(known)
        await turns.order()
        known.here = [B, C]
        assert {(await turns.order())[0] for _ in range(2)} == {B, C}

    asyncio.run(body())


def test_a_place_reads_as_an_address() -> None:
    assert (str(A), str(Place("::1", 80))) == ("a:1", "[::1]:80")
