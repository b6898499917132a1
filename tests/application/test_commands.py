"""Commands from outside: who may send what, what comes back, and how conversations hang together."""

import asyncio
from typing import Any

import attrs
import pytest

from bookdelivery.contexts.delivery.messages import CancelDelivery, CompleteDelivery, StartDelivery
from bookdelivery.contexts.order.messages import (
    CancelOrder,
    CompleteOrder,
    ExpireOrder,
    FollowOrder,
    OrderStatus,
    PayOrder,
    Purchase,
)
from bookdelivery.contexts.ordermanagement.messages import (
    CancelOrderTaking,
    PackOrder,
    RejectOrder,
    TakeOrder,
    TakeOrderInfo,
)
from bookdelivery.contexts.payment.messages import CancelPay, Pay, SettlePayment
from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.errors import InvalidField, NotFound, Refused, UnknownCommand
from bookdelivery.kernel.messages import Command, Envelope
from bookdelivery.kernel.values import Won
from tests.application.examples import PRICE, World, place
from tests.application.provider import Fate, Provider
from tests.virtual import run_virtual

PURCHASE: Purchase = place().purchase
BETWEEN_CONTEXTS: list[Command[Any]] = [
    ExpireOrder(1),
    CompleteOrder(1, 11),
    FollowOrder(1, "deliver"),
    TakeOrderInfo(order_id=1, purchase=PURCHASE),
    CancelOrderTaking(1),
    StartDelivery(order_id=1, purchase=PURCHASE),
    CancelDelivery(1),
    Pay(order_id=1, amount=PRICE, purchase=PURCHASE),
    CancelPay(1),
    SettlePayment(1),
]
OF_UNKNOWN_ORDERS: list[Command[Any]] = [
    PayOrder(99),
    CancelOrder(99),
    TakeOrder(99),
    PackOrder(99),
    RejectOrder(99),
    CompleteDelivery(99),
]


def test_an_order_that_is_paid_is_placed_and_the_receipt_says_so() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            receipt = await app.send(place(qty=3))
            assert receipt.order_status is OrderStatus.PLACED
            assert receipt.complete
            assert receipt.price == Won(3 * PRICE)
            assert (receipt.retry_after_s, receipt.pay_until) == (None, None)
        assert world.provider.charges == {"1": [3 * PRICE]}

    run_virtual(main())


@pytest.mark.parametrize("command", BETWEEN_CONTEXTS, ids=lambda command: type(command).__name__)
def test_a_command_that_only_contexts_send_is_refused_from_outside(command: Command[Any]) -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await app.send(place())
            await app.settle()
            before = await world.all_published()
            with pytest.raises(Refused, match="nobody outside may issue it") as refusal:
                await app.send(command)
            assert "PlaceOrder" in refusal.value.allowed
            assert type(command).__name__ not in refusal.value.allowed
            await app.settle()
            assert await world.all_published() == before

    run_virtual(main())


@pytest.mark.parametrize("command", OF_UNKNOWN_ORDERS, ids=lambda command: type(command).__name__)
def test_a_command_about_an_order_nobody_knows_is_refused_and_leaves_no_trace(command: Command[Any]) -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            with pytest.raises(NotFound, match="is known for the key 99"):
                await app.send(command)
            await app.settle()
            assert await world.all_published() == []
        for kind, context in [("Order", "order"), ("Ordermgmt", "ordermanagement"), ("Delivery", "delivery")]:
            assert await world.state(context, kind, 99) is None

    run_virtual(main())


def test_what_is_no_command_of_the_bookstore_is_answered_with_those_there_are() -> None:
    @attrs.frozen
    class LendBook(Command[None]):
        correlation_key = "order_id"
        order_id: int

    async def main() -> None:
        async with World().open() as app:
            with pytest.raises(UnknownCommand, match="no context here handles LendBook; the commands known are: C"):
                await app.send(LendBook(1))
            with pytest.raises(UnknownCommand, match="TakeOrder in context order"):
                await app.services["order"].submit(TakeOrder(1))

    run_virtual(main())


def test_the_same_order_placed_twice_is_one_order_charged_once() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            first = await app.send(place(order_id=5))
            again = await app.send(place(order_id=5))
            assert again == first
            await app.settle()
            assert (await world.all_published()).count("OrderPlaced") == 1
        assert world.provider.charges == {"5": [PRICE]}

    run_virtual(main())


def test_the_same_order_placed_many_times_at_once_is_one_order_charged_once() -> None:
    async def main() -> None:
        world = World()
        for point in ("order.store.commit:before", "payment.store.commit:before"):
            world.faults.next_time(point, lambda: asyncio.sleep(0.01), 100)
        async with world.open() as app:
            receipts = await asyncio.gather(*(app.send(place(order_id=5)) for _ in range(10)))
            await app.settle()
            assert {receipt.order_status for receipt in receipts} == {OrderStatus.PLACED}
            assert (await world.all_published()).count("OrderPlaced") == 1
            assert (await world.all_published()).count("PayApproved") == 1
        assert world.provider.charges == {"5": [PRICE]}

    run_virtual(main())


