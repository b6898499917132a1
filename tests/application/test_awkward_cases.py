"""The awkward cases of the architecture, each under its own sentence: they are the product, not corner cases."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bookdelivery.application.application import Application
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.contexts import DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.messages import CancelOrder, OrderStatus, PayOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, RejectOrder, TakeOrder
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.messages import Command
from bookdelivery.resilience import BreakerConfig, CountWindow
from tests.application import safety
from tests.application.examples import MODES, World, place
from tests.application.faults import Faults
from tests.application.provider import Fate, Provider
from tests.virtual import run_virtual

S = OrderStatus


def expiring_after(pay_within_s: float) -> tuple[Any, ...]:
    return (ORDER.with_terms(pay_within_s=pay_within_s), PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)


async def see_that_all_agree(world: World, *orders: int) -> None:
    for order_id in orders:
        safety.look_at_the_end(await safety.Situation.of(world, order_id))
    safety.look_at_the_facts(
        [outgoing.envelope for store in world.stores.values() for outgoing in await store.log(limit=10**6)]
    )


# --- Payment answers late, or the answer is lost ----------------------------------------------------------------------


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.ANSWER_LOST, Fate.UNANSWERED, Fate.UNREACHABLE])
def test_payment_answers_late_or_its_answer_is_lost_and_the_order_awaits_payment_and_is_never_complete(
    fate: Fate,
) -> None:
    async def main() -> None:
        world = World(provider=Provider(fate))
        async with world.open() as app:
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert not receipt.complete
            await app.settle()
            assert await world.status(1) is S.AWAITING_PAYMENT
            assert await world.shown(1) is S.AWAITING_PAYMENT
            assert "OrderPlaced" not in await world.published("order")
            with pytest.raises(Refused):
                await app.send(TakeOrder(1))

    run_virtual(main())


def test_a_pay_approved_that_arrives_later_completes_the_order() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.ANSWER_LOST))
        async with world.open() as app:
            assert not (await app.send(place())).complete
            await asyncio.sleep(20)
            await app.settle()
            assert await world.status(1) is S.PLACED
            await see_that_all_agree(world, 1)

    run_virtual(main())


def test_a_pay_approved_whose_news_was_held_up_completes_the_order_though_the_caller_was_cut_off() -> None:
    """The charge is approved and committed; the answer never reaches the order, whose consumer is away as well."""

    async def main() -> None:
        world = World()
        world.faults.next_time("payment.store.commit:after", lambda: asyncio.sleep(100))
        world.faults.plan["payment.store.commit:after", 2] = lambda: asyncio.sleep(100)
        async with world.open() as app:
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            await asyncio.sleep(200)
            await app.settle()
            assert await world.status(1) is S.PLACED
            await see_that_all_agree(world, 1)
        assert world.provider.charges == {"1": [25_000]}

    run_virtual(main())


def test_an_order_that_expired_while_its_payment_was_in_doubt_gets_its_money_back() -> None:
    async def main() -> None:
        provider = Provider(Fate.ANSWER_LOST)
        provider.otherwise = Fate.UNREACHABLE
        world = World(expiring_after(30.0), provider=provider)
        async with world.open() as app:
            await app.send(place())
            await asyncio.sleep(60)
            assert provider.kept(1) == 25_000
            provider.otherwise = Fate.ANSWERED
            await asyncio.sleep(600)
            await app.settle()
            assert await world.status(1) is S.EXPIRED
            assert provider.kept(1) == 0
            await see_that_all_agree(world, 1)

    run_virtual(main())


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.ANSWER_LOST, Fate.UNANSWERED, Fate.UNREACHABLE])
@pytest.mark.parametrize("after_s", [0.0, 1.0, 1.999, 2.0, 2.001, 4.9, 5.0, 5.1])
def test_an_order_cancelled_while_its_payment_was_in_doubt_gets_its_money_back(fate: Fate, after_s: float) -> None:
    async def main() -> None:
        world = World(provider=Provider(fate))
        async with world.open() as app:
            placing = asyncio.create_task(app.send(place()))
            await asyncio.sleep(0.0)
            await asyncio.sleep(after_s)
            await app.send(CancelOrder(1))
            receipt = await placing
            assert not receipt.complete
            await asyncio.sleep(600)
            await app.settle()
            assert await world.status(1) is S.CANCELED
            assert world.provider.kept(1) == 0
            await see_that_all_agree(world, 1)

    run_virtual(main())


# --- The breaker is open ----------------------------------------------------------------------------------------------


def test_the_breaker_is_open_and_nothing_is_charged_or_complete_until_pay_order_finishes_it_or_it_expires() -> None:
    async def main() -> None:
        breaker = BreakerConfig(window=CountWindow(4), wait_open_s=10.0, half_open_permits=2)
        world = World(
            expiring_after(60.0),
            settings=EngineSettings(breakers={"Pay": breaker}),
            provider=Provider(*[Fate.UNREACHABLE] * 4),
        )
        async with world.open() as app:
            for _ in range(4):
                await app.send(place())
            held_off = [await app.send(place()) for _ in range(3)]
            for receipt in held_off:
                assert receipt.order_status is S.AWAITING_PAYMENT
                assert not receipt.complete
                assert receipt.retry_after_s == pytest.approx(10.0)
                assert str(receipt.order_id) not in world.provider.charges
            await app.settle()
            await asyncio.sleep(10.0)
            paid, cancelled, forgotten = (receipt.order_id for receipt in held_off)
            assert (await app.send(PayOrder(paid))).complete
            await app.send(CancelOrder(cancelled))
            await asyncio.sleep(120.0)
            await app.settle()
            assert await world.status(paid) is S.PLACED
            assert await world.status(cancelled) is S.CANCELED
            assert await world.status(forgotten) is S.EXPIRED
            await see_that_all_agree(world, *range(1, 8))
        assert {key for key, booked in world.provider.charges.items() if booked} == {"1", "2", "3", "4", str(paid)}

    run_virtual(main())


# --- A cancel races with take, pack, ship -----------------------------------------------------------------------------


STEPS = ("commit:before", "commit:after", "publish:before", "publish:after", "acknowledge:before", "mark_sent:after")
"""What changes anything; in between, nobody could tell the difference."""


class AtStep(Faults):
    """Has something done at the nth step that any port takes, counted over all of them until it is told to stop."""

    def __init__(self, step: int, do: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.steps = 0
        self.where = "never"
        self._step = step
        self._do = do
        self._doing = False
        self.counts = True

    async def pass_by(self, point: str) -> None:
        """Count a step, unless it is one of what is being done."""
        if self._doing or not self.counts or not point.endswith(STEPS):
            return
        self.steps += 1
        if self.steps == self._step:
            self.where = point
            self._doing = True
            await self._do()
            self._doing = False


async def life(app: Application, *commands: Command[Any]) -> None:
    """Place an order and do what people do for it, as far as it is allowed."""
    await app.send(place(order_id=1))
    for command in commands:
        await app.settle()
        try:
            await app.send(command)
        except Refused:
            continue
    await app.settle()


async def interrupted(step: int, interruption: Command[Any], commands: tuple[Command[Any], ...]) -> tuple[int, Any]:
    """Send one more command at the very step; say how many steps there were and how the order ended."""
    world = World()
    answered: list[str] = []

    async def interrupt() -> None:
        try:
            await app.send(interruption)
            answered.append("accepted")
        except Refused:
            answered.append("refused")

    faults = AtStep(step, interrupt)
    world.faults = faults
    app = world.open()
    async with app:
        await life(app, *commands)
        faults.counts = False
    await see_that_all_agree(world, 1)
    status = await world.status(1)
    if type(interruption) is CancelOrder and answered == ["accepted"]:
        assert status in {S.CANCELED, S.DELIVERED}, faults.where
    return faults.steps, (tuple(answered), status)


def all_ends(interruption: Command[Any], *commands: Command[Any]) -> set[Any]:
    steps, _ = run_virtual(interrupted(-1, interruption, commands))
    assert steps > 30
    return {run_virtual(interrupted(step, interruption, commands))[1] for step in range(1, steps + 1)}


def test_a_cancel_at_any_step_of_take_pack_ship_and_deliver_wins_or_is_refused_and_money_and_parcels_agree() -> None:
    ends = all_ends(CancelOrder(1), TakeOrder(1), PackOrder(1), CompleteDelivery(1))
    assert ends == {
        (("refused",), S.DELIVERED),
        (("accepted",), S.CANCELED),
        (("accepted",), S.DELIVERED),
    }


def test_a_cancel_at_any_step_of_a_rejection_ends_canceled_or_is_refused_and_the_money_is_back() -> None:
    ends = all_ends(CancelOrder(1), RejectOrder(1))
    assert ends == {(("refused",), S.REJECTED), (("accepted",), S.CANCELED)}


@pytest.mark.parametrize("command", [TakeOrder(1), PackOrder(1), RejectOrder(1), CompleteDelivery(1)])
def test_whatever_the_store_does_at_any_step_of_a_cancel_money_and_parcels_agree(command: Command[Any]) -> None:
    ends = all_ends(command, TakeOrder(1), PackOrder(1), CancelOrder(1))
    assert {status for _, status in ends} <= {S.CANCELED, S.DELIVERED, S.REJECTED}
    assert any(answered == ("refused",) for answered, _ in ends)


# --- A cancel reaches the store before the order does -----------------------------------------------------------------


def test_a_cancel_reaches_the_store_before_the_order_does_and_the_order_is_never_taken() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            world.faults.next_time("payment.broker.publish:before", lambda: asyncio.sleep(50))
            await app.send(place())
            await app.send(CancelOrder(1))
            await asyncio.sleep(10)
            assert (await world.state("ordermanagement", "Ordermgmt", 1)).status == "canceled"
            assert "PayApproved" in await world.published("payment")
            for command in (TakeOrder(1), PackOrder(1), RejectOrder(1)):
                with pytest.raises(Refused, match="the ordermgmt is canceled"):
                    await app.send(command)
            await asyncio.sleep(60)
            await app.settle()
            with pytest.raises(Refused, match="the ordermgmt is canceled"):
                await app.send(TakeOrder(1))
            assert await world.status(1) is S.CANCELED
            assert world.provider.kept(1) == 0
            await see_that_all_agree(world, 1)

    run_virtual(main())


# --- A message comes twice, late or out of order ----------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("end", [CompleteDelivery(1), CancelOrder(1)], ids=["delivered", "canceled"])
def test_every_message_that_comes_again_later_changes_nothing(end: Command[Any], around: Any) -> None:
    async def main() -> None:
        world = World(around=around)
        async with world.open() as app:
            await life(app, TakeOrder(1), PackOrder(1), end)
            before = await safety.Situation.of(world, 1)
            facts = await world.all_published()
            everything = [
                outgoing.envelope for store in world.stores.values() for outgoing in await store.log(limit=10**6)
            ]
            for envelope in everything:
                await world.broker.publish([envelope])
                await app.settle()
            await asyncio.sleep(1000)
            await app.purge(0)
            await world.broker.publish(everything[::-1])
            await app.settle()
            assert await safety.Situation.of(world, 1) == before
            assert await world.all_published() == []
            assert sorted(facts) == sorted(envelope.type for envelope in everything)

    run_virtual(main())


# --- A process dies ---------------------------------------------------------------------------------------------------


class Death(BaseException):
    """What no code of ours catches: the process is gone."""


@MODES
@pytest.mark.parametrize("end", [CompleteDelivery(1), CancelOrder(1)], ids=["delivered", "canceled"])
def test_a_process_dies_at_any_step_and_nothing_is_lost_and_nothing_doubled(end: Command[Any], around: Any) -> None:
    commands = (TakeOrder(1), PackOrder(1), end)

    async def die() -> None:
        raise Death

    async def lived(step: int) -> int:
        world = World(around=around)
        faults = AtStep(step, die)
        world.faults = faults
        try:
            async with world.open() as app:
                await life(app, *commands)
                faults.counts = False
        except (Death, BaseExceptionGroup):
            pass
        world.faults = Faults()
        async with world.open() as app:
            # The provider is asked again about what died in the middle.
            await asyncio.sleep(6)
            await life(app, *commands)
        await see_that_all_agree(world, 1)
        assert await world.status(1) is (S.DELIVERED if type(end) is CompleteDelivery else S.CANCELED)
        return faults.steps

    for step in range(1, run_virtual(lived(-1)) + 1):
        run_virtual(lived(step))
