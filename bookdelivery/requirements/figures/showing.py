"""The plots of N4: how old what MyPage shows is, and its answers while it is alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bookdelivery.requirements.figures.canvas import BAD, CALM, GOOD, canvas, legend_above, shade, svg_of
from bookdelivery.requirements.figures.counting import share_within, thinned
from bookdelivery.requirements.nonfunctional.showing import ALONE_AT_S, BACK_AT_S, LASTS_S
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.simulation.plotting.fonts import label


def showing_plots(seen: Observation) -> Sequence[Plot]:
    """Draw them from one run's tables."""
    return (_staleness(seen), _looks(seen))


def _staleness(seen: Observation) -> Plot:
    views = seen.tables["views"]
    quiet = views.loc[views["event_time_s"] < ALONE_AT_S, "staleness_s"]
    p99_s = share_within(quiet, 0.99)
    with canvas() as axes:
        ordered = np.sort(quiet.to_numpy()) * 1e3
        share = np.arange(1, len(ordered) + 1) / max(len(ordered), 1) * 100
        # A few hundred points draw the same line as many thousands.
        few = np.unique(np.linspace(0, len(ordered) - 1, 400).astype(int)) if len(ordered) else np.arange(0)
        axes.step(ordered[few], share[few], where="post", color=CALM, lw=1.8)
        axes.axhline(99, color=CALM, lw=0.8, ls=":")
        axes.annotate("99 %", (0.02, 96.5), xycoords=("axes fraction", "data"), va="top", fontsize=8.5)
        axes.axvline(1000.0, color=BAD, lw=1, ls="--")
        axes.annotate(label("bound", "기준"), (900.0, 8), ha="right", color=BAD, fontsize=8.5)
        axes.set_xscale("log")
        axes.set_xlim(1, 2000)
        axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        axes.set_ylim(0, 102)
        axes.set_xlabel("from the change to MyPage showing it (ms)")
        axes.set_ylabel("changes (%)")
        svg = svg_of(axes, "n4-staleness")
    return Plot(f"99 % of {len(quiet):,} changes are on MyPage within {p99_s * 1e3:.0f} ms", svg)


def _looks(seen: Observation) -> Plot:
    looks = seen.tables["looks"]
    alone = looks[looks["arrived_s"].between(ALONE_AT_S, BACK_AT_S)]
    answered = looks[looks["outcome"] == "answered"]
    lost = looks[looks["outcome"] != "answered"]
    with canvas() as axes:
        shade(axes, ALONE_AT_S, BACK_AT_S, label("all other services down", "다른 서비스 중단"))
        drawn = thinned(answered, "latency_s")
        axes.scatter(drawn["arrived_s"], drawn["latency_s"] * 1e3, s=4, color=GOOD, lw=0, label="answered")
        if len(lost):
            axes.scatter(lost["arrived_s"], lost["latency_s"] * 1e3, s=12, marker="x", color=BAD, label="no answer")
        axes.set_xlim(0, LASTS_S + 400.0)
        axes.set_ylim(0)
        axes.set_xlabel("time (s)")
        axes.set_ylabel("answer after (ms)")
        legend_above(axes)
        svg = svg_of(axes, "n4-looks")
    said = int((alone["outcome"] == "answered").sum())
    return Plot(f"{said:,} of {len(alone):,} looks were answered while every other service was down", svg)
