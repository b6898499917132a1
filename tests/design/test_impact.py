"""What becomes of a design when something is gone, and why; whether it is so, `test_impact_against_simulation` says."""

from itertools import combinations

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE, DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.design import DesignModel, UnknownElement
from bookdelivery.design.configuration import with_adapters
from bookdelivery.design.impact import Effect, Impact, impact, operations, resolve
from bookdelivery.design.workings import Workings
from bookdelivery.kernel.context import Decides, Policy
from tests.design.specimens import IN_CIRCLES, SOMEBODY, aggregate, command, context, decide, event

MODEL = DesignModel.of(BOOKSTORE)
WAITS, STOPS, STALE, UNHARMED = Effect.WAITS, Effect.STOPS, Effect.STALE, Effect.UNHARMED


def gone(*what: str) -> Impact:
    return impact(MODEL, *what)


def test_nothing_is_harmed_while_nothing_is_gone() -> None:
    assert Workings(MODEL).hindrances(()) == {}
    can = Workings(MODEL).possible()
    assert {node.id for node in MODEL.nodes() if node.kind in ("command", "event", "policy")} == can


def test_without_delivery_orders_are_placed_paid_and_packed_and_the_parcels_wait() -> None:
    found = gone("delivery")
    for name in ("PlaceOrder", "PayOrder", "CancelOrder", "TakeOrder", "PackOrder", "RejectOrder"):
        assert found[f"command:{name}"] is UNHARMED
    assert found["command:StartDelivery"] is WAITS
    assert found["command:CompleteDelivery"] is STOPS
    assert found["event:DeliveryStarted"] is WAITS
    assert found["view:mypage.mypage"] is STALE
    assert found["context:ordermanagement"] is UNHARMED


def test_without_payment_an_order_waits_for_it_and_says_how_the_business_goes_on() -> None:
    placing = gone("payment").consequences["command:PlaceOrder"]
    assert placing.effect is WAITS
    assert placing.because == f"no answer from Pay: {ORDER.calls[0].fallback}"
    assert placing.path == ("command:PlaceOrder", "command:Pay", "context:payment")


def test_each_harm_is_told_with_the_path_to_what_is_gone() -> None:
    for what in (
        "order",
        "payment",
        "ordermanagement",
        "delivery",
        "mypage",
        "payment provider",
        "catalog",
        "bookdelivery",
    ):
        found = gone(what)
        for one in found.harmed():
            assert one.because
            assert one.path[0] == one.node.id
            assert one.path[-1] in found.gone, (what, one.path)
            assert len(set(one.path)) == len(one.path) or one.path[0] == one.path[-1]


def test_a_stopped_delivery_is_not_refunded_where_nothing_was_ever_delivered() -> None:
    # `stop_delivery` answers None for what was not packed, which its annotation says.
    found = gone("payment").consequences["command:CancelDelivery"]
    assert found.effect is WAITS
    assert "command:StartDelivery" in found.path


def test_what_a_cancel_leaves_behind_is_no_order_to_reject() -> None:
    # Without payment the store hears of cancels only, and remembers them; there is nothing on its list.
    found = gone("payment").consequences["command:RejectOrder"]
    assert found.effect is WAITS
    assert found.because == "there is no new case to do it for: TakeOrderInfo does not happen"
    assert gone("payment")["command:CancelOrderTaking"] is UNHARMED


def test_a_payment_that_was_asked_for_is_settled_even_if_its_provider_never_answered() -> None:
    assert gone("payment provider")["event:PayCanceled"] is UNHARMED


def test_without_the_topic_every_event_stays_in_its_outbox() -> None:
    found = gone("bookdelivery")
    assert found["command:PlaceOrder"] is UNHARMED
    assert found["event:OrderPlaced"] is WAITS
    assert found["view:mypage.mypage"] is STALE
    assert "outbox" in found.consequences["event:OrderPlaced"].because


def test_a_store_takes_its_context_with_it() -> None:
    effects = {id: one.effect for id, one in gone("store:delivery").consequences.items() if id != "context:delivery"}
    assert effects == {id: one.effect for id, one in gone("delivery").consequences.items() if id != "context:delivery"}
    assert gone("port:delivery.Store").gone == ("store:delivery",)


def test_the_harm_of_two_is_at_least_that_of_each() -> None:
    order = list(Effect)
    workings = Workings(MODEL)
    alone = {context.name: impact(MODEL, context.name, workings=workings) for context in BOOKSTORE}
    for one, other in combinations(alone, 2):
        both = impact(MODEL, one, other, workings=workings)
        for id, found in both.consequences.items():
            if found.node.kind in ("event", "policy", "view"):
                assert order.index(both[id]) <= min(order.index(alone[one][id]), order.index(alone[other][id]))


def test_without_an_event_whatever_waits_for_it_waits() -> None:
    found = gone("OrderPacked")
    assert found["command:StartDelivery"] is WAITS
    assert found["command:PackOrder"] is UNHARMED
    assert found["context:payment"] is STALE


def test_with_a_field_goes_what_reads_it() -> None:
    assert resolve(MODEL, "PayApproved.paymentId") == ("policy:order.complete the order", "view:mypage.mypage")
    assert resolve(MODEL, "OrderPacked.deliveryAddress") == ("policy:delivery.start the delivery", "view:mypage.mypage")
    found = gone("CancelOrderTaken.packed")
    assert found["policy:delivery.stop the delivery"] is STOPS
    assert found["event:DeliveryCanceled"] is WAITS
    assert found["policy:ordermanagement.stop a canceled order"] is UNHARMED
    because = impact(MODEL, "CancelOrderTaken.packed").consequences["policy:delivery.stop the delivery"].because
    assert because == "it reads CancelOrderTaken.packed, which is gone"


