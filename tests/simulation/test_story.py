"""An order's life, told across contexts: complete, in order, and drawn."""

from pathlib import Path

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Constant, Customers, Outage, Result
from bookdelivery.simulation.story import Kind, Story
from tests.simulation.worlds import quick, run

STOPS = Outage("ordermanagement", at=3, lasts=6)


@pytest.fixture(scope="module")
def result() -> Result:
    customers = Customers(cancels=0.3, cancel_after_s=4.0, looks=0.5, look_after_s=6.0)
    return run(quick(load=Constant(per_second=2), lasts=10.0, customers=customers, faults=[STOPS]))


def first(result: Result, status: str) -> Story:
    orders = result.orders
    return result.story(int(orders.loc[orders["status"] == status, "order_id"].iloc[0]))


def steps(story: Story, kind: Kind) -> list[tuple[str, str, str]]:
    return [(step.source, step.target, step.label) for step in story.steps if step.kind is kind]


def test_a_delivered_orders_story_has_everything_that_was_asked_and_stated(result: Result) -> None:
    story = first(result, "delivered")
    asked = steps(story, Kind.REQUEST)
    assert asked[:2] == [("customers", "order", "place"), ("order", "payment", "Pay")]
    assert [label for source, _, label in asked if source == "people"][-1] == "CompleteDelivery"
    assert [label for _, _, label in steps(story, Kind.EVENT)] == [
        "PayApproved",
        "OrderPlaced",
        "OrderTaken",
        "OrderPacked",
        "DeliveryStarted",
        "DeliveryCompleted",
    ]
    heard = steps(story, Kind.HEARD)
    assert ("payment", "ordermanagement", "PayApproved") in heard
    assert ("ordermanagement", "delivery", "OrderPacked") in heard
    assert len(steps(story, Kind.ANSWER)) == len(asked)


def test_the_steps_are_in_the_order_of_time_and_agree_with_the_tables(result: Result) -> None:
    for order_id in result.orders["order_id"]:
        story = result.story(order_id)
        begins = [step.begin_s for step in story.steps]
        assert begins == sorted(begins)
        assert all(step.end_s >= step.begin_s for step in story.steps)
        messages = result.messages[result.messages["order_id"] == order_id]
        heard = [step for step in story.steps if step.kind is Kind.HEARD]
        assert sum(len(step.detail) for step in heard) == len(messages)
        assert max(step.end_s for step in heard) == messages["consumed_s"].max()


def test_those_who_take_part_stand_in_the_order_of_the_system(result: Result) -> None:
    assert first(result, "delivered").cast == [
        "customers",
        "order",
        "payment",
        "ordermanagement",
        "delivery",
        "mypage",
        "people",
    ]


def test_the_troubles_of_its_time_belong_to_it_and_others_do_not(result: Result) -> None:
    orders = result.orders.set_index("order_id")
    met = orders.index[orders["arrived_s"] > 2.5][0]
    assert result.story(met).troubles == [("ordermanagement down", 3.0, 9.0)]
    late = run(quick(load=Constant(per_second=2), lasts=4.0, faults=[Outage("order", at=200, lasts=1)]))
    assert result.story(1).order_id == 1
    assert late.story(1).troubles == []


def test_what_nobody_ever_handled_is_told_as_such() -> None:
    forever = Outage("delivery", at=1, lasts=10_000)
    story = run(quick(load=Constant(per_second=1), lasts=3.0, faults=[forever], drain_within_s=0.0)).story(1)
    (unheard,) = [step for step in story.steps if step.kind is Kind.HEARD and step.end_s != step.end_s]
    assert (unheard.target, unheard.label) == ("delivery", "OrderPacked")
    assert "OrderPacked never handled" in story._repr_svg_()


def test_the_picture_names_who_takes_part_and_what_was_stated(result: Result) -> None:
    story = first(result, "canceled")
    written = [text.get_text() for text in story.plot().axes[0].texts]
    assert {"customer", "order", "payment", "OrderPlaced", "OrderCanceled", "PayCanceled", "cancel"} <= set(written)
    assert "ordermanagement down" in written
    assert any(text.startswith("⋮") for text in written)


def test_the_same_story_is_drawn_the_same_to_the_last_byte(result: Result) -> None:
    assert result.story(1)._repr_svg_() == result.story(1)._repr_svg_()


def test_it_can_be_saved_and_read_as_a_table(result: Result, tmp_path: Path) -> None:
    story = result.story(1)
    assert story.save(tmp_path / "story.svg").read_text().startswith("<?xml")
    assert len(story.frame) == len(story.steps)
    assert story.title.startswith("Order 1: ")


def test_an_order_that_nobody_placed_has_no_story(result: Result) -> None:
    with pytest.raises(InvalidField, match=r"story.order_id is 999, but must be an order of this run: 1 to 19"):
        result.story(999)
    with pytest.raises(InvalidField, match="this run has none"):
        run(quick(load=Constant(per_second=0.001))).story(1)
