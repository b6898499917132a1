"""The synchronous call for the payment: its time limit, its key, its circuit breaker and what the customer is told."""

import asyncio
from typing import Any

import attrs
import pytest

from bookdelivery.application.application import Application, LocalRequests
from bookdelivery.application.surroundings import EngineSettings, Surroundings
from bookdelivery.contexts import BOOKSTORE, DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.contexts.order.catalog import Catalog
from bookdelivery.contexts.order.messages import CancelOrder, OrderStatus, PayOrder, PlaceOrder, Purchase
from bookdelivery.contexts.payment.messages import CancelPay, Pay, PayApproved
from bookdelivery.kernel.context import Context, Performs
from bookdelivery.kernel.errors import NotAnswered, Refused, Unavailable, WronglyDeclared
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Requests
from bookdelivery.resilience import BreakerConfig, BreakerState, CountWindow, GrowingWait
from tests.application.examples import MODES, World, place
from tests.application.provider import Fate, Provider
from tests.virtual import run_virtual

S = OrderStatus
QUICK = EngineSettings(breakers={"Pay": BreakerConfig(window=CountWindow(4), wait_open_s=10.0, half_open_permits=2)})


@MODES
def test_a_provider_that_does_not_answer_costs_the_customer_no_more_than_the_time_limit(around: Any) -> None:
    async def main() -> None:
        world = World(around=around, provider=Provider(Fate.LOST))
        async with world.open() as app:
            receipt = await app.send(place())
            assert asyncio.get_running_loop().time() == pytest.approx(2.0)
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert not receipt.complete

    run_virtual(main())


def test_an_external_system_has_its_own_time_limit() -> None:
    async def main() -> None:
        patient = attrs.evolve(ORDER, calls=(attrs.evolve(ORDER.calls[0], timeout_s=1000.0),))
        world = World((patient, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE), provider=Provider(Fate.LOST))
        async with world.open() as app:
            receipt = await app.send(place())
            assert asyncio.get_running_loop().time() == pytest.approx(3.0)
            assert receipt.order_status is S.AWAITING_PAYMENT

    run_virtual(main())


def test_the_price_list_is_asked_first_and_what_it_refuses_or_does_not_answer_leaves_no_trace() -> None:
    class PriceList:
        """Refuses one book, and never answers for another."""

        async def check(self, purchase: Purchase) -> None:
            if purchase.item_id == 4:
                raise Refused("PlaceOrder", "the price of ITbook is 30,000 won", ("that price",))
            if purchase.item_id == 5:
                await asyncio.sleep(10_000)

    async def main() -> None:
        world = World(externals={Catalog: PriceList()})
        async with world.open() as app:
            assert (await app.send(place())).complete
            with pytest.raises(Refused, match="30,000 won"):
                await app.send(place(order_id=77, item_id=4))
            with pytest.raises(NotAnswered):
                await app.send(place(order_id=78, item_id=5))
            assert asyncio.get_running_loop().time() == pytest.approx(1.0)
            assert await world.status(77) is None
            assert await world.status(78) is None
        assert set(world.provider.charges) == {"1"}

    run_virtual(main())


