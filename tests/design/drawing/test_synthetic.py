"""Designs of every size are drawn without a fault, and stay readable at the width of a page."""

import pytest

from bookdelivery.design.drawing import board, context_map
from tests.design.drawing.synthetic import town

READABLE_AT = 1200
"""The width of a page, in pixels."""


@pytest.mark.parametrize(("contexts", "seed"), [(1, 1), (5, 1), (5, 2), (15, 1), (15, 2), (15, 3), (40, 1)])
def test_nothing_overlaps_whatever_the_size(contexts: int, seed: int) -> None:
    model = town(contexts, seed=seed)
    assert board(model).faults == ()
    assert context_map(model).faults == ()


@pytest.mark.parametrize(("contexts", "at_most"), [(15, 3), (30, 4), (40, 4)])
def test_lines_of_a_large_context_map_cross_little(contexts: int, at_most: int) -> None:
    drawing = context_map(town(contexts))
    lines = len([wire for wire in drawing.scene.wires if wire.source != "legend"])
    assert drawing.crossings <= at_most * lines


@pytest.mark.parametrize("contexts", [5, 15])
def test_labels_are_readable_on_a_page(contexts: int) -> None:
    for seed in range(4):
        scene = board(town(contexts, seed=seed)).scene
        names = min(line.size for note in scene.notes for line in note.lines if line.bold)
        assert names * min(1.0, READABLE_AT / scene.width) >= 7.5


def test_a_context_without_commands_events_or_views_has_a_lane() -> None:
    model = town(1, events_each=0)
    drawing = board(model)
    assert [region.id for region in drawing.scene.regions if region.kind == "lane"] == ["lane:orderdesk"]
    assert drawing.faults == ()
