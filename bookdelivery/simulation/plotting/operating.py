"""What operations saw and did: faults, pods, autoscalers, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from bookdelivery.simulation.plotting.look import (
    GREEN,
    GREY,
    LINES,
    ORANGE,
    SHADE,
    SKY,
    VERMILION,
    YELLOW,
    TimeAxis,
    bar,
    lanes,
    legend,
    titled,
    windows,
)

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

PHASES = {
    "starting": (YELLOW, "starts"),
    "up": (GREEN, "serves"),
    "ready": (GREEN, "serves"),
    "unready": (ORANGE, "serves, gets no requests"),
    "ending": (GREY, "finishes its work"),
    "waiting": (VERMILION, "waits for its restart"),
}
"""The colour of what a pod does after each change, and how it is called; after the others there is no pod."""

_MOST_LANES = 24


def faults(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw the time of each fault, with its label."""
    shown = fault_lanes(result)
    for lane, (label, times) in enumerate(shown.items()):
        for begin_s, end_s in times:
            bar(panel, axis, lane, begin_s, end_s, SHADE)
        begin_s, end_s = times[0][0], max(end_s for _, end_s in times)
        gap_s, shown_end_s = axis.end_s / 150, max(min(end_s, axis.end_s), begin_s + axis.end_s / 500)
        if begin_s < axis.end_s * 0.25 and shown_end_s > axis.end_s * 0.8:
            # There is no room beside it.
            behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
            at_s = (begin_s + gap_s) / axis.unit_s
            panel.text(at_s, lane, label, ha="left", va="center", fontsize=8, bbox=behind)
            continue
        is_room_before = begin_s > axis.end_s - shown_end_s
        at_s, side = (begin_s - gap_s, "right") if is_room_before else (shown_end_s + gap_s, "left")
        panel.text(at_s / axis.unit_s, lane, label, ha=side, va="center", fontsize=8)
    lanes(panel, [""] * len(shown))
    titled(panel, "Faults and changes")


def fault_lanes(result: Result) -> dict[str, list[tuple[float, float]]]:
    """Give each fault by its label, with the times at which it was, in seconds."""
    shown: dict[str, list[tuple[float, float]]] = {}
    for label, begin_s, end_s in windows(result):
        shown.setdefault(label, []).append((begin_s, end_s))
    return shown


def shown_pods(result: Result) -> list[str]:
    """The pods of the contexts where anything happened to one."""
    pods = result.pods
    touched = set(pods.loc[~((pods["change"] == "up") & (pods["time_s"] == 0)), "context"])
    return list(dict.fromkeys(pods.loc[pods["context"].isin(touched), "pod"]))


def pods_height(result: Result) -> float:
    """Give the height of the panel: a lane for each pod, or as much as a count of them takes; 0 for none."""
    number = len(shown_pods(result))
    return 0.0 if not number else 0.4 + 0.18 * number if number <= _MOST_LANES else 1.5


