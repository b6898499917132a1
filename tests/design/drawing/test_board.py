"""The board shows the whole design, in time order, one step of event storming after the other."""

from itertools import accumulate

import attrs

from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.design import DesignModel, NodeKind
from bookdelivery.design.drawing import Step, board
from bookdelivery.design.drawing.board import ROWS_APART
from bookdelivery.design.drawing.geometry import Rect


def test_lines_cross_no_more_than_they_did(bookstore: DesignModel) -> None:
    assert board(bookstore).crossings <= 17


def test_every_sticky_of_the_model_is_on_the_board(bookstore: DesignModel) -> None:
    shown = {note.id for note in board(bookstore).scene.notes}
    for kind in (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.POLICY, NodeKind.AGGREGATE, NodeKind.VIEW):
        assert {node.id for node in bookstore.nodes(kind)} <= shown


def test_a_cause_stands_left_of_its_effect(bookstore: DesignModel) -> None:
    at = {note.id: note.rect for note in board(bookstore).scene.notes}
    assert at["command:PlaceOrder"].right < at["command:Pay"].x
    assert at["event:PayApproved"].right < at["policy:ordermanagement.take the order's info"].x
    assert at["event:OrderPacked"].right < at["policy:delivery.start the delivery"].x


def test_a_note_stays_in_its_column_on_every_step_and_in_its_place_from_the_second_on(bookstore: DesignModel) -> None:
    first, *later = [events_of(bookstore, step) for step in Step]
    assert {id: rect.x for id, rect in later[0].items()} == {id: rect.x for id, rect in first.items()}
    assert first
    assert all(places == later[0] for places in later[1:])


def test_the_rows_of_the_first_step_stand_close_and_in_the_order_of_the_others(bookstore: DesignModel) -> None:
    first, second = events_of(bookstore, Step.EVENTS), events_of(bookstore, Step.COMMANDS)
    rects = sorted(first.values(), key=lambda rect: rect.y)
    ends = accumulate((rect.bottom for rect in rects), max)
    assert all(0 < below.y - end <= ROWS_APART or below.y <= end for end, below in zip(ends, rects[1:], strict=False))
    assert sorted(first, key=lambda id: first[id].y) == sorted(first, key=lambda id: second[id].y)
    panel = next(one.rect for one in board(bookstore, step=Step.EVENTS).scene.regions if one.id == "rejected")
    assert panel.y == rects[-1].bottom + ROWS_APART


def events_of(model: DesignModel, step: Step) -> dict[str, Rect]:
    notes = board(model, step=step).scene.notes
    return {note.id: note.rect for note in notes if note.kind == "event" and not note.id.startswith("legend")}


def test_each_step_shows_what_the_one_before_does_and_more(bookstore: DesignModel) -> None:
    before: set[str] = set()
    for step in Step:
        scene = board(bookstore, step=step).scene
        shown = {note.id for note in scene.notes} | {region.id for region in scene.regions}
        assert before < shown
        before = shown


def test_only_events_are_on_the_first_step(bookstore: DesignModel) -> None:
    kinds = {note.kind for note in board(bookstore, step=Step.EVENTS).scene.notes}
    assert kinds == {"event", "rejected"}


def test_an_open_question_is_asked_from_when_what_it_is_about_is_there(bookstore: DesignModel) -> None:
    def asked(step: Step) -> set[str]:
        return {note.id for note in board(bookstore, step=step).scene.notes if note.kind == "hotspot"}

    assert "hotspot:command:RejectOrder" in asked(Step.COMMANDS)
    assert "hotspot:view:mypage.mypage" in asked(Step.COMPLETE) - asked(Step.POLICIES)


def test_rejected_events_stand_below_with_their_reasons(bookstore: DesignModel) -> None:
    drawing = board(bookstore)
    rejected = [note for note in drawing.scene.notes if note.kind == "rejected"]
    assert {"rejected:ordermanagement.OrderPassedToStore", "rejected:mypage.MyPageLookedAt"} <= {n.id for n in rejected}
    assert all(note.desc in drawing.svg for note in rejected)
    assert all(line.struck for note in rejected for line in note.lines if line.bold or line.size > 9)


def test_an_event_that_several_commands_state_is_repeated_with_the_others(bookstore: DesignModel) -> None:
    shapes = {note.id: note.shape for note in board(bookstore).scene.notes}
    assert shapes["event:OrderPlaced"] == "sticky"
    assert shapes["event:OrderPlaced>PayOrder"] == "again"


def test_a_sticky_links_to_its_source(bookstore: DesignModel) -> None:
    note = next(note for note in board(bookstore).scene.notes if note.id == "event:OrderPlaced")
    assert note.href.startswith("bookdelivery/contexts/order/messages.py#L")


def test_an_event_of_a_context_that_is_not_there_stands_in_a_lane_of_its_own() -> None:
    drawing = board(DesignModel.of([DELIVERY]))
    lines = {(wire.source, wire.target) for wire in drawing.scene.wires}
    assert ("event:OrderPacked", "policy:delivery.start the delivery") in lines
    assert {region.id for region in drawing.scene.regions if region.kind == "lane"} == {"lane:delivery", "lane:"}
    assert drawing.faults == ()


def test_the_legend_explains_only_lines_that_are_drawn(bookstore: DesignModel) -> None:
    def kinds(model: DesignModel) -> set[str]:
        return {wire.kind for wire in board(model).scene.wires if wire.source == "legend"}

    assert kinds(bookstore) == {"pubsub", "request", "prompts"}
    assert kinds(DesignModel.of([attrs.evolve(DELIVERY, chores=())])) == {"pubsub"}
