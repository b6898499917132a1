"""What customers asked for and got, and how long they waited for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bookdelivery.simulation.plotting.look import (
    BINS,
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    TimeAxis,
    legend,
    logarithmic,
    titled,
)

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

OUTCOMES = {
    "placed": GREEN,
    "answered": GREEN,
    "deferred": ORANGE,
    "declined": PURPLE,
    "refused": SKY,
    "turned_away": YELLOW,
    "timed_out": VERMILION,
    "failed": BLACK,
}
"""The colour of each outcome of a request."""


def main_kind(result: Result) -> str:
    """Say which kind of request is shown: orders, or what there is instead."""
    kinds = result.requests["kind"]
    return "place" if (kinds == "place").any() or not len(kinds) else str(kinds.iloc[0])


def traffic(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw the requests a second, by outcome, stacked."""
    kind = main_kind(result)
    asked = result.requests[result.requests["kind"] == kind]
    width_s = axis.end_s / BINS
    bins = axis.bins(asked["arrived_s"])
    bottom = np.zeros(BINS)
    edges = axis.scaled(axis.edges_s)
    for outcome in dict.fromkeys([*OUTCOMES, *asked["outcome"]]):
        of_these = bins[asked["outcome"] == outcome]
        if not len(of_these):
            continue
        rate = np.bincount(of_these.clip(0, BINS - 1), minlength=BINS) / width_s
        color = OUTCOMES.get(outcome, GREY)
        panel.stairs(bottom + rate, edges, baseline=bottom, fill=True, color=color, label=outcome.replace("_", " "))
        bottom += rate
    titled(panel, f"Answers to '{kind}', by when it was asked", "per second")
    legend(panel)


def latency(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw quantiles of the wait for an answer."""
    kind = main_kind(result)
    asked = result.requests[result.requests["kind"] == kind]
    _quantiles(panel, axis, asked["arrived_s"], asked["latency_s"])
    titled(panel, f"How long the customer waited for the answer to '{kind}'", "seconds")


def staleness(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw quantiles of the time until views showed an event."""
    views = result.views
    _quantiles(panel, axis, views["event_time_s"], views["staleness_s"])
    titled(panel, "How long after an event views showed it, by when it happened", "seconds")


def _quantiles(panel: Axes, axis: TimeAxis, at_s: pd.Series, seconds: pd.Series) -> None:
    inside = at_s < axis.end_s
    grouped = seconds[inside].groupby(axis.bins(at_s[inside]))
    middles = (axis.edges_s[:-1] + axis.edges_s[1:]) / 2
    for quantile, name, color in ((0.5, "median", SKY), (0.95, "95 %", BLUE), (0.99, "99 %", BLACK)):
        values = grouped.quantile(quantile).reindex(range(BINS))
        panel.plot(axis.scaled(middles), values, color=color, linewidth=1.3, label=name)
    if (seconds > 0).any():
        logarithmic(panel)
    legend(panel)
