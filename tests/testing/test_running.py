"""A system in a test's own world: commands over its network, faults at any moment, verdicts at the end."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest

from bookdelivery import InvalidField, Refused, System, TakeOrder, Unavailable
from bookdelivery.contexts.order.messages import OrderStatus, PayOrder
from bookdelivery.contexts.ordermanagement.messages import TakeOrderInfo
from bookdelivery.kernel.errors import NotAnswered
from bookdelivery.simulation import (
    DEFAULT_SYSTEM,
    BrokerDown,
    ClockSkew,
    Crash,
    Duplication,
    Fault,
    Outage,
    ProviderTrouble,
    Removal,
    Reordering,
    SlowDown,
    StoreDown,
)
from bookdelivery.testing import RunningSystem, StillWaiting, VirtualTime
from bookdelivery.testing.worlds import TestWorld
from examples.coupon.composition import BOOKSTORE_WITH_COUPONS
from tests.application.examples import place


def world(seed: int = 1, system: System = DEFAULT_SYSTEM, **settings: Any) -> RunningSystem:
    return RunningSystem(TestWorld(system, seed, **settings))


def run_in(shop: RunningSystem, main: Coroutine[Any, Any, Any]) -> Any:
    virtual_time = VirtualTime()
    virtual_time.takes_place_in(shop)
    return virtual_time.run(main)


async def test_an_order_that_the_store_missed_reaches_it_once_it_is_back(bookstore: RunningSystem) -> None:
    with bookstore.suffering(Outage("ordermanagement")):
        receipt = await bookstore.send(place())
        with pytest.raises(Unavailable):
            await bookstore.send(TakeOrder(receipt.order_id))
        await asyncio.sleep(600)
        assert await bookstore.state("ordermanagement", "Ordermgmt", receipt.order_id) is None
    await bookstore.settle()
    await bookstore.send(TakeOrder(receipt.order_id))
    await bookstore.settle()
    assert (await bookstore.mypage(receipt.order_id)).order_status is OrderStatus.TAKEN
    bookstore.expects(N1="met", N4="met")


@pytest.mark.parametrize(
    "fault",
    [Duplication(probability=1.0), BrokerDown(), StoreDown("mypage")],
    ids=lambda fault: type(fault).__name__,
)
async def test_messages_that_come_twice_late_or_not_for_a_while_change_nothing(
    bookstore: RunningSystem, fault: Any
) -> None:
    with bookstore.suffering(fault):
        receipt = await bookstore.send(place())
        await asyncio.sleep(60)
    await bookstore.settle()
    assert await bookstore.dead_letters() == []
    assert [entry.kind for entry in bookstore.ledger] == ["charged"]
    assert (await bookstore.mypage(receipt.order_id)).order_status is OrderStatus.PLACED
    bookstore.expects(N1="met")


async def test_a_payment_that_is_not_answered_puts_the_customer_off(bookstore: RunningSystem) -> None:
    with bookstore.suffering(ProviderTrouble(silent_before=1.0)):
        receipt = await bookstore.send(place())
    assert receipt.order_status is OrderStatus.AWAITING_PAYMENT


def test_a_crash_at_any_of_payment_s_steps_leaves_one_charge() -> None:
    async def order(shop: RunningSystem, step: int) -> None:
        shop.crash_at_step("payment", step)
        with suppress(NotAnswered):
            await shop.send(place(order_id=7))
        await asyncio.sleep(120)
        with suppress(Refused):  # it is paid
            await shop.send(PayOrder(7))
        shop.expects(N1="met")

    for step in (1, 2, 5):
        shop = world()
        run_in(shop, order(shop, step))
        assert [entry.kind for entry in shop.ledger] == ["charged"]
        assert shop.result.pods["change"].tolist().count("killed") == 1


def test_a_crash_that_never_comes_fails_the_test() -> None:
    async def order(shop: RunningSystem) -> None:
        shop.crash_at_step("order", 10_000)
        await shop.send(place())

    shop = world()
    with pytest.raises(AssertionError, match=r"order was to crash \d+ step"):
        run_in(shop, order(shop))


def test_a_context_of_one_s_own_runs_beside_the_bookstore_s_and_is_killed_like_them() -> None:
    async def order(shop: RunningSystem) -> None:
        shop.crash("coupon", restart_after_s=30.0)
        receipt = await shop.send(place())
        await asyncio.sleep(1)
        await shop.send(TakeOrder(receipt.order_id))
        await shop.settle()

    shop = world(system=BOOKSTORE_WITH_COUPONS)
    run_in(shop, order(shop))
    messages = shop.result.messages
    assert messages.loc[messages["context"] == "coupon", "consumed_s"].min() > 10.0  # of its two, the other takes over


def test_what_does_not_come_out_as_expected_tells_the_evidence_the_seed_and_the_faults() -> None:
    async def order(shop: RunningSystem) -> None:
        with shop.suffering(SlowDown("order", factor=2.0)):
            await shop.send(place())
        shop.expects(N1="met", N3="met")

    shop = world(seed=12)
    with pytest.raises(AssertionError) as failure:
        run_in(shop, order(shop))
    told = str(failure.value)
    assert "N3 is undecided, not met" in told
    assert "nothing in this run speaks of it" in told
    assert "N1 is" not in told
    assert "seed 12, 1 orders" in told
    assert "order slower 2x" in told or "order 2x slower" in told


def test_the_same_seed_gives_the_same_run() -> None:
    async def orders(shop: RunningSystem) -> None:
        with shop.suffering(Reordering(probability=0.5), Duplication(probability=0.5)):
            for _ in range(3):
                await shop.send(place())
        await shop.settle()

    def told(seed: int) -> str:
        shop = world(seed)
        run_in(shop, orders(shop))
        return str(shop.result.messages.to_csv())

    assert told(4) == told(4) != told(5)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Removal("order"), "faults that hold for a while"),
        (Crash("order", at=3), "faults that hold for a while"),
        (ClockSkew("order", by_s=3.0), r"given with @pytest.mark.simulated"),
        (Outage("warehouse"), "warehouse"),
    ],
)
def test_a_fault_that_cannot_begin_now_is_refused(fault: Fault, told: str) -> None:
    with pytest.raises(InvalidField, match=told), world().suffering(fault):  # type: ignore[arg-type]
        pass


def test_a_fault_may_be_planned_ahead_and_ends_by_itself() -> None:
    async def order(shop: RunningSystem) -> None:
        await asyncio.sleep(5)
        with pytest.raises(Unavailable):
            await shop.send(place())
        await asyncio.sleep(60)
        assert (await shop.send(place())).complete

    shop = world(faults=[Outage("order", at=0, lasts=30)])
    run_in(shop, order(shop))
    assert shop.result.faults["label"].tolist() == ["order down"]


def test_a_test_that_waits_for_what_never_happens_is_told_where() -> None:
    async def waits_in_vain() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(StillWaiting, match=r"after 600 s .*lasts=(.|\n)* in .*waits_in_vain"):
        run_in(world(lasts=600.0), waits_in_vain())


async def test_what_only_follows_from_events_cannot_be_sent_from_outside(bookstore: RunningSystem) -> None:
    with pytest.raises(Refused, match="nobody outside may issue it"):
        await bookstore.send(TakeOrderInfo(order_id=1, purchase=place().purchase))


async def test_a_view_or_context_that_is_not_there_is_named(bookstore: RunningSystem) -> None:
    with pytest.raises(InvalidField, match="mypage"):
        await bookstore.read("yourpage", 1)
    with pytest.raises(InvalidField, match="warehouse"):
        bookstore.crash("warehouse")
    with pytest.raises(InvalidField, match="1 or more"):
        bookstore.crash_at_step("order", 0)


def test_a_world_is_run_once_and_read_off_afterwards() -> None:
    async def nothing() -> None:
        pass

    shop = world()
    with pytest.raises(RuntimeError, match="when the test is over"):
        _ = shop.result
    run_in(shop, nothing())
    with pytest.raises(RuntimeError, match="take another"):
        run_in(shop, nothing())
