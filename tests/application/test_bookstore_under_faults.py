"""The whole bookstore under random commands, a failing provider, a disturbed broker and dying processes.

Safety is looked at after every step; once the faults have healed, everything must come to its end. The faults are drawn
before the run as a set of points and occurrences, so that a failure shrinks to the guilty ones.
"""

import asyncio
import random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.contexts import DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.messages import CancelOrder, PayOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, RejectOrder, TakeOrder
from bookdelivery.kernel.errors import HeldOff, NotAnswered, Refused, Unavailable
from bookdelivery.kernel.messages import Command, Envelope
from bookdelivery.resilience import BreakerConfig, BreakerState, CountWindow
from bookdelivery.simulation.loop import VirtualLoop
from tests.application import safety
from tests.application.disturbance import DisturbedBroker
from tests.application.examples import World, place, plainly
from tests.application.processes import JitteryFaults, Processes
from tests.application.provider import Fate

CONTEXTS = (
    ORDER.with_terms(pay_within_s=60.0),
    PAYMENT.with_terms(ask_again_at_most_s=20.0),
    ORDERMANAGEMENT,
    DELIVERY,
    MYPAGE,
)
NAMES = [context.name for context in CONTEXTS]
SETTINGS = EngineSettings(
    poll_s=2.0,
    breakers={"Pay": BreakerConfig(window=CountWindow(4), wait_open_s=10.0, half_open_permits=2)},
)
STEPS = [
    "store.get:before",
    "store.commit:before",
    "store.commit:after",
    "store.waiting:after",
    "store.mark_sent:before",
    "store.mark_sent:after",
    "broker.publish:before",
    "broker.publish:after",
    "broker.fetch:after",
    "broker.acknowledge:before",
    "broker.acknowledge:after",
]
POINTS = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(STEPS),
    st.integers(min_value=1, max_value=25),
    st.sampled_from(["died", "away"]),
)
PAUSES_S = st.sampled_from([0.0, 0.005, 0.05, 1.0, 30.0])
FATES = st.sampled_from([*[Fate.ANSWERED] * 6, *(fate for fate in Fate if fate is not Fate.ANSWERED)])


