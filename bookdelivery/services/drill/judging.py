"""What is left of a drill, looked at from outside: over HTTP, in the stores, and on the topic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from bookdelivery.adapters.clients.ledger import FileLedger
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker
from bookdelivery.requirements.evidence import Account, Answer, Evidence, gather
from bookdelivery.services.bookstore import Bookstore
from bookdelivery.services.drill.entrance import Entrance

JUDGE = "drill-judge"
"""The consumer group that reads the topic in the end."""

_LOOK_EVERY_S = 0.5
_TIMES_QUIET = 3
_AT_ONCE = 20
_TIMEOUT_S = 30.0


@attrs.frozen(kw_only=True)
class Remains:
    """What a drill leaves.

    Attributes:
        evidence: what is in the stores and in the payment provider's books.
        published: the ids of the messages on the topic.
        shown: by order of which a customer was told that it stands, the status that the order service shows; None
            where it knows of none.
        is_at_rest: whether it came to rest.
    """

    evidence: Evidence
    published: frozenset[str]
    shown: Mapping[int, str | None]
    is_at_rest: bool


async def shown(entrance: Entrance) -> Mapping[int, str | None]:
    """Ask the order service how each order stands of which a customer was told that it does."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def ask(order_id: int) -> tuple[int, str | None]:
        async with room:
            answer = await entrance.request("", "GET", f"orders/{order_id}", order_id, _TIMEOUT_S)
        known = answer is not None and answer.is_success
        return order_id, answer.json()["orderStatus"] if answer is not None and known else None

    return dict(await asyncio.gather(*(ask(order_id) for order_id in entrance.standing)))


async def is_fresh(shop: Bookstore) -> bool:
    """Say whether there is nothing in the stores and on the topic yet."""
    for service in shop.services.values():
        if await service.store.log(limit=1) or await service.broker.lag(JUDGE):
            return False
    return True


async def come_to_rest(shop: Bookstore, patience_s: float) -> float | None:
    """Wait until the services have nothing left to publish, handle or do.

    Args:
        shop: looks into the stores and the broker, and does nothing itself.
        patience_s: seconds after which to give up.

    Returns:
        When they had nothing left, in seconds since the epoch; None where they did not come to that.
    """
    loop = asyncio.get_running_loop()
    give_up_s = loop.time() + patience_s
    quiet, looked_at = 0, time.time()
    while quiet < _TIMES_QUIET:
        if loop.time() > give_up_s:
            return None
        looked_at = time.time()
        try:
            idle = [await service.is_idle() for service in shop.services.values()]
        except (Unavailable, UnusableStore):
            idle = [False]
        quiet = quiet + 1 if all(idle) else 0
        await asyncio.sleep(_LOOK_EVERY_S)
    return looked_at


async def remains(
    shop: Bookstore,
    books: Path,
    entrance: Entrance,
    shown_in_the_end: Mapping[int, str | None],
    *,
    rested_at: float | None,
) -> Remains:
    """Gather what is left, once the services have ended.

    Args:
        shop: looks into the stores and the broker.
        books: the payment provider's.
        entrance: knows what customers were told.
        shown_in_the_end: what `shown` gave.
        rested_at: what `come_to_rest` gave. It is judged as of then: for what fell due once the services were told to
            end, nobody was there.
    """
    ledger = FileLedger(books)
    try:
        accounts = {
            int(key): Account(
                charges=() if one.charged is None else (one.charged.amount,),
                refunds=() if not one.refunded else (one.refunded.amount,),
            )
            for key, one in (await ledger.accounts()).items()
        }
    finally:
        await ledger.close()
    stores = {name: service.store for name, service in shop.services.items()}
    evidence = await gather(
        shop.composition,
        stores,
        accounts=accounts,
        answers=[Answer(order_id=order_id, complete=True, at=at) for order_id, at in entrance.standing.items()],
        now=time.time() if rested_at is None else rested_at,
    )
    broker = next(iter(shop.services.values())).broker
    published = frozenset(await _published(broker))
    return Remains(evidence=evidence, published=published, shown=shown_in_the_end, is_at_rest=rested_at is not None)


async def _published(broker: Broker) -> Sequence[str]:
    """Read the ids of all messages on the topic, as one more group."""
    found: list[str] = []
    member = await broker.subscribe(JUDGE)
    try:
        while await broker.lag(JUDGE):
            deliveries = await member.fetch()
            found += [one.content.id for one in deliveries if isinstance(one.content, Envelope)]
            await member.acknowledge(deliveries)
    finally:
        await member.close()
    return found
