"""Who works on what: as it was, across all contexts; as it is to be, on contexts of one's own."""

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel
from bookdelivery.design.drawing import organisation
from bookdelivery.design.drawing.geometry import Rect
from bookdelivery.kernel.errors import InvalidField
from examples.coupon import BOOKSTORE_WITH_COUPONS


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


def test_a_context_that_was_not_there_before_says_so() -> None:
    model = DesignModel.of(BOOKSTORE_WITH_COUPONS)
    assert "was not there yet" in {label.text for label in organisation(model, "as-is").scene.labels}
    assert "was not there yet" not in organisation(model, "to-be").svg


def test_teams_that_nobody_declared_are_not_made_up() -> None:
    model = DesignModel.of([attrs.evolve(context, former_teams=()) for context in BOOKSTORE])
    drawing = organisation(model, "as-is")
    assert [label.text for label in drawing.scene.labels].count("no teams declared") == len(BOOKSTORE)
    assert drawing.faults == ()


def test_a_context_s_name_is_not_broken(bookstore: DesignModel) -> None:
    for view in ("as-is", "to-be"):
        lines = {line.text for note in organisation(bookstore, view).scene.notes for line in note.lines}
        assert {context.name for context in BOOKSTORE} <= lines
