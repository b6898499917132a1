"""A run is held against the design: what was never seen and what was never declared come to light."""

import asyncio

import attrs
import pytest

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.contexts import BOOKSTORE, DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.contexts.payment.messages import PayApproved
from bookdelivery.design import DesignModel
from bookdelivery.design.observed import REQUEST, Comparison, Observation, compare
from bookdelivery.kernel.context import Context, Handler, Performs
from bookdelivery.kernel.messages import Envelope
from bookdelivery.simulation import Customers, Exponential, People, Poisson, Provider, Result, Scenario, simulate
from tests.application.examples import World, place
from tests.contexts.samples import example

MODEL = DesignModel.of(BOOKSTORE)


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(
        Scenario(
            load=Poisson(per_second=3),
            lasts=40.0,
            people=People(take_s=2.0, pack_s=3.0, deliver_s=5.0),
            customers=Customers(cancels=0.3, cancel_after_s=Exponential(5.0)),
            provider=Provider(declines=0.1, silent_before=0.1, silent_after=0.1),
            terms={"order": {"pay_within_s": 30.0}},
        )
    )


def without(model_of: tuple[Context, ...], name: str) -> DesignModel:
    """The design, with one policy less than the code that runs."""
    less = [attrs.evolve(c, policies=tuple(p for p in c.policies if p.name != name)) for c in model_of]
    return DesignModel.of(less)


def without_calls(handler: Handler) -> Handler:
    if not isinstance(handler, Performs):
        return handler
    performs: Performs = handler
    return attrs.evolve(performs, calls=())


def never(comparison: Comparison) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in comparison.never}


def test_a_run_of_the_declared_code_holds_no_surprise(result: Result) -> None:
    comparison = compare(MODEL, Observation.of_result(result))
    assert comparison.surprises == ()
    seen = {(edge.source, edge.target) for edge in comparison.seen}
    assert ("event:PayApproved", "policy:ordermanagement.take the order's info") in seen
    assert ("command:PlaceOrder", "command:Pay") in seen
    assert ("policy:order.when Order.payUntil has come", "command:ExpireOrder") in seen
    assert ("actor:customer", "command:CancelOrder") in seen


def test_what_nobody_did_was_never_seen(result: Result) -> None:
    assert never(compare(MODEL, Observation.of_result(result))) >= {
        ("command:RejectOrder", "event:OrderRejected"),
        ("event:OrderRejected", "policy:payment.refund rejected order"),
        ("event:OrderRejected", "view:mypage.mypage"),
        ("actor:shopkeeper", "command:RejectOrder"),
    }


def test_a_reaction_that_is_not_declared_is_a_surprise(result: Result) -> None:
    design = without(BOOKSTORE, "start the delivery")
    (surprise,) = compare(design, Observation.of_result(result)).surprises
    assert (surprise.cause, surprise.effect) == ("OrderPacked", "DeliveryStarted")
    assert surprise.because == "no policy leads from OrderPacked to DeliveryStarted"
    assert surprise.times > 10


def test_an_event_that_is_not_declared_is_a_surprise(result: Result) -> None:
    design = DesignModel.of((ORDER, PAYMENT, ORDERMANAGEMENT, MYPAGE))
    surprises = compare(design, Observation.of_result(result)).surprises
    assert {one.because for one in surprises if one.cause == "delivery"} == {
        "delivery declares no event DeliveryStarted",
        "delivery declares no event DeliveryCompleted",
        "delivery declares no event DeliveryCanceled",
    }


def test_a_call_that_is_not_declared_is_a_surprise(result: Result) -> None:
    handlers = tuple(without_calls(handler) for handler in ORDER.handlers)
    design = DesignModel.of((attrs.evolve(ORDER, handlers=handlers), PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE))
    (surprise,) = compare(design, Observation.of_result(result)).surprises
    assert surprise.because == "order declares no call of Pay"


def test_the_logs_of_a_run_in_memory_tell_the_same() -> None:
    async def main() -> Observation:
        world = World()
        async with world.open() as app:
            order_id = (await app.send(place())).order_id
            await app.settle()
            await app.send(TakeOrder(order_id))
            await app.send(PackOrder(order_id))
            await app.settle()
            return await Observation.of_stores(service.store for service in app.services.values())

    observation = asyncio.run(main())
    assert observation.stated["payment", "PayApproved"] == 1
    assert observation.caused["OrderPacked", "DeliveryStarted"] == 1
    assert observation.caused[REQUEST, "OrderTaken"] == 1
    comparison = compare(MODEL, observation)
    assert comparison.surprises == ()
    pairs = {(edge.source, edge.target) for edge in comparison.seen}
    assert ("policy:delivery.start the delivery", "command:StartDelivery") in pairs
    # Logs know nothing of views and calls, nor of policies that lead to no event.
    table = comparison.to_pandas()
    assert set(table["kind"]) <= {"emits", "triggers", "issues"}
    assert "policy:order.show it taken" not in {*table["source"], *table["target"]}


def test_a_message_that_comes_twice_counts_once() -> None:
    envelope = Envelope("1", "PayApproved", "payment", 0.0, "1", None, 1, example(PayApproved))
    assert Observation.of_envelopes([envelope, envelope]).stated == {("payment", "PayApproved"): 1}


def test_the_table_has_a_row_for_every_edge_and_surprise(result: Result) -> None:
    comparison = compare(without(BOOKSTORE, "start the delivery"), Observation.of_result(result))
    table = comparison.to_pandas()
    assert len(table) == len(comparison.seen) + len(comparison.never) + 1
    assert table.loc[~table["declared"], "times"].tolist() == [comparison.surprises[0].times]


def test_the_topic_tells_the_same_as_the_stores_and_is_left_as_it_was() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as app:
            await app.send(place())
            await app.settle()
            of_topic = await Observation.of_topic(world.broker)
            assert of_topic == await Observation.of_stores([service.store for service in app.services.values()])
            assert of_topic.stated == {("payment", "PayApproved"): 1, ("order", "OrderPlaced"): 1}
            assert await app.services["mypage"].is_idle()

    asyncio.run(main())


def test_a_topic_with_nothing_on_it_tells_nothing() -> None:
    observation = asyncio.run(Observation.of_topic(MemoryBroker()))
    assert observation.stated == {}