class Recorder:
    """Carries calls as the application does, and remembers what it was asked to carry."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self.carried: list[tuple[str, str, float]] = []

    async def request(self, command: Command[Any], *, idempotency_key: str, timeout_s: float) -> Any:
        """Carry a call."""
        self.carried.append((type(command).__name__, idempotency_key, timeout_s))
        return await self._requests.request(command, idempotency_key=idempotency_key, timeout_s=timeout_s)


def test_the_key_of_the_call_is_the_orders_however_often_it_is_tried() -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.DECLINED, Fate.UNANSWERED))
        recorders: list[Recorder] = []

        def surroundings(context: Context, requests: Requests) -> Surroundings:
            around = world.surroundings(context, requests)
            if context is ORDER:
                recorders.append(Recorder(requests))
                around.requests = recorders[0]
            return around

        async with Application(BOOKSTORE, surroundings) as app:
            await app.send(place(order_id=42))
            await app.send(PayOrder(42))
            await app.send(PayOrder(42))
            assert recorders[0].carried == [("Pay", "42", 2.0)] * 3

    run_virtual(main())


def test_payment_asked_twice_for_one_order_gives_the_same_answer_and_charges_once() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            requests = LocalRequests(app.composition, app.services)
            pay = Pay(order_id=5, amount=25_000, purchase=place().purchase)
            answers = await asyncio.gather(
                *(requests.request(pay, idempotency_key="5", timeout_s=2.0) for _ in range(5))
            )
            assert len(set(answers)) == 1
            assert isinstance(answers[0], PayApproved)
            with pytest.raises(Refused, match="it was asked for 25,000 won before, not 1 won"):
                await requests.request(attrs.evolve(pay, amount=1), idempotency_key="5", timeout_s=2.0)
        assert world.provider.charges == {"5": [25_000]}

    run_virtual(main())


async def trip(app: Application) -> None:
    """Have four payments fail, which opens the breaker."""
    for _ in range(4):
        assert (await app.send(place())).order_status is S.AWAITING_PAYMENT
    assert app.services["order"].breakers["Pay"].state is BreakerState.OPEN


@MODES
def test_while_the_breaker_is_open_nobody_is_charged_and_customers_are_led_to_pay_a_little_later(around: Any) -> None:
    async def main() -> None:
        world = World(settings=QUICK, around=around, provider=Provider(*[Fate.UNREACHABLE] * 4))
        loop = asyncio.get_running_loop()
        async with world.open() as app:
            await trip(app)
            asked, began = len(world.provider.asked), loop.time()
            receipt = await app.send(place())
            assert loop.time() == began
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert not receipt.complete
            assert receipt.retry_after_s is not None
            assert 9.0 < receipt.retry_after_s <= 10.0
            assert receipt.pay_until is not None
            assert len(world.provider.asked) == asked
            assert await world.state("payment", "Payment", receipt.order_id) is None
            await app.settle()
            assert await world.shown(receipt.order_id) is S.AWAITING_PAYMENT
            assert "OrderPlaced" not in await world.published("order")
            await asyncio.sleep(receipt.retry_after_s)
            assert (await app.send(PayOrder(receipt.order_id))).complete
            assert (await app.send(place())).complete
            assert app.services["order"].breakers["Pay"].state is BreakerState.CLOSED

    run_virtual(main())


def test_an_order_held_off_and_never_paid_expires_uncharged() -> None:
    async def main() -> None:
        contexts = (ORDER.with_terms(pay_within_s=60.0), PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)
        world = World(contexts, settings=QUICK, provider=Provider(*[Fate.UNREACHABLE] * 4))
        async with world.open() as app:
            await trip(app)
            order_id = (await app.send(place())).order_id
            await asyncio.sleep(70)
            await app.settle()
            assert await world.status(order_id) is S.EXPIRED
            assert await world.shown(order_id) is S.EXPIRED
        assert str(order_id) not in world.provider.charges

    run_virtual(main())


def test_a_decline_is_an_answer_and_never_opens_the_breaker() -> None:
    async def main() -> None:
        world = World(settings=QUICK, provider=Provider(*[Fate.DECLINED] * 20))
        async with world.open() as app:
            for _ in range(20):
                assert (await app.send(place())).order_status is S.DECLINED
            assert app.services["order"].breakers["Pay"].state is BreakerState.CLOSED

    run_virtual(main())


def test_a_refusal_is_an_answer_and_never_opens_the_breaker() -> None:
    """Payment has heard of a cancel that the order does not know of yet."""

    async def main() -> None:
        world = World(settings=QUICK, provider=Provider(*[Fate.DECLINED] * 8))
        async with world.open() as app:
            for order_id in range(1, 9):
                await app.send(place(order_id=order_id))
                await app.services["payment"].submit(CancelPay(order_id))
                receipt = await app.send(PayOrder(order_id))
                assert receipt.order_status is S.AWAITING_PAYMENT
                assert not receipt.complete
            assert app.services["order"].breakers["Pay"].state is BreakerState.CLOSED
        assert world.provider.kept(1) == 0

    run_virtual(main())


def test_a_breaker_with_growing_waits_says_so_to_the_customer() -> None:
    async def main() -> None:
        growing = BreakerConfig(
            window=CountWindow(4), half_open_permits=1, wait_open_s=GrowingWait(first_s=10.0, longest_s=100.0)
        )
        world = World(settings=EngineSettings(breakers={"Pay": growing}))
        world.provider.otherwise = Fate.UNREACHABLE
        async with world.open() as app:
            await trip(app)
            first = (await app.send(place())).retry_after_s
            await asyncio.sleep(10.1)
            await app.send(place())
            second = (await app.send(place())).retry_after_s
            assert first is not None
            assert second is not None
            assert second > 1.5 * first

    run_virtual(main())


@pytest.mark.parametrize("error", [Unavailable("gone"), NotAnswered("silence")])
def test_whatever_keeps_the_call_from_an_answer_the_order_waits_for_its_payment(error: Exception) -> None:
    class Line:
        """A dead line to the other contexts."""

        async def request(self, command: Command[Any], *, idempotency_key: str, timeout_s: float) -> Any:
            raise error

    async def main() -> None:
        world = World()

        def surroundings(context: Context, requests: Requests) -> Surroundings:
            around = world.surroundings(context, requests)
            around.requests = Line()
            return around

        async with Application(BOOKSTORE, surroundings) as app:
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            await app.settle()
            assert await world.shown(1) is S.AWAITING_PAYMENT
        assert await world.published("order") == ["PaymentDeferred"]

    run_virtual(main())


def test_a_customer_is_led_back_to_pay_only_where_there_is_something_to_pay() -> None:
    """The order was cancelled while the call for its payment was held off."""

    async def main() -> None:
        world = World(settings=QUICK, provider=Provider(*[Fate.UNREACHABLE] * 4))
        async with world.open() as app:
            await trip(app)
            order_id = (await app.send(place())).order_id

            async def cancel_meanwhile() -> None:
                await app.send(CancelOrder(order_id))

            point = "order.store.get:before"
            world.faults.plan[point, world.faults.passed[point] + 2] = cancel_meanwhile
            receipt = await app.send(PayOrder(order_id))
            assert receipt.order_status is S.CANCELING
            assert receipt.retry_after_s is None

    run_virtual(main())


def test_an_application_lacking_the_adapter_of_an_external_system_is_refused_and_says_which() -> None:
    def surroundings(context: Context, requests: Requests) -> Surroundings:
        around = World().surroundings(context, requests)
        around.externals = {}
        return around

    with pytest.raises(WronglyDeclared, match=r"external system 'catalog': no adapter .* port Catalog"):
        Application(BOOKSTORE, surroundings)


def test_a_handler_that_makes_a_call_it_does_not_declare_is_found_out() -> None:
    async def call_anyway(command: PlaceOrder, scope: Any) -> None:
        await scope.call(Pay(order_id=1, amount=1, purchase=command.purchase), idempotency_key="1")

    placing = ORDER.handlers[0]
    assert isinstance(placing, Performs)
    handlers = (attrs.evolve(placing, by=call_anyway, calls=()), *ORDER.handlers[1:])
    contexts = (attrs.evolve(ORDER, handlers=handlers), PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)

    async def main() -> None:
        async with World(contexts).open() as app:
            with pytest.raises(WronglyDeclared, match="handler of PlaceOrder: it calls Pay, which it does not declare"):
                await app.send(place())

    run_virtual(main())


def test_a_handler_that_asks_an_external_system_it_does_not_declare_is_found_out() -> None:
    paying = PAYMENT.handlers[0]
    assert isinstance(paying, Performs)
    handlers = (attrs.evolve(paying, uses=()), *PAYMENT.handlers[1:])
    contexts = (ORDER, attrs.evolve(PAYMENT, handlers=handlers), ORDERMANAGEMENT, DELIVERY, MYPAGE)

    async def main() -> None:
        async with World(contexts).open() as app:
            pay = Pay(order_id=1, amount=1, purchase=place().purchase)
            with pytest.raises(WronglyDeclared, match="handler of Pay: it asks PaymentProvider, which it does not"):
                await app.services["payment"].submit(pay)

    run_virtual(main())