class BookstoreUnderFaults(RuleBasedStateMachine):
    """Orders live through all that can happen to them."""

    orders = Bundle("orders")

    @initialize(
        plan=st.sets(POINTS, max_size=5),
        seed=st.integers(min_value=0, max_value=2**32),
        disturbed=st.booleans(),
        lanes=st.booleans(),
    )
    def begin(self, plan: set[tuple[str, str, int, str]], seed: int, disturbed: bool, lanes: bool) -> None:
        rng = random.Random(seed)
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        broker = MemoryBroker(partitions=3)
        self.world = World(
            CONTEXTS,
            settings=SETTINGS,
            broker=DisturbedBroker(broker, rng) if disturbed else broker,
            around=plainly if lanes else None,
            seed=seed,
        )
        self.faults = JitteryFaults(rng)
        self.world.faults = self.faults
        self.shop = Processes(self.world, broker, rng)
        for name, step, occurrence, what in plan:
            point = f"{name}.{step}"
            if what == "died":
                self.shop.plan_death(name, point, occurrence)
            else:
                self.faults.plan[point, occurrence] = Unavailable("away for a moment")
        self.history: dict[str, Envelope] = {}
        self.number = 0
        self.runner.run(self._start())

    async def _start(self) -> None:
        self.shop.start_all()
        await asyncio.sleep(0)

    async def _send(self, command: Command[Any], pause_s: float, *fates: Fate) -> None:
        self.world.provider.fates.extend(fates)
        try:
            receipt = await self.shop.send(command)
        except (Refused, Unavailable, NotAnswered, HeldOff):
            receipt = None
        if receipt is not None and receipt.complete:
            assert self.world.provider.charges[str(receipt.order_id)], "complete, and not paid"
        await asyncio.sleep(pause_s)

    @rule(target=orders, fate=FATES, pause_s=PAUSES_S)
    def place(self, fate: Fate, pause_s: float) -> int:
        self.number += 1
        self.runner.run(self._send(place(order_id=self.number), pause_s, fate))
        return self.number

    @rule(order_id=orders, fate=FATES, pause_s=PAUSES_S)
    def place_again(self, order_id: int, fate: Fate, pause_s: float) -> None:
        self.runner.run(self._send(place(order_id=order_id), pause_s, fate))

    @rule(order_id=orders, fate=FATES, pause_s=PAUSES_S)
    def pay(self, order_id: int, fate: Fate, pause_s: float) -> None:
        self.runner.run(self._send(PayOrder(order_id), pause_s, fate))

    @rule(
        order_id=orders,
        kind=st.sampled_from([TakeOrder, PackOrder, CompleteDelivery, CancelOrder, RejectOrder]),
        pause_s=PAUSES_S,
    )
    def work(self, order_id: int, kind: Any, pause_s: float) -> None:
        self.runner.run(self._send(kind(order_id), pause_s))

    @rule(order_id=orders, pause_s=PAUSES_S)
    def work_through(self, order_id: int, pause_s: float) -> None:
        for kind in (TakeOrder, PackOrder, CompleteDelivery):
            self.runner.run(self._send(kind(order_id), pause_s))

    @rule(order_id=orders, kind=st.sampled_from([TakeOrder, PackOrder, CompleteDelivery, RejectOrder, PayOrder]))
    def cancel_in_a_race(self, order_id: int, kind: Any) -> None:
        async def race() -> None:
            await asyncio.gather(self._send(kind(order_id), 0.0), self._send(CancelOrder(order_id), 0.0))

        self.runner.run(race())

    @rule(
        target=orders,
        stage=st.integers(min_value=0, max_value=2),
        ahead_s=st.sampled_from([-0.1, -0.02, 0.0, 0.02, 0.1]),
    )
    def cancel_a_little_before_or_after_a_step(self, stage: int, ahead_s: float) -> int:
        self.number += 1
        order_id = self.number

        async def race() -> None:
            await self._send(place(order_id=order_id), 1.0, Fate.ANSWERED)
            steps = [TakeOrder(order_id), PackOrder(order_id), CompleteDelivery(order_id)]
            for command in steps[:stage]:
                await self._send(command, 1.0)
            await asyncio.gather(
                self._send_after(max(ahead_s, 0.0), steps[stage]),
                self._send_after(max(-ahead_s, 0.0), CancelOrder(order_id)),
            )

        self.runner.run(race())
        return order_id

    async def _send_after(self, wait_s: float, command: Command[Any]) -> None:
        await asyncio.sleep(wait_s)
        await self._send(command, 0.0)

    @rule(name=st.sampled_from(NAMES), away_s=st.sampled_from([0.1, 5.0, 50.0]))
    def kill(self, name: str, away_s: float) -> None:
        async def strike() -> None:
            self.shop.kill(name, away_s)
            await asyncio.sleep(0)

        self.runner.run(strike())

    @rule(forgotten=st.booleans())
    def everything_comes_again(self, forgotten: bool) -> None:
        async def repeat() -> None:
            await self._remember()
            if forgotten:
                for store in self.world.stores.values():
                    await store.purge(before=10**12)
            await self.world.broker.publish(list(self.history.values()))

        self.runner.run(repeat())

    async def _remember(self) -> None:
        for store in self.world.stores.values():
            for outgoing in await store.log(limit=10**6):
                self.history[outgoing.envelope.id] = outgoing.envelope

    @invariant()
    def money_and_parcels_agree(self) -> None:
        self.runner.run(self._look(safety.look))

    async def _look(self, look: Any) -> None:
        await self._remember()
        safety.look_at_the_facts(list(self.history.values()))
        for order_id in range(1, self.number + 1):
            look(await safety.Situation.of(self.world, order_id))
        assert self.shop.failed() == []

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            try:
                self.runner.run(self._come_to_an_end())
            finally:
                self.runner.close()

    async def _come_to_an_end(self) -> None:
        self.faults.heal()
        self.faults.calm = True
        self.world.provider.fates.clear()
        await asyncio.sleep(300)
        self.shop.start_all()
        assert await self.shop.busy() == []
        for service in self.shop.services.values():
            assert await service.dead_letters() == []
        await self._look(safety.look_at_the_end)
        for order_id in range(10**6, 10**6 + 7):
            # What failed before still counts, so that the breaker may open once more.
            await self.shop.send(place(order_id=order_id))
            await asyncio.sleep(11)
        assert (await self.shop.send(place(order_id=10**7))).complete
        assert self.shop.services["order"].breakers["Pay"].state is BreakerState.CLOSED


BookstoreUnderFaults.TestCase.settings = settings(max_examples=40, stateful_step_count=15)
test_the_bookstore_stays_safe_under_faults_and_comes_to_an_end_once_they_heal = pytest.mark.timeout(300)(
    BookstoreUnderFaults.TestCase
)
