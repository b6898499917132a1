"""Drawing with matplotlib, without any state that is shared, and turning the drawing into SVG for a page."""

from __future__ import annotations

import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookdelivery.simulation.plotting.fonts import families

# Each colour stands for a CSS variable of the page, so that a plot fits a light and a dark page alike.
INK, GRID, SHADE = "#010101", "#020202", "#030303"
GOOD, WAIT, BAD, CALM, PLAIN = "#040404", "#050505", "#060606", "#070707", "#080808"

_VARIABLES = {
    INK: "--ink",
    GRID: "--grid",
    SHADE: "--shade",
    GOOD: "--good",
    WAIT: "--wait",
    BAD: "--bad",
    CALM: "--calm",
    PLAIN: "--plain",
}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 1.2,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@contextmanager
def canvas(height_in: float = 2.6) -> Generator[Axes, None, None]:
    """Give axes to draw on, of the width that a column of the page has."""
    with mpl.rc_context({**_STYLE, "font.family": families()}):
        figure = Figure(figsize=(5.0, height_in), layout="constrained")
        yield figure.add_subplot()


def svg_of(axes: Axes, name: str) -> str:
    """Turn a drawing into SVG to stand in a page.

    Args:
        axes: drawn on, within `canvas`.
        name: unique in the page; makes the drawing's inner references its own.
    """
    buffer = io.StringIO()
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: var(--font)", svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 var(--font)", svg)
    svg = re.sub(r'^<svg([^>]*?) width="[^"]*"', r"<svg\1", svg, count=1)
    svg = re.sub(r'^<svg([^>]*?) height="[^"]*"', r"<svg\1", svg, count=1)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    # Single digits after the point are finer than a screen's dots.
    return re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)


def shade(axes: Axes, begin: float, end: float, what: str) -> None:
    """Shade a time of trouble, and say what it is."""
    axes.axvspan(begin, end, color=SHADE, lw=0, zorder=0, label=what)


def legend_above(axes: Axes, columns: int = 2) -> None:
    """Put the legend above the drawing, where it covers nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns, borderaxespad=0.2, columnspacing=1.2)
