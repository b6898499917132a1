"""The plots of the stories: what customers met with, and the machinery that the story is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
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
from bookdelivery.requirements.figures.counting import edges_of, stack_outcomes
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.plot import Plot
from bookdelivery.requirements.stories.story import Story

STATES = {"closed": GOOD, "half-open": WAIT, "open": BAD}
SERVING = {"up", "ready"}
SLICES = 60
"""Into how many parts the time axis is cut to count things."""

Tables = Mapping[str, pd.DataFrame]


def telling_plots(story: Story, seen: Observation) -> Sequence[Plot]:
    """Draw a story as it was told, and with its twist, from one run's tables."""
    plots: list[Plot] = []
    for twist in ["", *([story.twist.name] if story.twist else [])]:
        tables = {name.removeprefix(f"{twist}/"): table for name, table in seen.tables.items() if _of(name, twist)}
        name = f"{story.scenario}{'-twist' if twist else ''}"
        plots.append(_told(tables, twist, name))
        plots += [
            draw(tables, twist, story.shows, f"{name}-{what}")
            for what, (is_shown, draw) in _MACHINERY.items()
            if is_shown(tables)
        ]
    return plots


def _of(name: str, twist: str) -> bool:
    return name.rpartition("/")[0] == twist


def _begun(twist: str, finding: str) -> str:
    return f"{twist[0].upper()}{twist[1:]}: {finding}" if twist else finding[0].upper() + finding[1:]


def _prepared(axes: Axes, tables: Tables) -> None:
    for label, begin_s, end_s in tables["faults"].itertuples(index=False):
        shade(axes, begin_s, end_s, label)
        if end_s == begin_s:
            axes.axvline(begin_s, color=PLAIN, lw=1, ls="--")
    span = tables["span"].iloc[0]
    axes.set_xlim(0, min(span["ended_s"], 1.3 * span["lasts_s"]))
    axes.set_xlabel("time (s)")


def _told(tables: Tables, twist: str, name: str) -> Plot:
    placing = tables["requests"].loc[tables["requests"]["kind"].isin(["place", "pay"])]
    with canvas() as axes:
        _prepared(axes, tables)
        stack_outcomes(axes, placing, edges_of(axes.get_xlim()[1], axes.get_xlim()[1] / SLICES))
        axes.set_ylabel("orders and payments (1/min)")
        legend_above(axes)
        svg = svg_of(axes, f"{name}-told")
    orders = placing[placing["kind"] == "place"]
    stood = int((orders["outcome"] == "placed").sum())
    p99_ms = float(orders["latency_s"].quantile(0.99)) * 1e3
    finding = f"{stood:,} of {len(orders):,} orders stand at once; 99 % of customers have an answer in {p99_ms:,.0f} ms"
    return Plot(_begun(twist, finding), svg)


def _backlog(tables: Tables, twist: str, context: str, name: str) -> Plot:
    most = int(tables["queues"]["lag"].max())
    svg = _heap(tables, "lag", WAIT, "messages waiting", name)
    return Plot(_begun(twist, f"up to {most:,} messages wait for {context}"), svg)


def _line(tables: Tables, twist: str, context: str, name: str) -> Plot:
    most = int(tables["queues"]["waiting"].max())
    svg = _heap(tables, "waiting", PLAIN, "requests in line", name)
    return Plot(_begun(twist, f"up to {most:,} requests are in line at {context}"), svg)


def _heap(tables: Tables, column: str, colour: str, what: str, name: str) -> str:
    queues = tables["queues"]
    with canvas() as axes:
        _prepared(axes, tables)
        axes.fill_between(queues["time_s"], queues[column], color=colour, lw=0, alpha=0.85, step="post")
        axes.set_ylim(0)
        axes.set_ylabel(what)
        return svg_of(axes, name)


