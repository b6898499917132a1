"""Drawings are for anybody's contexts, not only for the bookstore's."""

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.design.drawing import board, context_map
from bookdelivery.design.rules.cafe import CAFE
from examples.coupon.composition import BOOKSTORE_WITH_COUPONS
from tests.design.drawing.gallery import drawings_of
from tests.design.drawing.synthetic import town

MODELS = {
    "cafe": DesignModel.of(CAFE, name="cafe"),
    "coupon": DesignModel.of(BOOKSTORE_WITH_COUPONS),
    "town": town(6),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_drawing_of_it_is_without_a_fault(model: DesignModel, language: str) -> None:
    faults = {name: drawing.faults for name, drawing in drawings_of(model, language)}
    assert len(faults) > 10
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_new_context_stands_on_board_and_map_beside_those_there_were() -> None:
    for picture in (board, context_map):
        notes = {note.id: note for note in picture(MODELS["coupon"]).scene.notes}
        texts = {line.text for note in notes.values() for line in note.lines}
        assert any("oupon" in text for text in texts)
    assert {"command:IssueCoupon", "command:PlaceOrder"} <= {note.id for note in board(MODELS["coupon"]).scene.notes}


def test_a_design_without_anything_can_be_drawn() -> None:
    nothing = DesignModel.built("nothing", [], [])
    assert {name: one.faults for name, one in drawings_of(nothing) if one.faults} == {}
