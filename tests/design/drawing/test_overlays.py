"""What is laid over the board says what was found, and by more than colour."""

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.design.coverage import Coverage, coverage
from bookdelivery.design.drawing import (
    board,
    comparison_overlay,
    coverage_overlay,
    coverage_sheet,
    draw_flow,
    impact_overlay,
)
from bookdelivery.design.flow import flow
from bookdelivery.design.impact import impact
from bookdelivery.design.observed import Comparison, Surprise
from bookdelivery.design.traces import BOOKSTORE_TRACES
from bookdelivery.requirements.catalogue import FUNCTIONAL, NONFUNCTIONAL

REQUIREMENTS = FUNCTIONAL + NONFUNCTIONAL


@pytest.fixture(scope="module")
def covered(bookstore: DesignModel) -> tuple[Coverage, ...]:
    return coverage(bookstore, REQUIREMENTS, BOOKSTORE_TRACES)


def test_what_covers_a_requirement_is_lit_and_the_rest_is_pale(
    bookstore: DesignModel, covered: tuple[Coverage, ...]
) -> None:
    f7 = next(one for one in covered if one.requirement.id == "F7")
    drawing = board(bookstore, overlay=coverage_overlay(f7))
    tones = {note.id: note.tone for note in drawing.scene.notes}
    assert tones["event:OrderCanceled"] == tones["event:DeliveryCanceled"] == tones["event:PayCanceled"] == "lit"
    assert tones["command:PlaceOrder"] == "dim"
    wires = {(wire.source, wire.target): wire.tone for wire in drawing.scene.wires}
    assert wires["event:OrderCanceled", "policy:ordermanagement.stop a canceled order"] == "lit"
    assert "overlay:tick" in tones
    assert drawing.faults == ()


def test_a_requirement_that_is_not_covered_gets_a_cross_and_the_reason(bookstore: DesignModel) -> None:
    (open_one,) = coverage(bookstore, REQUIREMENTS[:1], {})
    scene = board(bookstore, overlay=coverage_overlay(open_one)).scene
    assert next(note for note in scene.notes if note.id == "overlay:tick").icon == "stops"
    assert any("nobody has said what covers it" in label.text for label in scene.labels)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_requirement_stands_on_the_sheet(
    bookstore: DesignModel, covered: tuple[Coverage, ...], language: str
) -> None:
    drawing = coverage_sheet(bookstore, covered, language=language)
    texts = {label.text for label in drawing.scene.labels}
    assert {requirement.id for requirement in REQUIREMENTS} <= texts
    assert drawing.faults == ()


def test_what_stops_and_what_waits_is_told_by_a_sign(bookstore: DesignModel) -> None:
    drawing = board(bookstore, overlay=impact_overlay(bookstore, impact(bookstore, "delivery")))
    tones = {note.id: note.tone for note in drawing.scene.notes}
    assert tones["command:CompleteDelivery"] == "stops"
    assert tones["event:DeliveryStarted"] == "waits"
    assert tones["view:mypage.mypage"] == "stale"
    assert tones["command:PlaceOrder"] == "unharmed"
    assert tones["mark:delivery"] == "plain"
    assert drawing.svg.count('class="mark m-waits"') == sum(tone == "waits" for tone in tones.values())
    assert drawing.faults == ()


@pytest.mark.parametrize("gone", ["order", "payment", "ordermanagement", "mypage", "bookdelivery", "OrderPlaced"])
def test_nothing_overlaps_whatever_is_gone(bookstore: DesignModel, gone: str) -> None:
    assert board(bookstore, overlay=impact_overlay(bookstore, impact(bookstore, gone))).faults == ()


@pytest.fixture
def compared(bookstore: DesignModel) -> Comparison:
    edges = bookstore.edges()
    canceled = [edge for edge in edges if "Cancel" in edge.source or "Cancel" in edge.target]
    surprise = Surprise(cause="OrderPlaced", effect="PayCanceled", times=7, because="no policy leads there")
    return Comparison(
        seen={edge: 12 for edge in edges if edge not in canceled}, never=tuple(canceled), surprises=(surprise,)
    )


def test_what_a_run_never_took_is_pale_on_the_board(bookstore: DesignModel, compared: Comparison) -> None:
    scene = board(bookstore, overlay=comparison_overlay(bookstore, compared)).scene
    tones = {(wire.source, wire.target): wire.tone for wire in scene.wires}
    assert tones["event:OrderCanceled", "policy:ordermanagement.stop a canceled order"] == "dim"
    assert tones["event:OrderPacked", "policy:delivery.start the delivery"] == "plain"
    assert any("OrderPlaced → PayCanceled × 7" in label.text for label in scene.labels)


def test_what_only_follows_from_facts_never_seen_is_pale_too(bookstore: DesignModel) -> None:
    rejects = [edge for edge in bookstore.edges() if edge.source == "command:RejectOrder"]
    compared = Comparison(seen={}, never=tuple(rejects), surprises=())
    scene = board(bookstore, overlay=comparison_overlay(bookstore, compared)).scene
    tones = {note.id: note.tone for note in scene.notes}
    assert tones["policy:order.show it rejected"] == tones["policy:payment.refund rejected order"] == "dim"
    assert tones["policy:order.show it taken"] == "plain"
    wires = {(wire.source, wire.target): wire.tone for wire in scene.wires}
    assert wires["event:OrderRejected", "policy:order.show it rejected"] == "dim"


def test_a_flow_says_how_often_each_step_was_taken_and_what_nobody_declared(
    bookstore: DesignModel, compared: Comparison
) -> None:
    drawing = draw_flow(flow(bookstore, "CancelOrder"), compared=compared)
    texts = [label.text for label in drawing.scene.labels]
    assert any(text.startswith("never seen") for text in texts)
    assert any(text.startswith("seen but not declared") and "× 7" in text for text in texts)
    placed = draw_flow(flow(bookstore, "PlaceOrder"), compared=compared)
    assert any(text.startswith("× 12") for text in (label.text for label in placed.scene.labels))
    assert drawing.faults == placed.faults == ()