def _breakers(tables: Tables, twist: str, context: str, name: str) -> Plot:
    breakers = tables["breakers"]
    pods = sorted(breakers["pod"].unique())
    opened = int((breakers["state"] == "open").sum())
    with canvas(height_in=1.5 + 0.25 * len(pods)) as axes:
        _prepared(axes, tables)
        end_s = axes.get_xlim()[1]
        for lane, pod in enumerate(pods):
            own = breakers[breakers["pod"] == pod]
            ends_s = np.append(own["time_s"].to_numpy()[1:], end_s)
            for begin_s, state, until_s in zip(own["time_s"], own["state"], ends_s, strict=True):
                axes.broken_barh([(begin_s, until_s - begin_s)], (lane - 0.35, 0.7), color=STATES[state], lw=0)
        for state, colour in STATES.items():
            if (breakers["state"] == state).any():
                axes.plot([], [], color=colour, lw=6, label=state)
        axes.set_yticks(range(len(pods)), pods)
        axes.grid(visible=False, axis="y")
        legend_above(axes)
        svg = svg_of(axes, name)
    return Plot(
        _begun(twist, f"the breakers of {context} opened {opened:,} times" if opened else "no breaker opened"), svg
    )


def _pods(tables: Tables, twist: str, context: str, name: str) -> Plot:
    pods = tables["pods"]
    names = sorted(pods["pod"].unique())
    seen: set[str] = set()
    with canvas(height_in=1.5 + 0.25 * len(names)) as axes:
        _prepared(axes, tables)
        end_s = axes.get_xlim()[1]
        for lane, pod in enumerate(names):
            own = pods[pods["pod"] == pod]
            ends_s = np.append(own["time_s"].to_numpy()[1:], end_s)
            for begin_s, change, until_s in zip(own["time_s"], own["change"], ends_s, strict=True):
                colour = GOOD if change in SERVING else WAIT if change in {"starting", "waiting"} else BAD
                if change not in {"ended", "killed"} and until_s > begin_s:
                    axes.broken_barh([(begin_s, until_s - begin_s)], (lane - 0.35, 0.7), color=colour, lw=0)
                    seen.add(colour)
        for colour, words in ((GOOD, "serves"), (WAIT, "starts or waits"), (BAD, "unready or ending")):
            if colour in seen:
                axes.plot([], [], color=colour, lw=6, label=words)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(range(len(names)), names)
        axes.grid(visible=False, axis="y")
        legend_above(axes)
        svg = svg_of(axes, name)
    killed = int((pods["change"] == "killed").sum())
    told = f"; {killed} of their processes were killed" if killed else ""
    return Plot(_begun(twist, f"{len(names)} pods of {context} were there in all{told}"), svg)


def _scaling(tables: Tables, twist: str, context: str, name: str) -> Plot:
    scaling = tables["scaling"]
    with canvas() as axes:
        _prepared(axes, tables)
        axes.step(scaling["time_s"], scaling["replicas"], where="post", color=CALM, lw=1.8, label="pods wanted")
        axes.set_ylim(0, scaling["replicas"].max() + 1)
        axes.set_ylabel("pods")
        measured = scaling[scaling["cpu_percent"] >= 0]
        other = axes.twinx()
        other.plot(measured["time_s"], measured["cpu_percent"], color=WAIT, lw=1.4)
        other.set_ylim(0)
        other.set_ylabel("CPU used (% of request)")
        other.grid(visible=False)
        axes.plot([], [], color=WAIT, lw=1.4, label="CPU used")
        legend_above(axes)
        svg = svg_of(axes, name)
    most = int(scaling["replicas"].max())
    return Plot(_begun(twist, f"the autoscaler wants up to {most} pods of {context}"), svg)


Draw = Callable[[Tables, str, str, str], Plot]

_MACHINERY: Mapping[str, tuple[Callable[[Tables], bool], Draw]] = {
    "breakers": (lambda tables: bool((tables["breakers"]["state"] != "closed").any()), _breakers),
    "backlog": (lambda tables: bool(tables["queues"]["lag"].max() > 50), _backlog),
    "line": (lambda tables: bool(tables["queues"]["waiting"].max() > 5), _line),
    "scaling": (lambda tables: len(tables["scaling"]) > 0, _scaling),
    "pods": (lambda tables: bool((tables["pods"]["time_s"] > 0).any()), _pods),
}
"""Each picture of the machinery, and whether there is something to see in it."""
