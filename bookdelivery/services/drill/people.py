"""The shopkeepers and couriers of a drill: they see to every order that stands, until it is delivered or called off."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from bookdelivery.services.drill.entrance import Entrance
from bookdelivery.simulation import People

_AGAIN_AFTER_S = 0.3
_WORDS = {"ordermgmts": {"received": "take", "taken": "pack"}, "deliveries": {"started": "complete"}}
"""What is to be done with a member of a collection where it stands so."""


class PeopleForReal:
    """Takes, packs and delivers over HTTP, by what the services say is to be done.

    A step whose answer was lost is looked at again before anybody repeats it, as people do.

    Args:
        people: how long they take for their work.
        entrance: the shop's.
        rng: of these times.
    """

    def __init__(self, people: People, entrance: Entrance, rng: np.random.Generator) -> None:
        self._entrance = entrance
        self._timeout_s = people.timeout_s
        take, pack, deliver = (
            time_s.draws(stream)
            for time_s, stream in zip((people.take_s, people.pack_s, people.deliver_s), rng.spawn(3), strict=True)
        )
        self._needs_s = {"take": take, "pack": pack, "complete": deliver}
        self._at_work: set[asyncio.Task[None]] = set()

    def see_to(self, order_id: int) -> None:
        """Begin work on an order."""
        task = asyncio.create_task(self._see_to(order_id), name=f"work on {order_id}")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def finish(self, patience_s: float) -> int:
        """Wait until nothing is left to do; give how many orders are still worked on when patience ends."""
        give_up_s = asyncio.get_running_loop().time() + patience_s
        while self._at_work:
            left_s = give_up_s - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            await asyncio.wait(self._at_work.copy(), timeout=left_s)
        return len(self._at_work)

    async def stop(self) -> None:
        """Let go of all work."""
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _see_to(self, order_id: int) -> None:
        for collection, verbs in _WORDS.items():
            begun: set[str] = set()
            while (member := await self._find(collection, order_id)) is None or (
                verb := verbs.get(_status(member))
            ) is not None:
                if member is None:
                    # Word of it has not come round, or nobody answers. Where the store calls it off, nothing is sent.
                    if collection == "deliveries" and not await self._is_packed(order_id):
                        return
                    await asyncio.sleep(_AGAIN_AFTER_S)
                    continue
                assert verb is not None
                await asyncio.sleep(_AGAIN_AFTER_S if verb in begun else self._needs_s[verb]())
                begun.add(verb)
                path = member["_links"]["self"]["href"].partition("://")[2].partition("/")[2]
                await self._entrance.request(verb, "POST", f"{path}/{verb}", order_id, self._timeout_s)

    async def _is_packed(self, order_id: int) -> bool:
        member = await self._find("ordermgmts", order_id)
        return member is None or _status(member) == "packed"

    async def _find(self, collection: str, order_id: int) -> dict[str, Any] | None:
        path = f"{collection}?after={order_id - 1}&size=1"
        answer = await self._entrance.request("", "GET", path, order_id, self._timeout_s)
        if answer is None or not answer.is_success:
            return None
        found = answer.json()["_embedded"][collection]
        return found[0] if found and found[0]["orderId"] == order_id else None


def _status(member: dict[str, Any]) -> str:
    return next(str(value) for name, value in member.items() if name.endswith("Status"))
