"""The context map shows who depends on whom, how, and how their teams deal with each other."""

import attrs
import pytest

from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.contexts.mypage.context import MYPAGE
from bookdelivery.contexts.order.context import ORDER
from bookdelivery.contexts.ordermanagement.context import ORDERMANAGEMENT
from bookdelivery.contexts.payment.context import PAYMENT
from bookdelivery.design import DesignModel
from bookdelivery.design.drawing import context_map, impact_overlay
from bookdelivery.design.drawing.relations import Style, relations_of
from bookdelivery.design.drawing.scene import Scene
from bookdelivery.design.impact import impact
from bookdelivery.kernel.context import Relationship


@pytest.fixture(scope="module")
def scene(bookstore: DesignModel) -> Scene:
    return context_map(bookstore).scene


def test_lines_cross_no_more_than_they_did(bookstore: DesignModel) -> None:
    assert context_map(bookstore).crossings <= 16


def test_every_context_stands_in_its_part(scene: Scene) -> None:
    regions = {region.kind: region.rect for region in scene.regions}
    cards = {note.id: note.rect for note in scene.notes}
    parts = {
        "order": "core",
        "ordermanagement": "core",
        "mypage": "core",
        "delivery": "supporting",
        "payment": "general",
    }
    for context, part in parts.items():
        assert regions[part].contains(cards[f"context:{context}"])
    assert regions["outside"].contains(cards["external:payment provider"])


def test_a_card_says_goal_pace_and_team(scene: Scene) -> None:
    card = next(note for note in scene.notes if note.id == "context:delivery")
    texts = [line.text for line in card.lines]
    assert texts == ["delivery", "배송", "up 60 % a year", "deployed weekly or more often", "team delivery"]


def test_pub_sub_is_dashed_and_request_response_is_not(scene: Scene) -> None:
    lines = {wire.target: wire.dashed for wire in scene.wires}
    assert lines["pub/sub:payment>order"]
    assert lines["req/res:order>payment"] is False


def test_a_line_ends_at_the_row_that_tells_of_it(scene: Scene) -> None:
    notes = {note.id: note.rect for note in scene.notes}
    for wire in scene.wires:
        if wire.source == "legend":
            continue
        end, row = wire.points[-1], notes[wire.target]
        assert end.x in {row.x, row.right}
        assert row.y < end.y < row.bottom


def test_how_teams_deal_with_each_other_follows_from_how_they_are_joined(bookstore: DesignModel) -> None:
    found = {(one.source.name, one.target.name, one.style): one for one in relations_of(bookstore)}
    assert found["order", "payment", Style.REQUEST].pattern == Relationship.CUSTOMER_SUPPLIER
    assert found["ordermanagement", "delivery", Style.PUB_SUB].pattern == Relationship.PUBLISHED_LANGUAGE
    assert found["delivery", "mypage", Style.PUB_SUB].pattern == Relationship.CONFORMIST
    provider = found["payment", "payment provider", Style.REQUEST]
    assert provider.pattern == Relationship.ANTICORRUPTION_LAYER
    assert provider.port == "PaymentProvider"


def test_a_relation_names_what_goes_over(bookstore: DesignModel) -> None:
    found = {(one.source.name, one.target.name): [m.name for m in one.messages] for one in relations_of(bookstore)}
    assert found["delivery", "payment"] == ["DeliveryCanceled"]
    assert found["order", "payment"] == ["Pay"]


def test_what_a_context_declares_of_a_relation_goes_first() -> None:
    declared = attrs.evolve(DELIVERY, relationships={"ordermanagement": Relationship.CONFORMIST})
    model = DesignModel.of([ORDER, PAYMENT, ORDERMANAGEMENT, declared, MYPAGE])
    found = {(one.source.name, one.target.name): one.pattern for one in relations_of(model)}
    assert found["ordermanagement", "delivery"] == Relationship.CONFORMIST


def test_a_supporting_context_can_be_taken_away_from_the_map() -> None:
    without = DesignModel.of([ORDER, PAYMENT, ORDERMANAGEMENT, MYPAGE])
    drawing = context_map(without)
    assert "context:delivery" not in {note.id for note in drawing.scene.notes}
    assert drawing.faults == ()


def test_an_impact_marks_the_cards(bookstore: DesignModel) -> None:
    drawing = context_map(bookstore, overlay=impact_overlay(bookstore, impact(bookstore, "payment")))
    tones = {note.id: note.tone for note in drawing.scene.notes}
    assert tones["context:payment"] == "stops"
    assert tones["context:order"] == "waits"
    assert drawing.faults == ()
