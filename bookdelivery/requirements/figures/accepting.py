"""The plots of N2: orders come in and are taken, what piles up, and what customers notice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from bookdelivery.requirements.figures.canvas import CALM, GOOD, WAIT, canvas, legend_above, shade, svg_of
from bookdelivery.requirements.figures.counting import edges_of, per_slice, share_within, thinned
from bookdelivery.requirements.nonfunctional.accepting import DOWN_AT_S
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.simulation.plotting.fonts import label

MINUTE_S = 60.0
DOWN = label("ordermanagement down", "주문관리 중단")


def accepting_plots(seen: Observation) -> Sequence[Plot]:
    """Draw them from one run's tables."""
    return (_rates(seen), _backlog(seen), _latency(seen))


def _outage(axes: Axes, seen: Observation) -> None:
    shade(axes, DOWN_AT_S / MINUTE_S, seen.facts["up_at_s"] / MINUTE_S, DOWN)
    axes.set_xlim(0, seen.facts["lasts_s"] / MINUTE_S)
    axes.set_xlabel("time (min)")


def _rates(seen: Observation) -> Plot:
    placing, taken = seen.tables["placing"], seen.tables["taken"]
    accepted = placing[placing["outcome"] == "placed"]
    edges = edges_of(seen.facts["lasts_s"], 120.0)
    with canvas() as axes:
        _outage(axes, seen)
        for times, words, colour in (
            (accepted["arrived_s"], "accepted", GOOD),
            (taken["taken_s"], "taken by the store", CALM),
        ):
            rate = per_slice(times, edges)
            axes.stairs(rate, edges / MINUTE_S, baseline=None, color=colour, lw=1.8, label=words)
        axes.set_yscale("symlog", linthresh=10)
        axes.set_ylim(0)
        axes.set_yticks([0, 10, 100, 1000], ["0", "10", "100", "1,000"])
        axes.set_ylabel("orders (1/min, log above 10)")
        legend_above(axes)
        svg = svg_of(axes, "n2-rates")
    caught_up_s = seen.figures["catch-up"]
    accepted_share = f"{len(accepted):,} of {len(placing):,} orders offered were accepted"
    then = f"the store caught up in {caught_up_s:.0f} s" if np.isfinite(caught_up_s) else "some were never taken"
    return Plot(f"{accepted_share}, outage or not; {then}", svg)


def _backlog(seen: Observation) -> Plot:
    lag = seen.tables["lag"]
    with canvas() as axes:
        _outage(axes, seen)
        axes.fill_between(lag["time_s"] / MINUTE_S, lag["lag"], color=WAIT, lw=0, alpha=0.85, step="post")
        axes.set_ylim(0)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_ylabel("messages waiting")
        legend_above(axes)
        svg = svg_of(axes, "n2-backlog")
    then = "some orders were never taken" if seen.counterexamples["taken"] else "no order among them was lost"
    return Plot(f"{int(lag['lag'].max()):,} messages waited in the topic for ordermanagement; {then}", svg)


def _latency(seen: Observation) -> Plot:
    placing = seen.tables["placing"]
    with canvas() as axes:
        _outage(axes, seen)
        drawn = thinned(placing, "latency_s")
        axes.scatter(drawn["arrived_s"] / MINUTE_S, drawn["latency_s"] * 1e3, s=4, color=CALM, lw=0, label="an order")
        axes.set_ylim(0, max(300.0, float(placing["latency_s"].max()) * 1.05e3))
        axes.set_ylabel("answer after (ms)")
        legend_above(axes)
        svg = svg_of(axes, "n2-latency")
    p99_ms = share_within(placing["latency_s"], 0.99) * 1e3
    return Plot(f"Outage or not, 99 % of customers had their answer within {p99_ms:.0f} ms", svg)
