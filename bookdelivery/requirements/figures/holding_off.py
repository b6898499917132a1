"""The plots of N3: what customers were told, how soon, what the breakers did, and what piled up at payment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from bookdelivery.requirements.figures.canvas import (
    BAD,
    CALM,
    GOOD,
    PLAIN,
    WAIT,
    canvas,
    legend_above,
    shade,
    svg_of,
)
from bookdelivery.requirements.figures.counting import edges_of, share_within, stack_outcomes, thinned
from bookdelivery.requirements.nonfunctional.holding_off import AT_S, LASTS_S, OVER_S
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.simulation.plotting.fonts import label

OVERLOAD = label("payment overloaded", "결제 과부하")
STATES = {"closed": GOOD, "half-open": WAIT, "open": BAD}


def holding_off_plots(seen: Observation) -> Sequence[Plot]:
    """Draw them from one run's tables."""
    return (_told(seen), _latency(seen), _breakers(seen), _queue(seen))


def _overload(axes: Axes) -> None:
    shade(axes, AT_S, OVER_S, OVERLOAD)
    axes.set_xlim(0, LASTS_S)
    axes.set_xlabel("time (s)")


def _told(seen: Observation) -> Plot:
    requests = seen.tables["requests"]
    with canvas() as axes:
        _overload(axes)
        stack_outcomes(axes, requests, edges_of(LASTS_S, 10.0))
        axes.set_ylabel("orders and payments (1/min)")
        legend_above(axes)
        svg = svg_of(axes, "n3-told")
    deferred, later, expired, canceled = (
        int(seen.facts[fact]) for fact in ("deferred", "paid_later", "expired", "canceled")
    )
    ends = f"{later:,} were paid later, {expired:,} expired, {canceled:,} were canceled"
    return Plot(f"{deferred:,} orders were put off: {ends}", svg)


def _latency(seen: Observation) -> Plot:
    requests, off = seen.tables["requests"], seen.tables["held_off"]
    with canvas() as axes:
        _overload(axes)
        placed = requests["outcome"] == "placed"
        for frame, words, colour in (
            (requests[~placed], "not paid yet", WAIT),
            (requests[placed], "stands, paid", GOOD),
            (off, "held off by the breaker", CALM),
        ):
            drawn = thinned(frame, "latency_s")
            axes.scatter(drawn["arrived_s"], drawn["latency_s"], s=4, color=colour, lw=0, label=words)
        axes.axhline(1.0, color=BAD, lw=1, ls="--")
        axes.annotate(label("bound", "기준"), (LASTS_S * 0.99, 1.1), ha="right", va="bottom", color=BAD, fontsize=8.5)
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.set_yticks([0.001, 0.01, 0.1, 1.0, 10.0], ["1 ms", "10 ms", "0.1 s", "1 s", "10 s"])
        axes.set_ylim(0.001, 15.0)
        axes.set_ylabel("answer after")
        legend_above(axes)
        svg = svg_of(axes, "n3-latency")
    p99_ms = share_within(off["latency_s"], 0.99) * 1e3
    return Plot(
        f"Held off by the breaker, 99 % have their answer within {p99_ms:.0f} ms; a probe of payment costs up to 2 s",
        svg,
    )


def _breakers(seen: Observation) -> Plot:
    breakers = seen.tables["breakers"]
    pods = sorted(breakers["pod"].unique())
    with canvas(1.2 + 0.5 * len(pods)) as axes:
        _overload(axes)
        for place, pod in enumerate(pods):
            changes = breakers[breakers["pod"] == pod]
            begins = changes["time_s"].to_numpy()
            spans = np.column_stack([begins, np.append(begins[1:], LASTS_S) - begins])
            for state, colour in STATES.items():
                chosen = spans[(changes["state"].str.replace("_", "-") == state).to_numpy()]
                said = state if place == 0 else None
                axes.broken_barh(chosen.tolist(), (place - 0.35, 0.7), color=colour, lw=0, label=said)
        axes.set_yticks(range(len(pods)), pods)
        axes.grid(visible=False, axis="y")
        legend_above(axes)
        svg = svg_of(axes, "n3-breakers")
    opened = breakers.loc[breakers["state"] == "open", "time_s"]
    closes_s = seen.figures["closes"]
    if opened.empty:
        return Plot("No breaker opened", svg)
    closed = f"closed {closes_s:.1f} s after it was over" if np.isfinite(closes_s) else "did not all close again"
    return Plot(f"The breakers opened {opened.min() - AT_S:.1f} s into the overload and {closed}", svg)


def _queue(seen: Observation) -> Plot:
    queue = seen.tables["queue"]
    with canvas() as axes:
        _overload(axes)
        axes.plot(queue["time_s"], queue["busy"], color=CALM, lw=1.6, label="in work")
        axes.plot(queue["time_s"], queue["waiting"], color=PLAIN, lw=1.6, label="waiting for a worker")
        axes.set_ylim(0)
        axes.set_ylabel("requests at payment")
        legend_above(axes)
        svg = svg_of(axes, "n3-queue")
    most = int((queue["busy"] + queue["waiting"]).max())
    return Plot(f"Payment never had more than {most} requests at once", svg)