def test_another_order_under_the_same_id_is_refused_and_changes_nothing() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await app.send(place(order_id=5))
            with pytest.raises(Refused, match="PlaceOrder for order 5 is refused: another order has this id"):
                await app.send(place(order_id=5, qty=2))
        assert world.provider.charges == {"5": [PRICE]}

    run_virtual(main())


def test_an_id_that_a_customer_chose_is_never_given_to_another_order() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await app.send(place(order_id=1))
            await app.send(place(order_id=2, qty=2))
            assert (await app.send(place())).order_id == 3
            await app.settle()
            assert (await world.all_published()).count("OrderPlaced") == 3
        assert [await world.status(order_id) for order_id in (1, 2, 3)] == [OrderStatus.PLACED] * 3
        assert world.provider.charges == {"1": [PRICE], "2": [2 * PRICE], "3": [PRICE]}

    run_virtual(main())


def test_paying_twice_is_refused_and_charged_once() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.DECLINED))
        async with world.open() as app:
            receipt = await app.send(place())
            assert receipt.order_status is OrderStatus.DECLINED
            assert not receipt.complete
            assert (await app.send(PayOrder(receipt.order_id))).complete
            with pytest.raises(Refused, match="PayOrder for order 1 is refused: the order is placed; allowed: take"):
                await app.send(PayOrder(receipt.order_id))
        assert world.provider.charges == {"1": [PRICE]}

    run_virtual(main())


def test_a_second_cancel_is_refused_and_refunded_once() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await app.send(place())
            await app.send(CancelOrder(1))
            with pytest.raises(Refused, match="the order is canceling"):
                await app.send(CancelOrder(1))
            await app.settle()
            with pytest.raises(Refused, match="the order is canceled; nothing is allowed any more"):
                await app.send(CancelOrder(1))
            await app.settle()
        assert world.provider.refunds == {"1": [PRICE]}

    run_virtual(main())


def test_a_bad_field_is_refused_before_anything_is_done() -> None:
    with pytest.raises(InvalidField, match=r"PlaceOrder\.qty is -1, but must be an integer from 1 to 1000000"):
        place(qty=-1)


def test_refusals_and_commands_are_counted() -> None:
    async def main() -> None:
        async with World().open() as app:
            await app.send(place())
            with pytest.raises(Refused):
                await app.send(PayOrder(1))
            counters = app.services["order"].counters
            assert (counters.commands, counters.refused) == (2, 1)

    run_virtual(main())


async def envelopes(world: World) -> list[Envelope]:
    return [outgoing.envelope for store in world.stores.values() for outgoing in await store.log(limit=10_000)]


def test_everything_that_follows_from_a_command_is_one_tree_with_the_command_as_its_root() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await app.send(place())
            await app.settle()
            await app.send(TakeOrder(1))
            await app.send(PackOrder(1))
            await app.settle()
            await app.send(CancelOrder(1))
            await app.settle()
        events = await envelopes(world)
        by_id = {event.id: event for event in events}
        assert len(by_id) == len(events)
        trees: dict[str, set[str]] = {}
        for event in events:
            assert event.causation_id is not None
            cause = by_id.get(event.causation_id)
            if cause is None:
                assert event.causation_id == event.correlation_id
            else:
                assert event.correlation_id == cause.correlation_id
                assert event.time >= cause.time
            trees.setdefault(event.correlation_id, set()).add(event.type)
        assert sorted(sorted(types) for types in trees.values()) == [
            ["CancelOrderTaken", "DeliveryCanceled", "OrderCanceled"],
            ["DeliveryStarted", "OrderPacked"],
            ["OrderPlaced", "PayApproved"],
            ["OrderTaken"],
            # The refund follows from a deadline, which begins a tree of its own.
            ["PayCanceled"],
        ]
        caused = {event.type: by_id[event.causation_id].type for event in events if event.causation_id in by_id}
        assert caused == {
            "DeliveryStarted": "OrderPacked",
            "CancelOrderTaken": "OrderCanceled",
            "DeliveryCanceled": "CancelOrderTaken",
        }

    run_virtual(main())


def test_a_conversation_begun_elsewhere_is_carried_on() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            CURRENT.set(Conversation("c-1", "m-1", "00-trace"))
            await app.send(place())
            await app.settle()
        events = await envelopes(world)
        assert {(event.correlation_id, event.causation_id, event.traceparent) for event in events} == {
            ("c-1", "m-1", "00-trace")
        }

    run_virtual(main())


def test_what_runs_with_the_same_seed_runs_the_same_to_the_last_id() -> None:
    async def main(seed: int) -> list[Envelope]:
        world = World(seed=seed)
        async with world.open() as app:
            for _ in range(5):
                await app.send(place())
                await asyncio.sleep(0.5)
            await app.send(CancelOrder(2))
            await app.settle()
        return await envelopes(world)

    first, again, other = (run_virtual(main(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
