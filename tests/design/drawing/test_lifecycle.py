"""A state diagram is drawn from the lifecycle that runs."""

import attrs
import pytest

from bookdelivery.contexts.payment.aggregate import Payment
from bookdelivery.design import DesignModel, Node, NodeKind, UnknownElement
from bookdelivery.design.drawing import lifecycle
from bookdelivery.kernel.errors import InvalidField


def test_every_state_and_every_trigger_is_there(bookstore: DesignModel) -> None:
    notes = {note.id: note for note in lifecycle(bookstore, "Payment").scene.notes}
    assert {state.value for state in Payment.lifecycle.states} <= set(notes)
    for (source, trigger), steps in Payment.lifecycle.table.items():
        for _, destination in steps:
            if destination == source:
                assert any(trigger in line.text for line in notes[source].lines)
            else:
                assert f"{trigger}>{destination.value}" in notes


def test_lines_come_from_the_states_that_know_the_trigger(bookstore: DesignModel) -> None:
    ends = {(wire.source, wire.target) for wire in lifecycle(bookstore, "Payment").scene.wires}
    assert {
        ("requested", "approve>approved"),
        ("declined", "approve>approved"),
        ("refunding", "refund>canceled"),
    } <= ends
    assert ("[*]", "requested") in ends


def test_where_many_states_know_it_all_are_named(bookstore: DesignModel) -> None:
    notes = {note.id: note for note in lifecycle(bookstore, "Order").scene.notes}
    named = " ".join(line.text for line in notes["deliver>delivered"].lines)
    for state in ("placed", "taken", "packed", "shipping", "canceling", "expired"):
        assert state in named


def test_a_guard_stands_with_its_trigger(bookstore: DesignModel) -> None:
    assert "cancel [settled]>canceled" in {note.id for note in lifecycle(bookstore, "Order").scene.notes}


def test_a_state_that_nothing_leads_on_from_is_an_end(bookstore: DesignModel) -> None:
    kinds = {note.id: note.kind for note in lifecycle(bookstore, "Delivery").scene.notes}
    assert (kinds["started"], kinds["completed"], kinds["canceled"]) == ("state", "final", "final")


def test_lines_cross_no_more_than_they_did(bookstore: DesignModel) -> None:
    crossings = {name: lifecycle(bookstore, name).crossings for name in ("Order", "Payment", "Ordermgmt", "Delivery")}
    assert crossings["Order"] <= 2
    assert crossings["Payment"] <= 1
    assert crossings["Ordermgmt"] == crossings["Delivery"] == 0


def test_states_are_named_in_korean_with_their_name_on_the_wire(bookstore: DesignModel) -> None:
    note = next(note for note in lifecycle(bookstore, "Order", language="ko").scene.notes if note.id == "placed")
    assert [line.text for line in note.lines] == ["주문됨", "placed"]


def one_aggregate(facts: dict[str, object]) -> DesignModel:
    node = Node(id="aggregate:shop.Lamp", kind=NodeKind.AGGREGATE, name="Lamp", context="shop", facts=facts)
    return DesignModel.built("shop", [node], [])


def test_a_circle_of_states_and_a_single_state_are_drawn() -> None:
    there_and_back = [
        {"trigger": "light", "source": "dark", "dest": "bright", "guards": []},
        {"trigger": "put out", "source": "bright", "dest": "dark", "guards": []},
    ]
    lamp = {"initial": "dark", "states": ["dark", "bright"], "transitions": there_and_back}
    assert lifecycle(one_aggregate({"lifecycle": lamp}), "Lamp").faults == ()
    single = attrs.asdict(one_aggregate({}).node("aggregate:shop.Lamp"))["facts"] | {
        "lifecycle": {"initial": "dark", "states": ["dark"], "transitions": []}
    }
    assert lifecycle(one_aggregate(single), "Lamp").faults == ()


def test_an_aggregate_without_a_lifecycle_is_an_error_that_says_so() -> None:
    with pytest.raises(InvalidField, match="one that declares a lifecycle"):
        lifecycle(one_aggregate({}), "Lamp")


def test_an_aggregate_that_there_is_not_is_an_error(bookstore: DesignModel) -> None:
    with pytest.raises(UnknownElement, match="Parcel"):
        lifecycle(bookstore, "Parcel")
