"""An order's story as a sequence diagram."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from bookdelivery.simulation.plotting.look import SHADE
from bookdelivery.simulation.plotting.picture import Picture
from bookdelivery.simulation.story import Kind, Step, Story

_EVENT, _COMMAND, _ACTOR, _INK, _LINE = "#F1A746", "#5099F7", "#F8D454", "#14181D", "#6B7682"
"""The colours of sticky notes that readers of an event-storming board know."""

_ROW, _GAP = 0.42, 0.55
"""Inches of a row, and more of them where time passes that is worth a word."""

_WORTH_A_WORD_S = 0.5


def sequence_diagram(story: Story) -> Picture:
    """Draw a story: time runs downwards, not to scale; where much of it passes the diagram says how much."""
    scale = _Scale(story.steps)
    width = max(6.0, 1.9 * len(story.cast) + 1.6)
    figure = Picture(figsize=(width, scale.height + 1.5), layout="constrained")
    panel = figure.subplots()
    panel.set_xlim(-0.95, len(story.cast) - 0.35)
    panel.set_ylim(scale.height + 0.35, -0.85)
    panel.axis("off")
    figure.suptitle(story.title, x=0.01, ha="left", fontsize=12)
    _shade(panel, story, scale)
    _lifelines(panel, story.cast, scale)
    _times(panel, scale)
    places = {name: place for place, name in enumerate(story.cast)}
    for step in story.steps:
        _DRAW[step.kind](panel, step, places[step.source], places[step.target], scale)
    return figure


class _Scale:
    """Where each step stands: rows one below the other, with room for the time between them."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._rows: dict[tuple[float, int], float] = {}
        self._first: dict[float, float] = {}
        self.gaps: list[tuple[float, float]] = []
        y, before_s = 0.0, None
        for key in sorted({_row(step) for step in steps}):
            at_s = key[0]
            if before_s is not None:
                y += _ROW
                if at_s - before_s >= _WORTH_A_WORD_S:
                    self.gaps.append((y - _ROW + (_ROW + _GAP) / 2, at_s - before_s))
                    y += _GAP
            self._rows[key] = y
            self._first.setdefault(at_s, y)
            before_s = at_s
        self.height = y

    def times(self) -> list[tuple[float, float]]:
        """Each moment with its place."""
        return list(self._first.items())

    def of(self, step: Step) -> float:
        """The place of a step's beginning, in inches from the first one."""
        return self._rows[_row(step)]

    def y(self, at_s: float) -> float:
        """The place of a moment; one after the last is a little below it."""
        moments = list(self._first)
        if not moments or at_s > moments[-1]:
            return self.height + 0.2
        return float(np.interp(at_s, moments, list(self._first.values())))


def _row(step: Step) -> tuple[float, int]:
    # An answer, what is stated, and a new request of the same moment do not stand on one line.
    return step.begin_s, {Kind.ANSWER: 0, Kind.REQUEST: 2}.get(step.kind, 1)


def _lifelines(panel: Axes, cast: Sequence[str], scale: _Scale) -> None:
    for place, name in enumerate(cast):
        is_person = name in {"customers", "people"}
        panel.plot(
            [place, place], [-0.45, scale.height + 0.3], color=_LINE, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1
        )
        label = {"customers": "customer"}.get(name, name)
        box = {"boxstyle": "round,pad=0.35", "facecolor": _ACTOR if is_person else "#E4E9EF", "edgecolor": _LINE}
        panel.text(place, -0.6, label, ha="center", va="center", fontsize=9.5, color=_INK, bbox=box)


def _times(panel: Axes, scale: _Scale) -> None:
    times = scale.times()
    for at_s, y in times:
        panel.text(-0.92, y, f"{at_s - times[0][0]:,.3f} s", ha="left", va="center", fontsize=7.5, color=_LINE)
    for y, seconds in scale.gaps:
        panel.text(-0.92, y, f"⋮ {_span(seconds)} later", ha="left", va="center", fontsize=7.5, color=_INK)


def _span(seconds: float) -> str:
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.1f} s"


def _shade(panel: Axes, story: Story, scale: _Scale) -> None:
    beginnings: list[float] = []
    for label, begin_s, end_s in story.troubles:
        top, bottom = max(-0.3, scale.y(begin_s)), scale.y(end_s)
        # Troubles that begin together are named below one another.
        down = 0.04 + 0.2 * beginnings.count(top)
        beginnings.append(top)
        panel.axhspan(top, max(bottom, top + 0.08), color=SHADE, alpha=0.15, linewidth=0, zorder=0)
        panel.text(
            len(story.cast) - 0.37, top + down, label, ha="right", va="top", fontsize=8, style="italic", color=_INK
        )


def _request(panel: Axes, step: Step, source: int, target: int, scale: _Scale) -> None:
    _arrow(panel, (source, scale.of(step)), (target, scale.of(step)), _COMMAND, "-")
    _over(panel, step.label, source, target, scale.of(step), weight="bold")


def _answer(panel: Axes, step: Step, source: int, target: int, scale: _Scale) -> None:
    _arrow(panel, (source, scale.of(step)), (target, scale.of(step)), _COMMAND, (0, (3, 2)))
    _over(panel, step.label, source, target, scale.of(step), weight="normal")


def _event(panel: Axes, step: Step, source: int, target: int, scale: _Scale) -> None:  # noqa: ARG001
    box = {"boxstyle": "square,pad=0.3", "facecolor": _EVENT, "edgecolor": "none"}
    panel.text(source, scale.of(step), step.label, ha="center", va="center", fontsize=8, color=_INK, bbox=box, zorder=4)


def _heard(panel: Axes, step: Step, source: int, target: int, scale: _Scale) -> None:
    begin = scale.of(step)
    if step.end_s != step.end_s:
        panel.text(target, begin, "×", ha="center", va="center", fontsize=12, color="#D55E00", zorder=3)
        _over(panel, f"{step.label} never handled", source, target, begin, weight="normal")
        return
    end = max(scale.y(step.end_s), begin)
    if source == target:
        panel.plot([source], [end], marker="o", markersize=4, color=_EVENT, zorder=3)
    else:
        _arrow(panel, (source, begin), (target, end), _EVENT, (0, (1.5, 1.5)))


_DRAW = {Kind.REQUEST: _request, Kind.ANSWER: _answer, Kind.EVENT: _event, Kind.HEARD: _heard}


def _arrow(
    panel: Axes,
    begin: tuple[float, float],
    end: tuple[float, float],
    color: str,
    style: str | tuple[float, tuple[float, ...]],
) -> None:
    look = {"arrowstyle": "-|>", "color": color, "linewidth": 1.5, "linestyle": style, "shrinkA": 0, "shrinkB": 0}
    panel.annotate("", xy=end, xytext=begin, arrowprops=look, zorder=2)


def _over(panel: Axes, label: str, source: int, target: int, y: float, *, weight: str) -> None:
    # Beside its beginning, where no other line of the step crosses it.
    side = 1 if target > source else -1
    panel.text(
        source + side * 0.5,
        y - 0.05,
        label,
        ha="center",
        va="bottom",
        fontsize=8,
        color=_INK,
        fontweight=weight,
        zorder=5,
    )
