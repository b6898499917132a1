"""A figure over two settings at once, one field a combination."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.charts.axes import WIDTH_IN
from bookdelivery.simulation.plotting.look import VERMILION
from bookdelivery.simulation.plotting.picture import Picture

_COLOURS = "cividis"
"""Grows evenly lighter, for people with colour-blindness and on paper too (Nuñez and others, PLOS ONE 13, 2018)."""


def heat_map(
    table: pd.DataFrame,
    *,
    x: str,
    y: str,
    value: str = "value",
    title: str,
    unit: str,
    names: Mapping[str, str] | None = None,
    cells: str = "{:.3g}",
    marked: tuple[Any, Any] | None = None,
) -> Picture:
    """Draw a figure over two settings, with its number in each field.

    Args:
        table: one row a combination.
        x: the column of the setting that is drawn to the right, in the order of its values.
        y: the column of the setting that is drawn upwards.
        value: the column of the figure.
        title: what the picture shows, as a finding in a sentence.
        unit: what the figure is, with its unit.
        names: what to call x and y, with their units, where that is not their column.
        cells: how numbers are written into the fields, as `str.format` has it.
        marked: the x and y of the field that was chosen; it gets a frame.

    Raises:
        InvalidField: a column is not there, a combination is there twice, or the marked one is not there.
    """
    for column in (x, y, value):
        if column not in table.columns:
            allowed = f"among its columns, which are {', '.join(map(str, table.columns))}"
            raise InvalidField("heat_map", "table", column, allowed)
    if table.duplicated([x, y]).any():
        raise InvalidField("heat_map", "table", f"two rows for one {x} and {y}", "one row a combination")
    fields = table.pivot_table(index=y, columns=x, values=value, dropna=False, aggfunc="first")
    if marked is not None and not (marked[0] in fields.columns and marked[1] in fields.index):
        raise InvalidField("heat_map", "marked", marked, f"an {x} and a {y} of the table")
    called = names or {}
    picture = Picture(figsize=(WIDTH_IN, 1.6 + 0.5 * len(fields.index)), layout="constrained")
    picture.suptitle(title, x=0.01, ha="left", fontsize=12)
    axes = picture.subplots()
    numbers = fields.to_numpy("float64")
    image = axes.imshow(numbers, cmap=_COLOURS, aspect="auto", origin="lower")
    picture.colorbar(image, ax=axes, label=unit, pad=0.02)
    axes.set_xticks(range(len(fields.columns)), [_told(each) for each in fields.columns])
    axes.set_yticks(range(len(fields.index)), [_told(each) for each in fields.index])
    axes.set_xlabel(called.get(x, x))
    axes.set_ylabel(called.get(y, y))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    middle = (np.nanmin(numbers) + np.nanmax(numbers)) / 2
    for (row, column), number in np.ndenumerate(numbers):
        if np.isfinite(number):
            ink = "black" if number > middle else "white"
            axes.text(column, row, cells.format(number), ha="center", va="center", fontsize=9, color=ink)
    if marked is not None:
        right, up = list(fields.columns).index(marked[0]), list(fields.index).index(marked[1])
        axes.add_patch(Rectangle((right - 0.5, up - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=3))
    return picture


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
