"""A run at a glance: small multiples over one time axis, with the faults shaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

# Okabe and Ito's palette (Color Universal Design, 2008), which people with colour-blindness can tell apart.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#B8B8B8"

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

STATES = {"closed": GREEN, "half-open": YELLOW, "open": VERMILION, "forced-open": PURPLE, "disabled": GREY}
"""The colour of each state of a circuit breaker."""

LINES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)

_BINS = 120
_UNITS = ((3 * 3600.0, 3600.0, "h"), (600.0, 60.0, "min"), (0.0, 1.0, "s"))


@attrs.frozen
class TimeAxis:
    """The part of the run that is shown.

    Attributes:
        end_s: where it ends, in seconds; it begins at 0.
        unit_s: the seconds of one unit of the axis.
        unit: the unit's name.
    """

    end_s: float
    unit_s: float
    unit: str

    @classmethod
    def of(cls, result: Result) -> TimeAxis:
        """Show the load and the faults, and a good part of what came after them."""
        busy_s = max([result.scenario.lasts, *result.faults["end_s"]])
        end_s = min(result.world.ended_s, 1.3 * busy_s)
        unit_s, unit = next((seconds, name) for least_s, seconds, name in _UNITS if end_s >= least_s)
        return cls(end_s, unit_s, unit)

    @property
    def edges_s(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The limits of the bins in which things are counted, in seconds."""
        return np.linspace(0.0, self.end_s, _BINS + 1)

    def bins(self, times_s: pd.Series) -> pd.Series:
        """Say which bin each moment falls into."""
        return pd.Series(np.digitize(times_s, self.edges_s) - 1, index=times_s.index)

    def scaled(self, times_s: Any) -> Any:
        """Turn seconds into the axis's unit."""
        return np.asarray(times_s, dtype="float64") / self.unit_s


def plot(result: Result) -> Figure:
    """Draw a run: what customers asked for and got, how long it took, what breakers and queues did meanwhile."""
    axis = TimeAxis.of(result)
    panels: list[tuple[float, Callable[[Axes, Result, TimeAxis], None]]] = [(2.0, _answers), (1.6, _latency)]
    if len(result.faults):
        panels.insert(0, (0.4 + 0.18 * len(result.faults), _faults))
    if len(result.breakers):
        lanes = len(_lanes(result))
        panels.append((0.5 + 0.22 * lanes, _breakers))
    if len(result.queues):
        panels += [(1.5, _lag), (1.5, _waiting)]
    if len(result.views):
        panels.append((1.5, _staleness))
    heights = [height for height, _ in panels]
    figure = Figure(figsize=(11, 1.2 * sum(heights) + 1.0), layout="constrained")
    axes: Sequence[Axes] = np.atleast_1d(figure.subplots(len(panels), 1, sharex=True, height_ratios=heights)).tolist()
    for (_, draw), panel in zip(panels, axes, strict=True):
        draw(panel, result, axis)
        _shade(panel, result, axis)
        panel.spines[["top", "right"]].set_visible(False)
        panel.margins(x=0)
        panel.grid(axis="y", alpha=0.25, linewidth=0.6)
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
    return f"{result.system.name}: {load} for {lasts}, {len(result.orders):,} orders; {how} (seed {scenario.seed})"


def _main_kind(result: Result) -> str:
    kinds = result.requests["kind"]
    return "place" if (kinds == "place").any() or not len(kinds) else str(kinds.iloc[0])


def _answers(panel: Axes, result: Result, axis: TimeAxis) -> None:
    kind = _main_kind(result)
    asked = result.requests[result.requests["kind"] == kind]
    width_s = axis.end_s / _BINS
    bins = axis.bins(asked["arrived_s"])
    bottom = np.zeros(_BINS)
    for outcome in dict.fromkeys([*OUTCOMES, *asked["outcome"]]):
        of_these = bins[asked["outcome"] == outcome]
        if not len(of_these):
            continue
        rate = np.bincount(of_these.clip(0, _BINS - 1), minlength=_BINS) / width_s
        color = OUTCOMES.get(outcome, GREY)
        edges = axis.scaled(axis.edges_s)
        panel.stairs(bottom + rate, edges, baseline=bottom, fill=True, color=color, label=outcome.replace("_", " "))
        bottom += rate
    panel.set_title(f"Answers to '{kind}', by when it was asked", loc="left", fontsize=10)
    panel.set_ylabel("per second")
    _legend(panel)


def _latency(panel: Axes, result: Result, axis: TimeAxis) -> None:
    kind = _main_kind(result)
    asked = result.requests[result.requests["kind"] == kind]
    _quantiles(panel, axis, asked["arrived_s"], asked["latency_s"])
    panel.set_title(f"How long the customer waited for the answer to '{kind}'", loc="left", fontsize=10)


def _staleness(panel: Axes, result: Result, axis: TimeAxis) -> None:
    views = result.views
    _quantiles(panel, axis, views["event_time_s"], views["staleness_s"])
    panel.set_title("How long after an event views showed it, by when it happened", loc="left", fontsize=10)


