"""Drawings are for anybody's contexts, not only for the bookstore's."""

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.design.rules.cafe import CAFE
from tests.design.drawing.gallery import drawings_of
from tests.design.drawing.synthetic import town


@pytest.mark.parametrize("model", [DesignModel.of(CAFE, name="cafe"), town(6)], ids=["cafe", "town"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_drawing_of_it_is_without_a_fault(model: DesignModel, language: str) -> None:
    faults = {name: drawing.faults for name, drawing in drawings_of(model, language)}
    assert len(faults) > 10
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_design_without_anything_can_be_drawn() -> None:
    nothing = DesignModel.built("nothing", [], [])
    assert {name: one.faults for name, one in drawings_of(nothing) if one.faults} == {}