def pods(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw what each pod did over time; where they are too many for that, how many served."""
    names = shown_pods(result)
    if len(names) > _MOST_LANES:
        _count(panel, result, axis, names)
        return
    seen: dict[str, str] = {}
    for lane, name in enumerate(names):
        for begin_s, end_s, change in _spans(result, name, axis):
            color, meaning = PHASES[change]
            seen[meaning] = color
            bar(panel, axis, lane, begin_s, end_s, color)
    lanes(panel, names)
    titled(panel, "Pods, of the contexts where anything happened to one")
    order = dict.fromkeys(meaning for _, meaning in PHASES.values())
    legend(panel, [Patch(color=seen[meaning], label=meaning) for meaning in order if meaning in seen])


def _count(panel: Axes, result: Result, axis: TimeAxis, names: list[str]) -> None:
    context_of = dict(zip(result.pods["pod"], result.pods["context"], strict=True))
    steps: dict[str, list[tuple[float, int]]] = {context_of[name]: [] for name in names}
    for name in names:
        for begin_s, end_s, change in _spans(result, name, axis):
            if change in {"up", "ready"}:
                steps[context_of[name]] += [(begin_s, 1), (end_s, -1)]
    for color, (context, changes) in zip(LINES * 9, steps.items(), strict=False):
        by_time = pd.Series([change for _, change in changes], index=[at_s for at_s, _ in changes], dtype="int64")
        serving = by_time.groupby(level=0).sum().sort_index().cumsum()
        # What still serves when the picture ends has not gone then.
        serving = serving[serving.index < axis.end_s]
        times = [*serving.index, axis.end_s]
        panel.step(axis.scaled(times), [*serving, serving.iloc[-1]], where="post", color=color, label=context)
    panel.set_ylim(bottom=0)
    titled(panel, "Pods that serve, of the contexts where anything happened to one", "pods")
    legend(panel)


def _spans(result: Result, name: str, axis: TimeAxis) -> list[tuple[float, float, str]]:
    """Each time in a pod's life, in seconds, with the change that began it."""
    of_it = result.pods[result.pods["pod"] == name]
    times, changes = of_it["time_s"].tolist(), _phases(result, of_it)
    spans = zip(times, [*times[1:], axis.end_s], changes, strict=True)
    return [(begin_s, end_s, change) for begin_s, end_s, change in spans if change in PHASES and end_s > begin_s]


def _phases(result: Result, of_it: pd.DataFrame) -> list[str]:
    """Say what a pod does after each of its changes, with a platform: what serves is not ready before it says so."""
    changes: list[str] = of_it["change"].tolist()
    deployment = result.scenario.deployment.get(of_it["context"].iloc[0])
    probed = deployment is not None and deployment.platform is not None and deployment.platform.readiness is not None
    started = False
    for place, change in enumerate(changes):
        started = started or change == "starting"
        if change == "up" and probed and started:
            changes[place] = "unready"
        elif change == "unready" and place and changes[place - 1] in {"killed", "failed", "waiting"}:
            changes[place] = changes[place - 1]
        elif change == "ready" and place and changes[place - 1] == "starting":
            changes[place] = "starting"
    return changes


def scaling(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw the use of CPU that each autoscaler saw, its target, and how many pods it asked for."""
    looks = result.scaling[result.scaling["time_s"] <= axis.end_s]
    twin = panel.twinx()
    handles = []
    for color, context in zip(LINES * 9, dict.fromkeys(looks["context"]), strict=False):
        of_it = looks[looks["context"] == context]
        times = axis.scaled(of_it["time_s"])
        (line,) = panel.plot(
            times, of_it["cpu_percent"].where(of_it["cpu_percent"] >= 0), color=color, marker=".", markersize=4
        )
        twin.step(times, of_it["replicas"], where="post", color=color, linestyle=":", linewidth=1.8)
        platform = result.scenario.deployment[context].platform
        if platform is not None and platform.autoscaler is not None:
            panel.axhline(platform.autoscaler.target_cpu_percent, color=color, linestyle="--", linewidth=0.8)
        line.set_label(f"{context}: CPU, %")
        handles.append(line)
    handles += [
        Line2D([], [], color=SHADE, linestyle="--", linewidth=0.8, label="target"),
        Line2D([], [], color=SHADE, linestyle=":", linewidth=1.8, label="pods wanted (right)"),
    ]
    panel.set_ylim(bottom=0)
    twin.set_ylim(0, max(1, looks["replicas"].max()) * 1.25)
    twin.yaxis.set_major_locator(MaxNLocator(integer=True))
    twin.spines[["top"]].set_visible(False)
    titled(panel, "Autoscalers: use of CPU in percent of what the pods request", "percent")
    panel.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.03, 1.0), fontsize=8, frameon=False)


def alerts(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw when each alert fired, and how long it took from the fault's beginning."""
    rows = alert_lanes(result)
    colors = {"page": VERMILION, "ticket": SKY}
    for lane, (objective, severity, long_s) in enumerate(rows):
        fired = result.alerts
        fired = fired[(fired["objective"] == objective) & (fired["severity"] == severity) & (fired["long_s"] == long_s)]
        for begin_s, end_s, seconds in zip(
            fired["fired_s"], fired["resolved_s"], fired["time_to_detect_s"], strict=True
        ):
            bar(panel, axis, lane, begin_s, axis.end_s if pd.isna(end_s) else end_s, colors[severity])
            if not pd.isna(seconds) and begin_s < axis.end_s:
                text = f"after {seconds:g} s "
                panel.text(begin_s / axis.unit_s, lane, text, ha="right", va="center", fontsize=8)
    lanes(panel, [f"{objective} ({_span(long_s)})" for objective, _, long_s in rows])
    titled(panel, "Alerts, and the time to detect")
    legend(panel, [Patch(color=colors[severity], label=severity) for severity in dict.fromkeys(row[1] for row in rows)])


def alert_lanes(result: Result) -> list[tuple[str, str, float]]:
    """Each alert that fired, as objective, severity and long window in seconds."""
    fired = result.alerts
    return list(dict.fromkeys(zip(fired["objective"], fired["severity"], fired["long_s"], strict=True)))


def _span(seconds: float) -> str:
    for unit_s, unit in ((86_400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= unit_s:
            return f"{seconds / unit_s:g} {unit}"
    return f"{seconds:g} s"
