"""Every picture of a design, in one go: for a documentation that shows what the code declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bookdelivery.design.configuration import embedded, with_adapters
from bookdelivery.design.coverage import coverage
from bookdelivery.design.drawing import (
    Drawing,
    Step,
    board,
    context_map,
    coverage_overlay,
    coverage_sheet,
    draw_flow,
    hexagon,
    impact_overlay,
    lifecycle,
    organisation,
)
from bookdelivery.design.elements import EdgeKind, NodeKind
from bookdelivery.design.flow import flow
from bookdelivery.design.impact import impact
from bookdelivery.design.model import DesignModel
from bookdelivery.design.traces import BOOKSTORE_TRACES
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import FUNCTIONAL, NONFUNCTIONAL
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.designing.pictures import save
from bookdelivery.services.designing.source import design_of

Draw = Callable[[str], Drawing]
"""Draws a picture with its labels in a language."""


def unlinked(file: str, line: int) -> str:  # noqa: ARG001
    """Link to no source: what a documentation shows must not change when a line of code moves."""
    return ""


def gallery(model: DesignModel) -> Mapping[str, Draw]:
    """Give every picture of a design, by the name of its file without the ending.

    The board with its steps, and what each context's absence does to it; the context map, both organisations, the
    hexagons; the flow of whatever people begin of their own accord; the lifecycles; for the bookstore, what covers each
    of its requirements.
    """
    return dict(_pictures(model))


def _pictures(model: DesignModel) -> Iterator[tuple[str, Draw]]:
    yield "board", lambda language: board(model, language=language, link=unlinked)
    for step in list(Step)[:-1]:
        yield f"board-{step.value}-{step.name.lower()}", _step(model, step)
    yield "context-map", lambda language: context_map(model, language=language, link=unlinked)
    for view in ("as-is", "to-be"):
        yield f"organisation-{view}", _organisation(model, view)
    for context in model.contexts():
        yield f"hexagon-{context.name}", _hexagon(model, context.id)
        yield f"without-{context.name}", _without(model, context.name)
    for command in begun_by_people(model):
        yield f"flow-{command}", _flow(model, command)
    for aggregate in model.nodes(NodeKind.AGGREGATE):
        if aggregate.facts.get("lifecycle"):
            yield f"lifecycle-{aggregate.name}", _lifecycle(model, aggregate.id)
    if model.name == BOOKSTORE_SYSTEM.name:
        yield "coverage", _coverage(model)
        for requirement in NONFUNCTIONAL:
            yield f"covers-{requirement.id}", _covers(model, requirement.id)


def begun_by_people(model: DesignModel) -> Sequence[str]:
    """Name the commands that people issue of their own accord: not because something prompts them."""
    return tuple(
        command.name
        for command in model.nodes(NodeKind.COMMAND)
        if any(one.kind is NodeKind.ACTOR for one in model.predecessors(command.id, EdgeKind.ISSUES))
        and not model.incoming(command.id, EdgeKind.PROMPTS)
    )


def _step(model: DesignModel, step: Step) -> Draw:
    return lambda language: board(model, step=step, language=language, link=unlinked)


def _organisation(model: DesignModel, view: str) -> Draw:
    return lambda language: organisation(model, view, language=language, link=unlinked)


def _hexagon(model: DesignModel, context: str) -> Draw:
    return lambda language: hexagon(with_adapters(model, embedded(model)), context, language=language, link=unlinked)


def _without(model: DesignModel, context: str) -> Draw:
    def draw(language: str) -> Drawing:
        overlay = impact_overlay(model, impact(model, context), language)
        return board(model, overlay=overlay, language=language, link=unlinked)

    return draw


def _flow(model: DesignModel, command: str) -> Draw:
    return lambda language: draw_flow(flow(model, command), language=language, link=unlinked)


def _lifecycle(model: DesignModel, aggregate: str) -> Draw:
    return lambda language: lifecycle(model, aggregate, language=language, link=unlinked)


def _coverage(model: DesignModel) -> Draw:
    covered = coverage(model, FUNCTIONAL + NONFUNCTIONAL, BOOKSTORE_TRACES)
    return lambda language: coverage_sheet(model, covered, language=language, link=unlinked)


def _covers(model: DesignModel, id: str) -> Draw:
    def draw(language: str) -> Drawing:
        wanted = [one for one in NONFUNCTIONAL if one.id == id]
        overlay = coverage_overlay(coverage(model, wanted, BOOKSTORE_TRACES)[0], language)
        return board(model, overlay=overlay, language=language, link=unlinked)

    return draw


# --- into a directory -------------------------------------------------------------------------------------------------


def file_name(picture: str, language: str, ending: str = "svg") -> str:
    """Name the file of a picture: `board.svg`, and `board.ko.svg` with Korean labels."""
    return f"{picture}.{ending}" if language == "en" else f"{picture}.{language}.{ending}"


def draw_gallery(of: str, directory: Path, only: str, languages: str, theme: str, ending: str) -> int:
    """Draw the pictures of a design into a directory.

    Args:
        of: the design, as `design_of` takes it.
        directory: made if it is not there.
        only: names of pictures, with commas between; empty for all.
        languages: of the labels, with commas between.
        theme: of the pictures.
        ending: the format: `svg`, `png`, `mmd` or `drawio`.

    Raises:
        InvalidField: there is no such picture.
        UnwritableOutput: it cannot be written there.
    """
    pictures = gallery(design_of(of))
    wanted = [name.strip() for name in only.split(",")] if only else list(pictures)
    for name in wanted:
        if name not in pictures:
            raise InvalidField("design", "only", name, f"one of {', '.join(pictures)}")
    for name in wanted:
        for language in languages.split(","):
            save(pictures[name](language.strip()), directory / file_name(name, language.strip(), ending), theme)
    return 0
