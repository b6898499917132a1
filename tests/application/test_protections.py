"""What a deployment puts around calls and operations, and what customers and messages notice of it."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from bookdelivery.application.application import Application, LocalRequests
from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import EngineSettings, Surroundings
from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE, ORDER
from bookdelivery.contexts.order.catalog import Catalog, TrustingCatalog
from bookdelivery.contexts.order.messages import OrderReceipt, OrderStatus, PayOrder
from bookdelivery.contexts.payment.messages import CancelPay, Pay
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import HeldOff, InvalidField, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Requests
from bookdelivery.resilience import (
    Backoff,
    BreakerConfig,
    BreakerState,
    BulkheadConfig,
    CountWindow,
    Jitter,
    RateLimitConfig,
    Resilience,
    RetryConfig,
    SheddingConfig,
)
from bookdelivery.services.bookstore import Bookstore
from bookdelivery.services.embedded import Embedded
from tests.application.examples import MODES, World, place, plainly
from tests.application.provider import Fate, Provider
from tests.application.toy import TOY, Count
from tests.virtual import LoopClock, run_virtual

S = OrderStatus
NO_ROOM = {
    "a bulkhead": Resilience(bulkhead=BulkheadConfig(max_concurrent=1, retry_after_s=7.0)),
    "a rate limiter": Resilience(rate_limit=RateLimitConfig(per_second=1 / 7, burst=1)),
    "load shedding": Resilience(shedding=SheddingConfig(max_concurrent=1, max_waiting=0, retry_after_s=7.0)),
}
NO_ROOMS = pytest.mark.parametrize("policies", NO_ROOM.values(), ids=NO_ROOM)
TWICE = RetryConfig(max_attempts=2, backoff=Backoff(first_s=0.5, longest_s=0.5, jitter=Jitter.NONE))


def paying(policies: Resilience) -> dict[str, ContextResilience]:
    return {"order": ContextResilience(calls={"Pay": policies})}


async def both(first: Awaitable[Any], second: Awaitable[Any]) -> list[Any]:
    """Have two things asked at the same time; give their answers or errors."""
    return list(await asyncio.gather(first, second, return_exceptions=True))


def now() -> float:
    return asyncio.get_running_loop().time()


class Slow:
    """A line to the other contexts on which everything takes a second; `errors` come first."""

    def __init__(self, requests: Requests, *errors: Exception) -> None:
        self._requests = requests
        self.errors = list(errors)
        self.carried: list[tuple[str, float]] = []

    async def request(self, command: Command[Any], *, idempotency_key: str, timeout_s: float) -> Any:
        self.carried.append((idempotency_key, timeout_s))
        await asyncio.sleep(1.0)
        if self.errors:
            raise self.errors.pop(0)
        return await self._requests.request(command, idempotency_key=idempotency_key, timeout_s=timeout_s)


def slowly(world: World, lines: list[Slow], *errors: Exception) -> Application:
    """Open the world with slow lines."""

    def surroundings(context: Context, requests: Requests) -> Surroundings:
        around = world.surroundings(context, requests)
        if context is ORDER:
            lines.append(Slow(requests, *errors))
            around.requests = lines[0]
        return around

    return Application(BOOKSTORE, surroundings)


@NO_ROOMS
def test_a_payment_for_which_there_is_no_room_is_put_off_as_by_an_open_breaker(policies: Resilience) -> None:
    async def main() -> None:
        world, lines = World(resilience=paying(policies)), list[Slow]()
        async with slowly(world, lines) as app:
            first, second = await asyncio.gather(app.send(place()), app.send(place()))
            assert first.complete
            assert second.order_status is S.AWAITING_PAYMENT
            assert second.retry_after_s is not None
            assert second.retry_after_s == pytest.approx(7.0)
            assert [key for key, _ in lines[0].carried] == [str(first.order_id)]
            assert set(world.provider.charges) == {str(first.order_id)}
            await asyncio.sleep(second.retry_after_s)
            assert (await app.send(PayOrder(second.order_id))).complete

    run_virtual(main())


def test_the_breaker_and_the_time_limit_stay_as_declared_where_the_policies_leave_them_open() -> None:
    async def main() -> None:
        policies = Resilience(bulkhead=BulkheadConfig())
        world, lines = World(resilience=paying(policies), provider=Provider(Fate.LOST)), list[Slow]()
        async with slowly(world, lines) as app:
            await app.send(place())
            assert now() == pytest.approx(2.0)
            assert lines[0].carried == [("1", 2.0)]
            breaker = app.services["order"].breakers["Pay"]
            assert breaker.config.min_calls == 20
            assert breaker.snapshot(now()).failed_calls == 1

    run_virtual(main())


def test_a_breaker_that_the_engines_settings_give_stays_where_the_policies_leave_it_open() -> None:
    settings = EngineSettings(breakers={"Pay": BreakerConfig(window=CountWindow(3))})
    world = World(resilience=paying(Resilience(timeout_s=1.0)), settings=settings)
    assert world.open().services["order"].breakers["Pay"].config.window == CountWindow(3)


def test_a_deployment_may_set_another_breaker_and_time_limit() -> None:
    async def main() -> None:
        touchy = BreakerConfig(window=CountWindow(1), wait_open_s=30.0)
        world = World(resilience=paying(Resilience(breaker=touchy, timeout_s=0.25)), provider=Provider(Fate.LOST))
        async with world.open() as app:
            assert (await app.send(place())).order_status is S.AWAITING_PAYMENT
            assert now() == pytest.approx(0.25)
            assert app.services["order"].breakers["Pay"].state is BreakerState.OPEN
            assert (await app.send(place())).retry_after_s == pytest.approx(30.0)

    run_virtual(main())


def test_a_refusal_by_payment_does_not_open_a_breaker_that_the_policies_give() -> None:
    """Payment has heard of a cancel that the order does not know of yet."""

    async def main() -> None:
        touchy = BreakerConfig(window=CountWindow(1))
        world = World(resilience=paying(Resilience(breaker=touchy)), provider=Provider(Fate.DECLINED))
        async with world.open() as app:
            order_id = (await app.send(place())).order_id
            await app.services["payment"].submit(CancelPay(order_id))
            assert (await app.send(PayOrder(order_id))).order_status is S.AWAITING_PAYMENT
            assert app.services["order"].breakers["Pay"].state is BreakerState.CLOSED

    run_virtual(main())


def test_a_deployment_may_do_without_a_breaker() -> None:
    async def main() -> None:
        world = World(resilience=paying(Resilience(breaker=False)))
        world.provider.otherwise = Fate.UNREACHABLE
        async with world.open() as app:
            for _ in range(60):
                assert (await app.send(place())).order_status is S.AWAITING_PAYMENT
            assert len(world.provider.asked) == 60
            assert app.services["order"].breakers == {}

    run_virtual(main())


@pytest.mark.parametrize("error", [Unavailable("nobody is there"), NotAnswered("silence")])
def test_a_payment_that_went_unanswered_is_tried_again_by_the_same_key_and_charged_once(error: Exception) -> None:
    async def main() -> None:
        world, lines = World(resilience=paying(Resilience(retry=TWICE))), list[Slow]()
        async with slowly(world, lines, error) as app:
            assert (await app.send(place(order_id=42))).complete
            assert now() == pytest.approx(2.5)
            assert lines[0].carried == [("42", 2.0)] * 2
            retry = app.services["order"].protections["Pay"].retry
            assert retry is not None
            assert retry.retried == 1
        assert world.provider.charges == {"42": [25_000]}

    run_virtual(main())


def test_where_payment_itself_is_overloaded_the_customer_is_told_when_to_pay() -> None:
    async def main() -> None:
        limited = Resilience(rate_limit=RateLimitConfig(per_second=0.1, burst=1))
        world = World(resilience={"payment": ContextResilience(operations={"Pay": limited})})
        async with world.open() as app:
            assert (await app.send(place())).complete
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert receipt.retry_after_s == pytest.approx(10.0)
            await asyncio.sleep(10.0)
            assert (await app.send(PayOrder(receipt.order_id))).complete
        assert world.provider.charges == {"1": [25_000], "2": [25_000]}

    run_virtual(main())


def test_what_an_external_system_is_asked_goes_through_its_policies() -> None:
    async def main() -> None:
        policies = Resilience(retry=TWICE, timeout_s=0.5)
        resilience = {"payment": ContextResilience(calls={"payment provider": policies})}
        world = World(resilience=resilience, provider=Provider(Fate.LOST))
        async with world.open() as app:
            assert (await app.send(place())).complete
            assert now() == pytest.approx(1.0)
            protection = app.services["payment"].protections["payment provider"]
            assert protection.retry is not None
            assert protection.retry.retried == 1
        assert world.provider.charges == {"1": [25_000]}

    run_virtual(main())


def test_an_open_breaker_at_the_provider_is_told_to_the_customer_as_one_before_payment() -> None:
    async def main() -> None:
        touchy = Resilience(breaker=BreakerConfig(window=CountWindow(1), wait_open_s=30.0))
        resilience = {"payment": ContextResilience(calls={"payment provider": touchy})}
        world = World(resilience=resilience, provider=Provider(Fate.UNREACHABLE))
        async with world.open() as app:
            assert (await app.send(place())).order_status is S.AWAITING_PAYMENT
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert receipt.retry_after_s == pytest.approx(30.0)
            assert len(world.provider.asked) == 1
            assert app.services["payment"].breakers["payment provider"].state is BreakerState.OPEN

    run_virtual(main())


# --- what a context is asked ------------------------------------------------------------------------------------------


async def a_second_each(operation: str, proceed: Callable[[], Awaitable[Any]]) -> Any:
    """Every operation takes a second."""
    await asyncio.sleep(1.0)
    return await proceed()


@NO_ROOMS
def test_a_command_for_which_there_is_no_room_is_refused_and_says_when_to_ask_again(policies: Resilience) -> None:
    async def main() -> None:
        world = World(resilience={"order": ContextResilience(operations={"PlaceOrder": policies})})
        world.around = a_second_each
        async with world.open() as app:
            answer, refusal = await both(app.send(place()), app.send(place(order_id=77)))
            assert isinstance(answer, OrderReceipt)
            assert isinstance(refusal, Overloaded)
            assert isinstance(refusal, HeldOff)
            assert refusal.what == "PlaceOrder"
            assert app.services["order"].counters.turned_away == 1
            assert refusal.retry_after_s == pytest.approx(7.0, abs=1.1)
            assert await world.status(77) is None
            # It is PlaceOrder's own bound.
            with pytest.raises(Exception, match="no order is known"):
                await app.send(PayOrder(77))

    run_virtual(main())


def test_a_bound_on_all_requests_counts_commands_and_looks_together() -> None:
    async def main() -> None:
        one = Resilience(bulkhead=BulkheadConfig(max_concurrent=1))
        world = World(resilience={"mypage": ContextResilience(requests=one), "order": ContextResilience(requests=one)})
        async with world.open() as app:
            assert (await app.send(place())).complete
            await app.settle()
        world.around = a_second_each
        async with world.open() as app:
            (view,) = app.services["mypage"].context.views
            row, refusal = await both(app.read(view.name, 1), app.read(view.name, 1))
            assert row.order_status is S.PLACED
            assert isinstance(refusal, Overloaded)
            assert "its bulkhead is full" in str(refusal)
            paid, refusal = await both(app.send(place()), app.send(PayOrder(1)))
            assert paid.complete
            assert isinstance(refusal, Overloaded)
            assert app.services["order"].protections["requests"].bulkhead is not None

    run_virtual(main())


def test_looks_may_be_bounded_by_themselves() -> None:
    async def main() -> None:
        rarely = Resilience(rate_limit=RateLimitConfig(per_second=0.1, burst=1))
        world = World(resilience={"mypage": ContextResilience(operations={"look": rarely})})
        async with world.open() as app:
            (view,) = app.services["mypage"].context.views
            assert await app.read(view.name, 1) is None
            with pytest.raises(Overloaded) as refusal:
                await app.read(view.name, 1)
            assert refusal.value.what == "look"
            with pytest.raises(Overloaded):
                await app.read_all(view.name)
            await asyncio.sleep(refusal.value.retry_after_s)
            assert await app.read_all(view.name) == []

    run_virtual(main())


def test_a_command_that_was_begun_and_held_off_inside_is_no_overload() -> None:
    async def main() -> None:
        many = Resilience(bulkhead=BulkheadConfig())
        touchy = Resilience(breaker=BreakerConfig(window=CountWindow(1), wait_open_s=30.0))
        resilience = {"payment": ContextResilience(operations={"Pay": many}, calls={"payment provider": touchy})}
        world = World(resilience=resilience, provider=Provider(Fate.UNREACHABLE))
        async with world.open() as app:
            await app.send(place())
            requests = LocalRequests(app.composition, app.services)
            pay = Pay(order_id=9, amount=25_000, purchase=place().purchase)
            with pytest.raises(HeldOff) as refusal:
                await requests.request(pay, idempotency_key="9", timeout_s=2.0)
            assert not isinstance(refusal.value, Overloaded)
            assert refusal.value.what == "payment provider"

    run_virtual(main())


def test_a_breaker_before_an_operation_hears_of_failures_and_not_of_refusals() -> None:
    async def main() -> None:
        touchy = Resilience(breaker=BreakerConfig(window=CountWindow(1), wait_open_s=30.0))
        world = World(resilience={"order": ContextResilience(operations={"PayOrder": touchy})})
        async with world.open() as app:
            with pytest.raises(Refused):
                await app.send(PayOrder(77))
            world.faults.next_time("order.store.get:before", Unavailable("away"))
            with pytest.raises(Unavailable, match="away"):
                await app.send(PayOrder(77))
            with pytest.raises(Overloaded, match="its circuit breaker is open") as refusal:
                await app.send(PayOrder(77))
            assert refusal.value.retry_after_s == pytest.approx(30.0)

    run_virtual(main())


def test_a_command_given_up_by_its_customer_leaves_its_place_to_the_next() -> None:
    async def main() -> None:
        one = Resilience(bulkhead=BulkheadConfig(max_concurrent=1))
        world = World(resilience={"order": ContextResilience(requests=one)}, provider=Provider(Fate.LOST))
        async with world.open() as app:
            customer = asyncio.create_task(app.send(place()))
            await asyncio.sleep(0.5)
            customer.cancel()
            await asyncio.wait([customer])
            assert (await app.send(place())).complete

    run_virtual(main())


@MODES
def test_messages_are_never_refused_but_wait_until_they_are_let_in(around: Any) -> None:
    async def main() -> None:
        slow = Resilience(rate_limit=RateLimitConfig(per_second=0.5, burst=1))
        world = World(TOY, around=around, resilience={"tally": ContextResilience(operations={"tally.add it up": slow})})
        async with world.open() as app:
            for _ in range(5):
                await app.send(Count(1))
            await app.settle()
            assert now() == pytest.approx(8.0, abs=0.1)
            tally = await world.state("tally", "Tally", 1)
            assert tally.heard == (1, 2, 3, 4, 5)
            assert await app.dead_letters() == []
            story = await world.state("tally", "Story", 1)
            assert len(story.lines) == 10

    run_virtual(main())


def test_one_bulkhead_for_a_policy_holds_over_all_partitions() -> None:
    async def main() -> None:
        busy = most = 0

        async def watched(operation: str, proceed: Callable[[], Awaitable[Any]]) -> Any:
            nonlocal busy, most
            if operation != "tally.add it up":
                return await proceed()
            busy += 1
            most = max(most, busy)
            try:
                return await a_second_each(operation, proceed)
            finally:
                busy -= 1

        two = Resilience(bulkhead=BulkheadConfig(max_concurrent=2, max_waiting=100))
        resilience = {"tally": ContextResilience(operations={"tally.add it up": two})}
        world = World(TOY, around=watched, resilience=resilience)
        async with world.open() as app:
            for case in range(1, 13):
                await app.send(Count(case))
            await app.settle()
        assert most == 2
        for case in range(1, 13):
            assert (await world.state("tally", "Tally", case)).total == 1

    run_virtual(main())


def test_without_policies_nothing_is_put_around_anything() -> None:
    def around_of(service: Any) -> Any:
        return service._around

    services = World(around=plainly).open().services
    assert all(around_of(service) is plainly for service in services.values())
    assert all(service.protections == {} for service in World().open().services.values())


def test_a_shop_in_one_process_takes_policies_by_the_contexts_name() -> None:
    async def main() -> None:
        once = {"order": ContextResilience(requests=Resilience(rate_limit=RateLimitConfig(per_second=0.1, burst=1)))}
        externals = {Catalog: TrustingCatalog(), PaymentProvider: Provider()}
        system = System("bookstore", BOOKSTORE)
        shops: list[Application] = [
            Embedded(system, externals=externals, clock=LoopClock(), resilience=once),
            Bookstore.open(clock=LoopClock(), resilience=once),
        ]
        for shop in shops:
            async with shop:
                assert (await shop.send(place())).complete
                with pytest.raises(Overloaded):
                    await shop.send(place())

    run_virtual(main())


def test_policies_for_a_context_that_is_not_there_are_refused_with_which_there_are() -> None:
    with pytest.raises(InvalidField, match=r"Embedded\.resilience is 'ordr', but must be one of delivery, .*order"):
        Embedded(System("bookstore", BOOKSTORE), resilience={"ordr": ContextResilience()})


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resilience", "message"),
    [
        ({"calls": {"Pya": Resilience()}}, r"calls is 'Pya', but must be one of Pay, catalog"),
        (
            {"operations": {"Pay": Resilience()}},
            r"operations is 'Pay', but must be one of .*PlaceOrder.*order\.show it",
        ),
        ({"operations": {"look": Resilience()}}, r"operations is 'look', but must be one of CancelOrder"),
    ],
)
def test_policies_for_something_that_is_not_there_are_refused_with_what_there_is(
    resilience: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(InvalidField, match=rf"ContextResilience\.{message}"):
        World(resilience={"order": ContextResilience(**resilience)}).open()


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("calls", {"Pay": BulkheadConfig()}, r"calls\['Pay'\]"),
        ("calls", [Resilience()], "calls"),
        ("requests", BulkheadConfig(), "requests"),
        ("operations", {"PlaceOrder": None}, r"operations\['PlaceOrder'\]"),
        ("operations", {"order.show it taken": Resilience(timeout_s=math.inf)}, r"operations\['.*'\]\.timeout_s"),
        ("operations", {"order.show it taken": Resilience(retry=TWICE)}, r"operations\['.*'\]\.retry"),
        ("operations", {"order.show it taken": Resilience(breaker=BreakerConfig())}, r"operations\['.*'\]\.breaker"),
    ],
)
def test_what_is_no_policy_or_makes_no_sense_there_is_refused(field: str, value: Any, named: str) -> None:
    with pytest.raises(InvalidField, match=rf"ContextResilience\.{named} is .*, but must be "):
        ContextResilience(**{field: value})
