"""Messages that come late, twice and out of order, across contexts and keys: the outcome is the same."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.messages import CancelOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, RejectOrder, TakeOrder
from bookdelivery.kernel.messages import Command
from tests.application.disturbance import DisturbedBroker
from tests.application.examples import World, place, plainly
from tests.application.provider import Fate, Provider
from tests.virtual import run_virtual

LIVES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "delivered": ((TakeOrder,), (PackOrder,), (CompleteDelivery,)),
    "taken and packed in one go": ((TakeOrder, PackOrder), (CompleteDelivery,)),
    "canceled at once": ((CancelOrder,),),
    "canceled when taken": ((TakeOrder,), (CancelOrder,)),
    "canceled while it is packed": ((TakeOrder, PackOrder, CancelOrder),),
    "canceled when packed": ((TakeOrder,), (PackOrder,), (CancelOrder,)),
    "rejected": ((RejectOrder,),),
    "rejected, then canceled": ((TakeOrder, RejectOrder, CancelOrder),),
    "left alone": (),
}
"""What people do for an order; what stands together is done without waiting for the news to spread."""


async def outcomes(lives: Sequence[str], fates: Sequence[Fate], seed: int | None, *, lanes: bool = False) -> list[Any]:
    """Live through them all side by side, and say how everything stands in the end."""
    broker = MemoryBroker(partitions=3)
    world = World(
        broker=broker if seed is None else DisturbedBroker(broker, random.Random(seed)),
        provider=Provider(*fates),
        around=plainly if lanes else None,
    )
    async with world.open() as app:
        orders = {(await app.send(place())).order_id: LIVES[life] for life in lives}
        await asyncio.sleep(60)
        await app.settle()
        for stage in range(3):
            for order_id, life in orders.items():
                steps: tuple[type[Command[Any]], ...] = life[stage] if stage < len(life) else ()
                for step in steps:
                    await app.send(step(order_id))  # type: ignore[call-arg]
            await app.settle()
        assert await app.dead_letters() == []
    return [await everything_about(world, order_id) for order_id in orders]


async def everything_about(world: World, order_id: int) -> dict[str, Any]:
    row = await world.state("mypage", "MyPageRow", order_id)
    payment = await world.state("payment", "Payment", order_id)
    ordermgmt = await world.state("ordermanagement", "Ordermgmt", order_id)
    delivery = await world.state("delivery", "Delivery", order_id)
    order = await world.state("order", "Order", order_id)
    assert row.order_status == order.status
    return {
        "order": order.status,
        "payment": payment.status,
        "ordermgmt": ordermgmt and ordermgmt.status,
        "delivery": delivery and delivery.status,
        "seen": row.seen,
        "refunded": row.refunded,
        "kept": world.provider.kept(order_id),
        "charges": len(world.provider.charges[str(order_id)]),
        "refunds": len(world.provider.refunds[str(order_id)]),
    }


SETTLED = [life for life in LIVES if life not in {"canceled while it is packed", "rejected, then canceled"}]
"""Lives in which no command races with news on their way, so that even the facts are the same."""


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(SETTLED), min_size=1, max_size=5),
    st.lists(st.sampled_from([Fate.ANSWERED, Fate.UNANSWERED, Fate.UNREACHABLE]), max_size=4),
    st.integers(min_value=0),
    st.booleans(),
)
def test_a_disturbed_broker_gives_the_same_end_states_and_facts_as_one_in_good_order(
    lives: list[str], fates: list[Fate], seed: int, lanes: bool
) -> None:
    in_good_order = run_virtual(outcomes(lives, fates, None))
    assert run_virtual(outcomes(lives, fates, seed, lanes=lanes)) == in_good_order


@settings(max_examples=25)
@given(st.lists(st.sampled_from(list(LIVES)), min_size=1, max_size=5), st.integers(min_value=0), st.booleans())
def test_where_commands_race_with_news_the_end_states_are_still_the_same(
    lives: list[str], seed: int, lanes: bool
) -> None:
    def ends(found: list[Any]) -> list[Any]:
        return [(one["order"], one["payment"], one["kept"], one["charges"], one["refunds"]) for one in found]

    in_good_order = run_virtual(outcomes(lives, [], None))
    assert ends(run_virtual(outcomes(lives, [], seed, lanes=lanes))) == ends(in_good_order)
