"""Counting what happened in slices of time, for bars."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from bookdelivery.requirements.figures.canvas import BAD, GOOD, PLAIN, WAIT

OUTCOMES = {
    "placed": ("stands, paid", GOOD),
    "deferred": ("put off", WAIT),
    "declined": ("declined", PLAIN),
    "no answer": ("no answer", BAD),
}
"""What may become of an order's or a payment's request, how it is called and drawn."""

Counts = npt.NDArray[np.float64]


def per_slice(times_s: pd.Series, edges: Counts) -> Counts:
    """Count moments in each slice between two edges, as a rate per minute."""
    counts, _ = np.histogram(times_s.to_numpy("float64"), bins=edges)
    rate: Counts = counts / (edges[1] - edges[0]) * 60.0
    return rate


def edges_of(lasts: float, slice_: float) -> Counts:
    """Give the edges of slices from 0 on."""
    return np.arange(0.0, lasts + slice_, slice_)


def stack_outcomes(axes: Axes, requests: pd.DataFrame, edges: Counts, unit: float = 1.0) -> None:
    """Draw what became of requests, slice by slice, as stacked bars.

    Args:
        axes: where.
        requests: with `arrived_s` and `outcome`.
        edges: of the slices, in seconds.
        unit: seconds in one unit of the time axis.
    """
    kinds = requests["outcome"].where(requests["outcome"].isin(list(OUTCOMES)), "no answer")
    bottom: Counts = np.zeros(len(edges) - 1)
    for kind, (words, colour) in OUTCOMES.items():
        height = per_slice(requests.loc[kinds == kind, "arrived_s"], edges)
        if height.any():
            width = (edges[1] - edges[0]) / unit
            axes.bar(edges[:-1] / unit, height, width, bottom, align="edge", color=colour, lw=0, label=words)
        bottom = bottom + height


def thinned(values: pd.DataFrame, column: str, most: int = 900) -> pd.DataFrame:
    """Leave out points of a cloud, evenly, until about so many are left; the slowest 1 % always stay."""
    if len(values) <= most:
        return values
    slow = values[column] >= values[column].quantile(0.99)
    kept: pd.DataFrame = values.loc[slow | (np.arange(len(values)) % -(-len(values) // most) == 0)]
    return kept


def share_within(values: pd.Series, level: float) -> float:
    """Give the figure that a share of values stays within."""
    return float(values.quantile(level)) if len(values) else float("nan")
