"""Every fault of a drawing is found on a specimen that has it."""

from typing import Any

import attrs
import pytest

from bookdelivery.design.drawing.faults import FaultKind, count_crossings, faults_of
from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.scene import Note, Scene, Text, Wire

LEFT = Note(id="left", kind="event", rect=Rect(10, 10, 60, 30))
RIGHT = Note(id="right", kind="policy", rect=Rect(200, 10, 60, 30))
WIRE = Wire(source="left", target="right", kind="pubsub", points=(Point(70, 25), Point(200, 25)))
CLEAN = Scene(name="specimen", title="", desc="", width=300, height=200, notes=(LEFT, RIGHT), wires=(WIRE,))


def lines(text: str, x: float, y: float) -> tuple[Text, ...]:
    return (Text(text=text, x=x, y=y),)


SPECIMENS: dict[FaultKind, dict[str, Any]] = {
    FaultKind.TWICE: {"notes": (LEFT, attrs.evolve(RIGHT, id="left"))},
    FaultKind.OVERLAP: {"notes": (LEFT, RIGHT, Note(id="other", kind="event", rect=Rect(50, 20, 60, 3)))},
    FaultKind.THROUGH_NOTE: {"notes": (LEFT, RIGHT, Note(id="between", kind="event", rect=Rect(100, 10, 50, 30)))},
    FaultKind.THROUGH_TEXT: {"labels": lines("between", 100, 29)},
    FaultKind.CLIPPED: {"notes": (attrs.evolve(LEFT, lines=lines("a long name", 12, 30)), RIGHT)},
    FaultKind.COVERED: {"labels": (*lines("one", 20, 100), *lines("other", 22, 103))},
    FaultKind.OUTSIDE: {"notes": (LEFT, attrs.evolve(RIGHT, rect=Rect(250, 10, 60, 30)))},
    FaultKind.ON_TOP: {"wires": (WIRE, attrs.evolve(WIRE, points=(Point(100, 25), Point(150, 25)), net="another"))},
}


def test_there_is_a_specimen_of_every_fault() -> None:
    assert set(SPECIMENS) == set(FaultKind)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_found_where_it_is(kind: FaultKind) -> None:
    assert faults_of(CLEAN) == ()
    assert kind in {fault.kind for fault in faults_of(attrs.evolve(CLEAN, **SPECIMENS[kind]))}


def test_a_label_under_a_note_is_covered() -> None:
    scene = attrs.evolve(CLEAN, labels=lines("hidden", 20, 30))
    assert {fault.kind for fault in faults_of(scene)} == {FaultKind.COVERED}


def test_a_card_may_hold_notes_but_not_half_of_one() -> None:
    card = Note(id="card", kind="core", rect=Rect(5, 5, 100, 100), holds=True)
    scene = attrs.evolve(CLEAN, notes=(card, LEFT), wires=())
    assert faults_of(scene) == ()
    half_out = attrs.evolve(LEFT, rect=Rect(80, 10, 60, 30))
    assert {fault.kind for fault in faults_of(attrs.evolve(scene, notes=(card, half_out)))} == {FaultKind.OVERLAP}


def test_lines_of_one_net_may_run_together() -> None:
    one, other = attrs.evolve(WIRE, net="together"), attrs.evolve(WIRE, net="together", target="right ")
    assert faults_of(attrs.evolve(CLEAN, wires=(one, other))) == ()


def test_a_crossing_counts_once_for_lines_that_run_together() -> None:
    across = ("across", (Point(0, 50), Point(100, 50)))
    down = ("down", (Point(50, 0), Point(50, 100)))
    assert count_crossings([across, down]) == 1
    assert count_crossings([across, down, down]) == 1
    assert count_crossings([across, down, ("another", (Point(60, 0), Point(60, 100)))]) == 2
    assert count_crossings([across, ("across", (Point(50, 0), Point(50, 100)))]) == 0


def test_lines_that_only_touch_do_not_cross() -> None:
    assert count_crossings([("one", (Point(0, 0), Point(50, 0))), ("other", (Point(50, 0), Point(50, 90)))]) == 0
