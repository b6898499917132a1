"""Playing one case on one bookstore."""

from __future__ import annotations

import random
from collections.abc import Sequence

import attrs

from bookdelivery.application.system import System
from bookdelivery.kernel.errors import shorten
from bookdelivery.requirements.application_shop import open_shop
from bookdelivery.requirements.functional.case import Case, Scene
from bookdelivery.requirements.invariants import check
from bookdelivery.requirements.shop import Opener, Shop
from bookdelivery.requirements.verdict import Counterexample
from bookdelivery.requirements.waiting import finished


@attrs.frozen
class Played:
    """What came of a case.

    Attributes:
        checks: how many things were looked at.
        problems: what was wrong.
    """

    checks: int
    problems: Sequence[Counterexample]


def play(case: Case, opener: Opener, system: System, *, seed: str, place: str) -> Played:
    """Play a case on a bookstore of its own, then check every invariant on what it left.

    Args:
        case: the case.
        opener: opens the bookstore.
        system: what to open.
        seed: of what chance decides.
        place: what the bookstore runs on, for the name of the run.
    """
    return finished(_play(case, opener, system, random.Random(seed), f"{case.title}, on {place}"))


async def _play(case: Case, opener: Opener, system: System, rng: random.Random, run: str) -> Played:
    async with open_shop(system, opener) as shop:
        scene = Scene(shop, rng)
        await _act(case, scene)
        problems = [
            Counterexample(invariant=case.title, why=why, order_id=order_id) for order_id, why in scene.problems
        ]
        evidence = await shop.evidence()
        found = check(evidence)
        trails = [
            attrs.evolve(one, run=run, trail=() if one.order_id is None else evidence.trail(one.order_id))
            for one in (*problems, *found)
        ]
        return Played(scene.checks + 1, trails)


async def _act(case: Case, scene: Scene) -> None:
    try:
        await case.play(scene)
    except Exception as error:  # noqa: BLE001
        # Whatever a system under judgement raises where it should not is its own failure, not the judge's.
        scene.see(False, f"it came to an end with {shorten(error, 300)}")
    await _rest(scene.shop, scene)


_TIME_TO_ASK_AGAIN_S = 600.0
"""Longer than anybody waits to ask about a payment without an answer, shorter than an order waits for its payment."""


async def _rest(shop: Shop, scene: Scene) -> None:
    try:
        await shop.settle()
        await shop.advance(_TIME_TO_ASK_AGAIN_S)
    except Exception as error:  # noqa: BLE001
        # As above.
        scene.see(False, f"it does not come to rest: {shorten(error, 300)}")
