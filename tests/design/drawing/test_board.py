"""The board shows the whole design, in time order, and nothing on it overlaps."""

import pytest

from bookdelivery.design import DesignModel, NodeKind
from bookdelivery.design.drawing import Step, board
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM


@pytest.fixture(scope="module")
def model() -> DesignModel:
    return DesignModel.of(BOOKSTORE_SYSTEM)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("step", Step)
def test_nothing_overlaps_and_no_line_runs_through_a_note(model: DesignModel, step: Step, language: str) -> None:
    assert board(model, step=step, language=language).faults == ()


def test_lines_cross_no_more_than_they_did(model: DesignModel) -> None:
    assert board(model).crossings <= 27


def test_every_sticky_of_the_model_is_on_the_board(model: DesignModel) -> None:
    shown = {note.id for note in board(model).scene.notes}
    for kind in (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.POLICY, NodeKind.AGGREGATE, NodeKind.VIEW):
        assert {node.id for node in model.nodes(kind)} <= shown


def test_a_page_shows_it_at_a_readable_size(model: DesignModel) -> None:
    assert board(model).scene.width <= 1300
