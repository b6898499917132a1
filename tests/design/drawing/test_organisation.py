"""Who works on what: as it was, across all contexts; as it is to be, on contexts of one's own."""

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.design.drawing import organisation
from bookdelivery.design.drawing.geometry import Rect
from bookdelivery.kernel.errors import InvalidField


def teams(model: DesignModel, view: str) -> dict[str, Rect]:
    return {region.id: region.rect for region in organisation(model, view).scene.regions}


def test_a_horizontal_team_has_one_layer_of_every_context(bookstore: DesignModel) -> None:
    rects = teams(bookstore, "as-is")
    assert list(rects) == ["team:front end", "team:back end", "team:databases"]
    notes = {note.id: note.rect for note in organisation(bookstore, "as-is").scene.notes}
    for context in ("order", "ordermanagement", "payment", "delivery"):
        assert rects["team:back end"].contains(notes[f"context:{context}/back end"])


def test_a_vertical_team_has_every_layer_of_its_contexts(bookstore: DesignModel) -> None:
    rects = teams(bookstore, "to-be")
    assert set(rects) == {"team:order", "team:payment", "team:store", "team:delivery"}
    notes = {note.id: note.rect for note in organisation(bookstore, "to-be").scene.notes}
    assert all(
        rects["team:order"].contains(rect) for id, rect in notes.items() if "order/" in id and "ordermg" not in id
    )
    assert rects["team:order"].contains(notes["context:mypage/databases"])


def test_below_stands_how_many_teams_a_change_needs(bookstore: DesignModel) -> None:
    def said(view: str) -> list[str]:
        return [label.text for label in organisation(bookstore, view).scene.labels if "a change" in label.text]

    assert said("as-is").count("a change needs 3 teams") == 2
    assert set(said("to-be")) == {"a change needs 1 team"}


def test_another_view_is_an_error_that_names_those_there_are(bookstore: DesignModel) -> None:
    with pytest.raises(InvalidField, match="as-is or to-be"):
        organisation(bookstore, "diagonal")
