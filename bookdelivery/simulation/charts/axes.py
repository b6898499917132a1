"""Axes in one style, and what is drawn on them again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.plotting.look import BLACK, LINES
from bookdelivery.simulation.plotting.picture import Picture

WIDTH_IN = 9.0
"""As wide as a notebook's page."""


def chart(title: str, *, x: str, y: str, height_in: float = 3.6) -> tuple[Picture, Axes]:
    """Give a picture and the axes to draw on.

    Args:
        title: what the picture shows, as a finding in a sentence.
        x: what the horizontal axis shows, with its unit.
        y: what the vertical axis shows, with its unit.
        height_in: in inches.
    """
    picture, [axes] = charts(title, [""], x=x, y=y, height_in=height_in)
    return picture, axes


def charts(
    title: str, parts: Sequence[str], *, x: str, y: str, height_in: float = 3.6, alike: bool = True
) -> tuple[Picture, Sequence[Axes]]:
    """Give a picture of several parts side by side, and the axes of each.

    Args:
        title: what the picture shows, as a finding in a sentence.
        parts: what to call each part.
        x: what the horizontal axes show, with its unit.
        y: what the vertical axes show, with its unit.
        height_in: in inches.
        alike: whether all parts have one scale, so that they can be compared at a glance.
    """
    picture = Picture(figsize=(WIDTH_IN, height_in), layout="constrained")
    picture.suptitle(title, x=0.01, ha="left", fontsize=12)
    drawn = np.atleast_1d(picture.subplots(1, len(parts), sharex=alike, sharey=alike)).tolist()
    for place, (axes, part) in enumerate(zip(drawn, parts, strict=True)):
        axes.set_prop_cycle(color=LINES)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_title(part, loc="left", fontsize=10)
        axes.set_xlabel(x)
        if place == 0 or not alike:
            axes.set_ylabel(y)
    return picture, drawn


def intervals(
    axes: Axes, table: pd.DataFrame, *, x: str, label: str = "", color: str | None = None, joined: bool = True
) -> None:
    """Draw estimates with their intervals.

    Args:
        axes: on what.
        table: with the columns value, low and high, as `summary()` of an experiment gives it.
        x: the column of the horizontal places.
        label: for the legend.
        color: of the dots; the next one by default.
        joined: whether a line joins them.

    Raises:
        InvalidField: a column is not there.
    """
    for column in (x, "value", "low", "high"):
        if column not in table.columns:
            raise InvalidField("intervals", "table", column, f"among its columns, which are {', '.join(table.columns)}")
    shown = table.sort_values(x, kind="stable")
    value = shown["value"].to_numpy("float64")
    reach = np.vstack([value - shown["low"].to_numpy("float64"), shown["high"].to_numpy("float64") - value])
    # An estimate beyond its own interval, as rounding can make it, has no reach to that side.
    axes.errorbar(
        shown[x],
        value,
        yerr=np.maximum(reach, 0.0),
        marker="o",
        markersize=4,
        capsize=3,
        linestyle="-" if joined else "none",
        label=label,
        color=color,
    )


def mark(axes: Axes, text: str, at: tuple[Any, Any], *, away: tuple[float, float] = (14.0, 18.0)) -> None:
    """Point at something, and say what it is.

    Args:
        axes: on what.
        text: what to say, in a few words.
        at: the place, in the axes' own units.
        away: where the words begin from there, in points to the right and up.
    """
    arrow = {"arrowstyle": "-", "color": BLACK, "linewidth": 0.8}
    axes.annotate(text, xy=at, xytext=away, textcoords="offset points", fontsize=9, color=BLACK, arrowprops=arrow)
