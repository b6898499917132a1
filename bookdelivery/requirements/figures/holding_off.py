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
    Plot,
    canvas,
    label,
    legend_above,
    shade,
    svg_of,
)
from bookdelivery.requirements.figures.counting import edges_of, share_within, stack_outcomes
from bookdelivery.requirements.nonfunctional.holding_off import AT_S, LASTS_S, OVER_S
from bookdelivery.requirements.observation import Observation

OVERLOAD = label("payment overloaded", "결제 과부하")
HEIGHTS = {"closed": 0, "half_open": 1, "open": 2}


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
    deferred, later = int(seen.facts["deferred"]), int(seen.facts["paid_later"])
    return Plot(f"{deferred:,} orders were put off; {later:,} of them were paid later, the others are over", svg)


def _latency(seen: Observation) -> Plot:
    requests, off = seen.tables["requests"], seen.tables["held_off"]
    with canvas() as axes:
        _overload(axes)
        answered = requests[requests["outcome"] == "placed"]
        waited = requests[requests["outcome"] != "placed"]
        for frame, words, colour in (
            (waited, "not paid yet", WAIT),
            (answered, "stands, paid", GOOD),
            (off, "held off by the breaker", CALM),
        ):
            axes.scatter(frame["arrived_s"], frame["latency_s"], s=4, color=colour, lw=0, label=words)
        axes.axhline(1.0, color=BAD, lw=1, ls="--")
        axes.set_yscale("log")
        axes.set_yticks([0.01, 0.1, 1.0, 10.0], ["0.01", "0.1", "1", "10"])
        axes.set_ylabel("answer after (s)")
        legend_above(axes, 2)
        svg = svg_of(axes, "n3-latency")
    p99_ms = share_within(off["latency_s"], 0.99) * 1e3
    return Plot(
        f"Held off by the breaker, 99 % have their answer within {p99_ms:.0f} ms; a probe of payment costs up to 2 s",
        svg,
    )


def _breakers(seen: Observation) -> Plot:
    breakers = seen.tables["breakers"]
    pods = sorted(breakers["pod"].unique())
    with canvas() as axes:
        _overload(axes)
        for place, pod in enumerate(pods):
            changes = breakers[breakers["pod"] == pod]
            heights = changes["state"].str.replace("-", "_").map(HEIGHTS).to_numpy("float64") + place * 0.08
            times = np.append(changes["time_s"].to_numpy(), LASTS_S)
            axes.step(
                times, np.append(heights, heights[-1:]), where="post", lw=1.4, color=(CALM, WAIT)[place % 2], label=pod
            )
        axes.set_yticks([0, 1, 2], ["closed", "half-open", "open"])
        axes.set_ylim(-0.2, 2.4)
        axes.grid(visible=False, axis="y")
        legend_above(axes, 3)
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
        legend_above(axes, 3)
        svg = svg_of(axes, "n3-queue")
    return Plot(
        f"Payment never had more than {int((queue['busy'] + queue['waiting']).max())} requests at once: load is kept "
        "away from it",
        svg,
    )
