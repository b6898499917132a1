"""Every drawing there is of a design, by a name of its own."""

from collections.abc import Iterator

from bookdelivery.design import DesignModel, NodeKind
from bookdelivery.design.drawing import (
    Drawing,
    Step,
    board,
    context_map,
    draw_flow,
    hexagon,
    lifecycle,
    organisation,
)
from bookdelivery.design.flow import flow


def drawings_of(model: DesignModel, language: str = "en") -> Iterator[tuple[str, Drawing]]:
    for step in Step:
        yield f"board {step.name}", board(model, step=step, language=language)
    yield "context map", context_map(model, language=language)
    for view in ("as-is", "to-be"):
        yield f"organisation {view}", organisation(model, view, language=language)
    for context in model.contexts():
        yield f"hexagon {context.name}", hexagon(model, context.id, language=language)
    for aggregate in model.nodes(NodeKind.AGGREGATE):
        if "lifecycle" in aggregate.facts:
            yield f"lifecycle {aggregate.id}", lifecycle(model, aggregate.id, language=language)
    for command in model.nodes(NodeKind.COMMAND):
        yield f"flow {command.name}", draw_flow(flow(model, command.id), language=language)
