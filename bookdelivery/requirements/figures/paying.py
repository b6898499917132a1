"""The plots of N1: what customers were told while everything broke, and how late payments came to light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bookdelivery.requirements.figures.canvas import BAD, CALM, INK, canvas, legend_above, svg_of
from bookdelivery.requirements.figures.counting import edges_of, stack_outcomes
from bookdelivery.requirements.nonfunctional.paying import LASTS_S
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.simulation.plotting.fonts import label


def paying_plots(seen: Observation) -> Sequence[Plot]:
    """Draw them from one run's tables."""
    return (_told(seen), _late(seen))


def _told(seen: Observation) -> Plot:
    requests, crashes = seen.tables["requests"], seen.tables["crashes"]
    placing = requests[requests["kind"] == "place"]
    stands = (placing["outcome"] == "placed").mean()
    with canvas() as axes:
        stack_outcomes(axes, placing, edges_of(LASTS_S, 5.0))
        top = axes.get_ylim()[1]
        axes.set_ylim(0, top * 1.18)
        paying = crashes[crashes["context"].isin(["order", "payment"]) & (crashes["time_s"] <= LASTS_S)]
        axes.plot(paying["time_s"], np.full(len(paying), top * 1.1), "v", ms=4, color=INK, ls="", label="a pod dies")
        axes.set_xlim(0, LASTS_S)
        axes.set_xlabel("time (s)")
        axes.set_ylabel("orders placed (1/min)")
        legend_above(axes, 3)
        svg = svg_of(axes, "n1-told")
    told = "some that nobody had paid for" if seen.counterexamples["unpaid-orders"] else "none of them unpaid"
    return Plot(
        f"Through {len(paying)} deaths of order and payment pods, {stands:.0%} of orders stood at once; {told}", svg
    )


def _late(seen: Observation) -> Plot:
    orders = seen.tables["orders"]
    put_off = orders[orders["deferred_s"].notna()]
    late_s = np.sort((put_off["placed_s"] - put_off["deferred_s"]).dropna().to_numpy())
    with canvas() as axes:
        share = np.arange(1, len(late_s) + 1) / max(len(put_off), 1) * 100
        axes.step(np.append(late_s, 240.0), np.append(share, share[-1:]), where="post", color=CALM, lw=1.8)
        axes.axvline(240.0, color=BAD, lw=1, ls="--")
        axes.annotate(label("unpaid orders expire", "만료"), (236.0, 8), ha="right", color=BAD, fontsize=8.5)
        axes.set_xlim(0, 250)
        axes.set_ylim(0, 100)
        axes.set_xlabel("time from being put off to standing, paid (s)")
        axes.set_ylabel("orders put off (%)")
        svg = svg_of(axes, "n1-late")
    half = f", half of those within {np.median(late_s):.0f} s" if len(late_s) else ""
    return Plot(f"{len(late_s)} of {len(put_off)} orders put off were paid after all{half}", svg)
