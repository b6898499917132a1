"""A run at a glance: small multiples over one time axis, with the faults named on top and shaded in every panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
from matplotlib.axes import Axes

from bookdelivery.simulation.plotting import machinery, operating, traffic
from bookdelivery.simulation.plotting.look import TimeAxis, shade
from bookdelivery.simulation.plotting.picture import Picture

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

_INCHES = 1.2
"""Of one unit of height."""


@attrs.frozen
class Panel:
    """One of the small multiples.

    Attributes:
        draw: draws it.
        height: gives its height for a result, 0 where there is nothing to show.
    """

    draw: Callable[[Axes, Result, TimeAxis], None]
    height: Callable[[Result], float]


def _lanes_high(number: int) -> float:
    return 0.4 + 0.18 * number if number else 0.0


PANELS: Mapping[str, Panel] = {
    "faults": Panel(operating.faults, lambda result: _lanes_high(len(operating.fault_lanes(result)))),
    "traffic": Panel(traffic.traffic, lambda _: 2.0),
    "latency": Panel(traffic.latency, lambda _: 1.6),
    "alerts": Panel(operating.alerts, lambda result: _lanes_high(len(operating.alert_lanes(result)))),
    "breakers": Panel(machinery.breakers, lambda result: _lanes_high(len(machinery.breaker_lanes(result)))),
    "policies": Panel(machinery.policies, lambda result: 1.5 if machinery.policy_rates(result) else 0.0),
    "lag": Panel(machinery.lag, lambda result: 1.5 if result.queues["lag"].any() else 0.0),
    "queues": Panel(machinery.queues, lambda result: 1.5 if result.queues["waiting"].any() else 0.0),
    "pods": Panel(operating.pods, operating.pods_height),
    "scaling": Panel(operating.scaling, lambda result: 1.6 if len(result.scaling) else 0.0),
    "staleness": Panel(traffic.staleness, lambda result: 1.5 if len(result.views) else 0.0),
}
"""All panels by name, from top to bottom."""


def timeline(result: Result) -> Picture:
    """Draw all panels that have something to show."""
    return _drawn(result, list(PANELS))


def single(result: Result, name: str) -> Picture:
    """Draw one panel, with the faults above it."""
    return _drawn(result, list(dict.fromkeys(["faults", name])), asked=name)


def _drawn(result: Result, names: Sequence[str], asked: str = "") -> Picture:
    axis = TimeAxis.of(result)
    shown = [(PANELS[name], PANELS[name].height(result)) for name in names]
    shown = [(panel, height) for panel, height in shown if height]
    heights = [height for _, height in shown]
    # A figure needs a little room of its own even where a panel is all there is.
    figure = Picture(figsize=(11, _INCHES * sum(heights) + 1.0), layout="constrained")
    if not shown or (asked and not PANELS[asked].height(result)):
        figure = Picture(figsize=(11, 1.2), layout="constrained")
        figure.text(0.01, 0.3, f"There is nothing to show: {asked}", fontsize=10)
        figure.suptitle(_title(result, axis), x=0.01, ha="left", fontsize=12)
        return figure
    axes: Sequence[Axes] = np.atleast_1d(figure.subplots(len(shown), 1, sharex=True, height_ratios=heights)).tolist()
    for (panel, _), place in zip(shown, axes, strict=True):
        place.spines[["top", "right"]].set_visible(False)
        place.grid(axis="y", alpha=0.25, linewidth=0.6)
        panel.draw(place, result, axis)
        shade(place, result, axis)
        place.margins(x=0)
    axes[-1].set_xlabel(f"time in {axis.unit}")
    axes[-1].set_xlim(0, axis.scaled(axis.end_s))
    figure.suptitle(_title(result, axis), x=0.01, ha="left", fontsize=12)
    return figure


def _title(result: Result, axis: TimeAxis) -> str:
    scenario = result.scenario
    describe = getattr(scenario.load, "describe", None)
    load = describe() if callable(describe) else type(scenario.load).__name__
    ended = f"{axis.scaled(result.world.ended_s):,.4g} {axis.unit}"
    how = f"all settled at {ended}" if result.drained else f"not settled at {ended}"
    lasts = f"{axis.scaled(scenario.lasts):,.4g} {axis.unit}"
    name = scenario.title or result.system.name
    orders, requests = len(result.orders), len(result.requests)
    number = f"{orders:,} orders" if orders or not requests else f"{requests:,} requests"
    return f"{name}\n{load} for {lasts}, {number}; {how} (seed {scenario.seed})"
