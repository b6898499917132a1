"""Bookstores for the judge to look at, and the evidence they leave."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bookdelivery.application.system import System
from bookdelivery.requirements.application_shop import ApplicationShop, open_shop
from bookdelivery.requirements.evidence import Evidence
from bookdelivery.requirements.functional import Scene
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.verify import in_memory

T = TypeVar("T")


def on_a_shop(act: Callable[[Scene, ApplicationShop], Awaitable[T]], system: System = BOOKSTORE_SYSTEM) -> T:
    """Open a bookstore in memory, do something with it, and give what came of that."""

    async def run() -> T:
        async with open_shop(system, in_memory) as shop:
            return await act(Scene(shop, random.Random(1)), shop)

    return asyncio.run(run())


def evidence_of(*stages: str) -> Evidence:
    """Give the evidence of a bookstore with one order at each of these stages; their ids count from 1."""

    async def act(scene: Scene, shop: ApplicationShop) -> Evidence:
        for stage in stages:
            await scene.bring_to(stage)
        await shop.advance(600.0)
        return await shop.evidence()

    return on_a_shop(act)