def _quantiles(panel: Axes, axis: TimeAxis, at_s: pd.Series, seconds: pd.Series) -> None:
    inside = at_s < axis.end_s
    grouped = seconds[inside].groupby(axis.bins(at_s[inside]))
    middles = (axis.edges_s[:-1] + axis.edges_s[1:]) / 2
    for quantile, name, color in ((0.5, "median", SKY), (0.95, "95 %", BLUE), (0.99, "99 %", BLACK)):
        values = grouped.quantile(quantile).reindex(range(_BINS))
        panel.plot(axis.scaled(middles), values, color=color, linewidth=1.3, label=name)
    panel.set_yscale("log")
    panel.set_ylabel("seconds")
    _legend(panel)


def _lanes(result: Result) -> list[tuple[str, str]]:
    return sorted(set(zip(result.breakers["pod"], result.breakers["call"], strict=True)))


def _breakers(panel: Axes, result: Result, axis: TimeAxis) -> None:
    lanes = _lanes(result)
    gone = result.pods[result.pods["change"].isin(["killed", "failed"])]
    for row, (pod, call) in enumerate(lanes):
        of_it = result.breakers[(result.breakers["pod"] == pod) & (result.breakers["call"] == call)]
        changes = [(at, state) for at, state in zip(of_it["time_s"], of_it["state"], strict=True)]
        changes += [(at, "") for at in gone.loc[gone["pod"] == pod, "time_s"]]
        changes.sort(key=lambda change: change[0])
        for (begin, state), (end, _) in zip(changes, [*changes[1:], (axis.end_s, "")], strict=True):
            if state:
                spans = [(axis.scaled(begin), axis.scaled(end - begin))]
                panel.broken_barh(spans, (row - 0.35, 0.7), color=STATES.get(state, GREY))
    panel.set_yticks(range(len(lanes)), [f"{pod}: {call}" for pod, call in lanes], fontsize=8)
    panel.set_ylim(-0.6, len(lanes) - 0.4)
    panel.set_title("Circuit breakers", loc="left", fontsize=10)
    seen = [state for state in STATES if (result.breakers["state"] == state).any()]
    _legend(panel, [Patch(color=STATES[state], label=state) for state in seen])


def _lag(panel: Axes, result: Result, axis: TimeAxis) -> None:
    _by_context(panel, result, axis, "lag")
    panel.set_title(
        "Messages in the topic not handled yet, by context (those that never had any are left out)",
        loc="left",
        fontsize=10,
    )
    panel.set_ylabel("messages")


def _waiting(panel: Axes, result: Result, axis: TimeAxis) -> None:
    _by_context(panel, result, axis, "waiting")
    panel.set_title("Operations that wait for a worker, by context", loc="left", fontsize=10)
    panel.set_ylabel("operations")


def _by_context(panel: Axes, result: Result, axis: TimeAxis, column: str) -> None:
    queues = result.queues
    queues = queues[queues["time_s"] <= axis.end_s]
    for color, context in zip(LINES * 9, dict.fromkeys(queues["context"]), strict=False):
        of_it = queues[queues["context"] == context]
        if not of_it[column].any():
            continue
        panel.plot(axis.scaled(of_it["time_s"]), of_it[column], color=color, linewidth=1.2, label=context)
    panel.set_ylim(bottom=0)
    _legend(panel)


def _windows(result: Result) -> list[tuple[str, float, float]]:
    """Each fault's label, beginning and end in seconds, by beginning."""
    faults = result.faults
    windows = zip(faults["label"].tolist(), faults["start_s"].tolist(), faults["end_s"].tolist(), strict=True)
    return sorted(windows, key=lambda window: window[1])


def _faults(panel: Axes, result: Result, axis: TimeAxis) -> None:
    windows = _windows(result)
    for row, (label, begin_s, end_s) in enumerate(reversed(windows)):
        length_s = max(min(end_s, axis.end_s) - begin_s, axis.end_s / 500)
        panel.broken_barh([(begin_s / axis.unit_s, length_s / axis.unit_s)], (row - 0.3, 0.6), color="#707070")
        gap_s = axis.end_s / 150
        at_s, side = (begin_s - gap_s, "right") if begin_s > axis.end_s / 2 else (begin_s + length_s + gap_s, "left")
        panel.text(at_s / axis.unit_s, row, label, ha=side, va="center", fontsize=8)
    panel.set_yticks([])
    panel.set_ylim(-0.6, len(windows) - 0.4)
    panel.set_title("Faults", loc="left", fontsize=10)


def _shade(panel: Axes, result: Result, axis: TimeAxis) -> None:
    for _, begin_s, end_s in _windows(result):
        length_s = max(min(end_s, axis.end_s) - begin_s, axis.end_s / 500)
        begin = begin_s / axis.unit_s
        panel.axvspan(begin, begin + length_s / axis.unit_s, color="#707070", alpha=0.15, linewidth=0)


def _legend(panel: Axes, handles: Sequence[Artist] | None = None) -> None:
    shown = handles if handles is not None else panel.get_legend_handles_labels()[0]
    if shown:
        panel.legend(handles=shown, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
