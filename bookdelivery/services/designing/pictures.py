"""The work behind those `design` commands that draw."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from rich.console import Console
from rich.text import Text

from bookdelivery.design.configuration import embedded, read_configuration, with_adapters
from bookdelivery.design.coverage import Coverage, coverage
from bookdelivery.design.drawing import (
    Drawing,
    Overlay,
    Step,
    board,
    comparison_overlay,
    context_map,
    coverage_overlay,
    coverage_sheet,
    draw_flow,
    hexagon,
    impact_overlay,
    lifecycle,
    organisation,
)
from bookdelivery.design.flow import flow
from bookdelivery.design.impact import Effect, Impact, impact
from bookdelivery.design.model import DesignModel
from bookdelivery.design.observed import Comparison
from bookdelivery.design.traces import BOOKSTORE_TRACES
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import FUNCTIONAL, NONFUNCTIONAL
from bookdelivery.requirements.requirement import select
from bookdelivery.services.designing.source import design_of
from bookdelivery.services.designing.text import print_frame, unwritable

COLOURS = {Effect.STOPS: "bold red", Effect.WAITS: "yellow", Effect.STALE: "cyan", Effect.UNHARMED: "green"}


def save(drawing: Drawing, output: Path, theme: str) -> None:
    """Write a drawing and say where it is.

    Raises:
        InvalidField: the file's name ends in something else than a format's.
        UnwritableReport: it cannot be written there.
    """
    with unwritable(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        # A picture for a screen or a printer has no reader whose own setting could be asked.
        if output.suffix.lower() == ".png" and theme == "auto":
            theme = "light"
        drawing.save(output, theme=theme)
    Console(stderr=True).print(Text(f"{output}"), soft_wrap=True)


def draw_board(of: str, output: Path, step: int, covers: str, without: str, language: str, theme: str) -> int:
    """Draw the event-storming board.

    Raises:
        InvalidField: the step is no number from 1 to 6, both overlays are asked for, or the requirement is unknown.
    """
    if step not in {one.value for one in Step}:
        raise InvalidField("design", "step", step, "a step from 1 to 6")
    if covers and without:
        raise InvalidField("design", "without", without, "given together with --covers")
    model = design_of(of)
    overlay = Overlay(heading="")
    if covers:
        overlay = coverage_overlay(_covered(model, covers)[0], language)
    elif without:
        overlay = impact_overlay(model, impact(model, *(one.strip() for one in without.split(","))), language)
    save(board(model, step=step, overlay=overlay, language=language), output, theme)
    return 0


def draw_context_map(of: str, output: Path, language: str, theme: str) -> int:
    """Draw the context map."""
    save(context_map(design_of(of), language=language), output, theme)
    return 0


def draw_hexagons(of: str, context: str, adapters: Path | None, output: Path, language: str, theme: str) -> int:
    """Draw the hexagon of one context, or of each into a file of its own (`hexagon-order.svg`).

    Raises:
        UnreadableConfiguration: the file of adapters cannot be read, or has none in it.
        InvalidField: it names something for a port that is no URL.
    """
    model = design_of(of)
    model = with_adapters(model, embedded(model) if adapters is None else read_configuration(adapters))
    if context:
        save(hexagon(model, context, language=language), output, theme)
        return 0
    for one in model.contexts():
        save(hexagon(model, one.id, language=language), output.with_stem(f"{output.stem}-{one.name}"), theme)
    return 0


def draw_lifecycle(of: str, aggregate: str, output: Path, language: str, theme: str) -> int:
    """Draw the states of an aggregate."""
    save(lifecycle(design_of(of), aggregate, language=language), output, theme)
    return 0


def draw_organisation(of: str, view: str, output: Path, language: str, theme: str) -> int:
    """Draw the teams."""
    save(organisation(design_of(of), view, language=language), output, theme)
    return 0


def tell_coverage(of: str, output: Path | None, language: str, theme: str) -> int:
    """Tell which requirements are covered, and draw it if asked; 1 if one is not."""
    model = design_of(of)
    covered = _covered(model)
    console = Console()
    for one in covered:
        mark = Text("covered     " if one.covered else "not covered ", style="green" if one.covered else "bold red")
        wish = one.requirement.korean if language == "ko" else one.requirement.text
        console.print(Text(f"{one.requirement.id}  ") + mark + Text(wish), soft_wrap=True)
        for evidence in one.evidence:
            console.print(Text(f"    {'✓' if evidence.holds else '✗'} {evidence.because}", style="dim"), soft_wrap=True)
    if output is not None:
        save(coverage_sheet(model, covered, language=language), output, theme)
    return 0 if all(one.covered for one in covered) else 1


def _covered(model: DesignModel, ids: str = "") -> tuple[Coverage, ...]:
    asked = FUNCTIONAL + NONFUNCTIONAL
    wanted = select(ids.split(","), asked) if ids else asked
    return tuple(coverage(model, wanted, BOOKSTORE_TRACES))


def tell_flow(of: str, begins: str, people: bool, form: str, output: Path | None, language: str, theme: str) -> int:
    """Tell what something leads to, and draw it if asked."""
    found = flow(design_of(of), begins, people=people)
    if form == "table":
        print_frame(found.to_pandas())
    else:
        sys.stdout.write(found.to_text(language))
    if output is not None:
        save(draw_flow(found, language=language), output, theme)
    return 0


def tell_impact(
    of: str, what: tuple[str, ...], adapters: Path | None, form: str, output: Path | None, language: str, theme: str
) -> int:
    """Say what becomes of everything, and draw it if asked.

    Raises:
        UnreadableConfiguration: the file of adapters cannot be read, or has none in it.
    """
    model = design_of(of)
    if adapters is not None:
        model = with_adapters(model, read_configuration(adapters))
    found = impact(model, *what)
    if form == "json":
        rows = found.to_pandas().to_dict("records")
        document = {"asked": found.asked, "gone": list(found.gone), "consequences": rows}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    else:
        _print_impact(found, language)
    if output is not None:
        save(board(model, overlay=impact_overlay(model, found, language), language=language), output, theme)
    return 0


def draw_observed(model: DesignModel, compared: Comparison, output: Path, language: str, theme: str) -> None:
    """Draw what was seen of a run on the board."""
    save(board(model, overlay=comparison_overlay(model, compared, language), language=language), output, theme)


def _print_impact(found: Impact, language: str) -> None:
    console = Console()
    console.print(Text(f"Without {found.asked} ({', '.join(found.gone)}):", style="bold"), soft_wrap=True)
    for one in found.harmed():
        effect = Text(f"{one.effect:<6} ", style=COLOURS[one.effect])
        name = Text(f"{one.node.kind} {one.node.label(language)}: ")
        console.print(effect + name + Text(one.because), soft_wrap=True)
        if len(one.path) > 1:
            console.print(Text("         " + " <- ".join(one.path[1:]), style="dim"), soft_wrap=True)
    well = ", ".join(one.node.label(language) for one in found.of(Effect.UNHARMED)) or "nothing"
    console.print(Text("unharmed ", style=COLOURS[Effect.UNHARMED]) + Text(well), soft_wrap=True)