def test_a_field_without_its_message_is_that_of_all_messages() -> None:
    assert set(resolve(MODEL, "amount")) == {"command:Pay", "view:mypage.mypage"}


@pytest.mark.parametrize(
    ("port", "behind"),
    [
        ("port:order.Requests", {"command:Pay"}),
        ("port:order.Catalog", {"external:catalog"}),
        ("port:mypage.Views", {"view:mypage.mypage"}),
        ("port:delivery.Events", {"policy:delivery.start the delivery", "policy:delivery.stop the delivery"}),
        ("port:delivery.Commands", {"command:StartDelivery", "command:CompleteDelivery", "command:CancelDelivery"}),
        ("port:delivery.Broker", {"event:DeliveryStarted", "event:DeliveryCompleted", "event:DeliveryCanceled"}),
        (
            "aggregate:delivery.Delivery",
            {"command:StartDelivery", "command:CompleteDelivery", "command:CancelDelivery"},
        ),
    ],
)
def test_with_a_port_goes_what_lies_behind_it(port: str, behind: set[str]) -> None:
    assert set(resolve(MODEL, port)) == behind


def test_with_an_adapter_goes_what_it_stands_for_in_every_context_that_shares_it() -> None:
    configured = with_adapters(
        MODEL,
        {
            "Store": "postgresql://db/shop",
            "Broker": "kafka://broker",
            "delivery": {"Store": "redis://cache"},
            "mypage": {"Store": "redis://cache"},
            "payment": {"PaymentProvider": "https://provider.example"},
        },
    )
    assert resolve(configured, "Redis") == resolve(configured, "redis://cache") == ("store:delivery", "store:mypage")
    assert set(resolve(configured, "PostgreSQL")) == {"store:order", "store:payment", "store:ordermanagement"}
    assert resolve(configured, "kafka") == ("topic:bookdelivery",)
    assert resolve(configured, "https://provider.example") == ("external:payment provider",)
    without = impact(configured, "redis")
    assert without["command:CompleteDelivery"] is STOPS
    assert without["command:PlaceOrder"] is UNHARMED


def test_what_nobody_knows_cannot_be_gone() -> None:
    with pytest.raises(UnknownElement, match="delivery"):
        gone("delvery")
    with pytest.raises(UnknownElement, match="colour"):
        gone("OrderPlaced.colour")


def test_the_table_has_a_row_for_each_consequence() -> None:
    found = gone("delivery")
    table = found.to_pandas().set_index("id")
    assert list(table.index) == list(found.consequences)
    assert table.loc["command:StartDelivery", "path"] == "command:StartDelivery <- context:delivery"
    assert set(table["effect"]) == set(Effect)


def test_the_operations_are_what_people_do_and_read() -> None:
    assert [node.name for node in operations(MODEL)] == [
        "PlaceOrder",
        "PayOrder",
        "CancelOrder",
        "TakeOrder",
        "PackOrder",
        "RejectOrder",
        "CompleteDelivery",
        "mypage",
    ]
    assert [node.name for node in operations(MODEL, "delivery")] == ["CompleteDelivery"]


# --- designs of other kinds -------------------------------------------------------------------------------------------


def test_a_circle_does_not_hold_itself_up() -> None:
    begun, asked = IN_CIRCLES[0].handlers[0], DesignModel.of(IN_CIRCLES)
    assert "event:Answered" in Workings(asked).possible()
    handlers = (attrs.evolve(begun, actor=None), *IN_CIRCLES[0].handlers[1:])
    by_nobody = DesignModel.of((attrs.evolve(IN_CIRCLES[0], handlers=handlers),))
    assert Workings(by_nobody).possible() == frozenset()


def test_a_second_source_of_an_event_keeps_its_readers_going() -> None:
    do, redo, done, thing, note = command("Do"), command("Redo"), event("Done"), aggregate("Thing"), command("NoteIt")

    def heard(it: object) -> object:
        return it

    first = context(
        "first",
        aggregates=(thing,),
        handlers=(
            Decides(command=do, on=thing, by=decide, emits=(done,), creates=True, actor=SOMEBODY),
            Decides(command=redo, on=thing, by=decide, emits=(done,), creates=True, actor=SOMEBODY),
        ),
        events=(done,),
    )
    listener = context(
        "listener",
        aggregates=(aggregate("Heard"),),
        policies=(Policy(name="note it", on=done, issues=note, by=heard),),  # type: ignore[arg-type]
    )
    listener = attrs.evolve(
        listener, handlers=(Decides(command=note, on=listener.aggregates[0], by=decide, creates=True),)
    )
    model = DesignModel.of((first, listener))
    assert impact(model, "Do")["event:Done"] is UNHARMED
    assert impact(model, "Do", "Redo")["event:Done"] is WAITS
    assert impact(model, "Do", "Redo")["command:NoteIt"] is WAITS


def test_an_unguarded_call_stops_its_caller() -> None:
    ungarded = attrs.evolve(ORDER, calls=(attrs.evolve(ORDER.calls[0], fallback=""),))
    model = DesignModel.of((ungarded, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE))
    assert impact(model, "payment")["command:PlaceOrder"] is STOPS
    found = impact(model, "payment provider").consequences["command:PlaceOrder"]
    assert found.effect is STOPS
    assert found.path == ("command:PlaceOrder", "command:Pay", "external:payment provider")


def test_a_call_whose_fallback_loses_nothing_harms_nobody() -> None:
    relaxed = attrs.evolve(ORDER, calls=(attrs.evolve(ORDER.calls[0], still_emits=None),))
    model = DesignModel.of((relaxed, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE))
    placing = impact(model, "payment").consequences["command:PlaceOrder"]
    assert placing.effect is UNHARMED
    assert placing.because.startswith("no answer from Pay")
