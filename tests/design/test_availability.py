"""Uptime arithmetic is held against counting every combination of what may be down."""

from itertools import product
from math import prod

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE, DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.design import DesignModel, NodeKind, UnknownElement
from bookdelivery.design.availability import (
    MINUTES_A_YEAR,
    Uptime,
    cut_sets,
    dominators,
    single_points_of_failure,
    uptimes,
    uptimes_table,
)
from bookdelivery.design.impact import Effect, impact, operations
from bookdelivery.design.workings import Workings
from bookdelivery.kernel.errors import InvalidField

MODEL = DesignModel.of(BOOKSTORE)
UP = {
    "order": 0.9,
    "payment": 0.8,
    "ordermanagement": 0.95,
    "delivery": 0.6,
    "mypage": 0.99,
    "payment provider": 0.7,
    "catalog": 0.85,
    "bookdelivery": 0.97,
}


def of(operation: str, stated: dict[str, float] | None = None, model: DesignModel = MODEL) -> Uptime:
    return next(one for one in uptimes(model, stated) if one.operation.name == operation)


def test_an_operation_is_answered_as_often_as_counting_every_combination_says() -> None:
    ids = {MODEL.find(name, NodeKind.CONTEXT, NodeKind.EXTERNAL, NodeKind.TOPIC).id: up for name, up in UP.items()}
    workings = Workings(MODEL)
    offered = list(operations(MODEL))
    counted = {one.name: 0.0 for one in offered}
    for states in product((True, False), repeat=len(ids)):
        down = [id for id, is_up in zip(ids, states, strict=True) if not is_up]
        share = prod(up if is_up else 1 - up for up, is_up in zip(ids.values(), states, strict=True))
        consequences = impact(MODEL, *down, workings=workings).consequences
        for one in offered:
            if consequences[one.id].effect is not Effect.STOPS:
                counted[one.name] += share
    assert {one.operation.name: one.answered for one in uptimes(MODEL, UP)} == pytest.approx(counted)


def test_synchronous_chains_multiply_and_asynchronous_ones_do_not() -> None:
    placing = of("PlaceOrder", UP)
    assert placing.answered == pytest.approx(0.9 * 0.85)
    assert placing.at_once == pytest.approx(0.9 * 0.85 * 0.8 * 0.7)
    taking = of("TakeOrder", UP)
    assert taking.answered == taking.at_once == pytest.approx(0.95)
    assert set(taking.follows) == {
        "context:order",
        "context:payment",
        "external:payment provider",
        "external:catalog",
        "topic:bookdelivery",
    }


def test_without_a_fallback_the_callees_uptime_is_the_callers() -> None:
    unguarded = attrs.evolve(ORDER, calls=(attrs.evolve(ORDER.calls[0], fallback=""),))
    model = DesignModel.of((unguarded, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE))
    assert of("PlaceOrder", UP, model).answered == pytest.approx(0.9 * 0.85 * 0.8 * 0.7)


def test_an_uptime_that_nobody_states_is_told() -> None:
    assert set(of("PlaceOrder").unknown) == {"context:payment", "external:catalog", "external:payment provider"}
    assert of("PlaceOrder", UP).unknown == ()
    assert of("PlaceOrder").answered == pytest.approx(0.99999)


def test_five_nines_are_five_minutes_a_year() -> None:
    assert of("CancelOrder").down_minutes_a_year == pytest.approx(5.26, abs=0.01)
    assert pytest.approx(525_960.0) == MINUTES_A_YEAR


def test_the_table_has_a_row_for_each_operation() -> None:
    table = uptimes_table(uptimes(MODEL, UP)).set_index("operation")
    assert table.loc["PlaceOrder", "needs"] == "order, catalog"
    assert table.loc["PlaceOrder", "falls_back_for"] == "payment, payment provider"
    assert table.loc["mypage", "context"] == "mypage"


@pytest.mark.parametrize("uptime", [-0.1, 1.01, float("nan")])
def test_an_uptime_is_a_share_of_time(uptime: float) -> None:
    with pytest.raises(InvalidField, match="from 0 to 1"):
        uptimes(MODEL, {"payment": uptime})


def test_an_uptime_is_stated_for_what_there_is() -> None:
    with pytest.raises(UnknownElement, match="payments"):
        uptimes(MODEL, {"payments": 0.9})


# --- cut sets ---------------------------------------------------------------------------------------------------------


def test_the_single_points_of_failure_of_a_paid_order_are_what_its_payment_needs() -> None:
    assert set(single_points_of_failure(MODEL, "OrderPlaced")) == {
        "context:order",
        "context:payment",
        "external:catalog",
        "external:payment provider",
    }
    assert "context:delivery" not in single_points_of_failure(MODEL, "OrderPacked")


@pytest.mark.parametrize("event", [node.name for node in MODEL.nodes(NodeKind.EVENT)])
def test_cut_sets_cut_and_none_of_their_parts_is_in_vain(event: str) -> None:
    workings = Workings(MODEL)
    for cut in cut_sets(MODEL, event):
        assert f"event:{event}" not in workings.possible(cut)
        for part in cut:
            assert f"event:{event}" in workings.possible(set(cut) - {part})


def test_two_sources_are_cut_by_both_together() -> None:
    # A paid order reaches the customer's page even if one of the two that tell of it is silent.
    pairs = [cut for cut in cut_sets(MODEL, "policy:order.show it settled", size=3) if len(cut) > 1]
    assert pairs == []
    by_two = cut_sets(MODEL, "event:CancelOrderTaken", size=2)
    assert ("context:ordermanagement",) in by_two


def test_a_view_is_cut_where_no_news_of_any_kind_comes_through() -> None:
    assert set(single_points_of_failure(MODEL, "mypage")) == {
        "context:mypage",
        "context:order",
        "external:catalog",
        "topic:bookdelivery",
    }


def test_a_flow_narrows_down_to_its_dominators() -> None:
    steps = dominators(MODEL, "OrderTaken", "DeliveryCompleted")
    assert steps[0] == "event:OrderTaken"
    assert steps[-1] == "event:DeliveryCompleted"
    assert "event:OrderPacked" in steps
    assert "policy:delivery.start the delivery" in steps
    assert dominators(MODEL, "view:mypage.mypage", "OrderTaken") == []
