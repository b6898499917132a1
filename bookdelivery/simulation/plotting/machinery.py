"""What went on behind the counter: circuit breakers, queues, lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from bookdelivery.simulation.plotting.look import (
    GREEN,
    GREY,
    LINES,
    PURPLE,
    VERMILION,
    YELLOW,
    TimeAxis,
    bar,
    lanes,
    legend,
    titled,
)
from bookdelivery.simulation.summary import WORDS

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

STATES = {"closed": GREEN, "half-open": YELLOW, "open": VERMILION, "forced-open": PURPLE, "disabled": GREY}
"""The colour of each state of a circuit breaker."""

_GONE = ("killed", "failed", "ended")


def breaker_lanes(result: Result) -> list[tuple[str, str]]:
    """Each breaker, as pod and call."""
    return sorted(set(zip(result.breakers["pod"], result.breakers["call"], strict=True)))


def breakers(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw the state of each circuit breaker over time; a pod that is gone has none."""
    rows = breaker_lanes(result)
    gone = result.pods[result.pods["change"].isin(_GONE)]
    for lane, (pod, call) in enumerate(rows):
        of_it = result.breakers[(result.breakers["pod"] == pod) & (result.breakers["call"] == call)]
        changes = list(zip(of_it["time_s"].tolist(), of_it["state"].tolist(), strict=True))
        changes += [(at, "") for at in gone.loc[gone["pod"] == pod, "time_s"]]
        changes.sort(key=lambda change: change[0])
        for (begin_s, state), (end_s, _) in zip(changes, [*changes[1:], (axis.end_s, "")], strict=True):
            if state:
                bar(panel, axis, lane, begin_s, end_s, STATES.get(state, GREY))
    lanes(panel, [f"{pod}: {call}" for pod, call in rows])
    titled(panel, "Circuit breakers")
    legend(
        panel,
        [Patch(color=STATES[state], label=state) for state in STATES if (result.breakers["state"] == state).any()],
    )


def policy_rates(result: Result) -> dict[str, pd.Series]:
    """Give what policies turned away, or repeated, a second, by what to call it; indexed by time in seconds."""
    rates: dict[str, pd.Series] = {}
    for (context, around, policy), rows in result.policies.groupby(["context", "around", "policy"]):
        name = f"{context}'s {around}"
        counted = {"repeated": "retried", "refused": "budget spent"}
        if policy != "retry":
            counted = {"refused": WORDS[str(policy)]}
        for column, words in counted.items():
            # A pod that starts anew counts from 0.
            more = rows.groupby("pod")[column].diff().fillna(rows[column])
            more = more.where(more >= 0, rows[column]).groupby(rows["time_s"]).sum()
            if more.any():
                rates[f"{name}: {words}"] = more / result.scenario.sample_every_s
    return rates


def policies(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw what rate limits, bulkheads and load shedding turned away a second, and what was retried."""
    for color, (name, rate) in zip(LINES * 9, policy_rates(result).items(), strict=False):
        shown = rate[rate.index <= axis.end_s]
        panel.plot(axis.scaled(shown.index.to_numpy()), shown, color=color, linewidth=1.2, label=name)
    panel.set_ylim(bottom=0)
    titled(panel, "What was retried, not retried as the budget was spent, or turned away", "per second")
    legend(panel)


def lag(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw the messages that wait in the topic, by context."""
    _by_context(panel, result, axis, "lag")
    titled(
        panel, "Messages in the topic not handled yet, by context (those that never had any are left out)", "messages"
    )


def queues(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Draw the operations that wait for a worker, by context."""
    _by_context(panel, result, axis, "waiting")
    titled(
        panel, "Operations that wait for a worker, by context (those where none ever did are left out)", "operations"
    )


def _by_context(panel: Axes, result: Result, axis: TimeAxis, column: str) -> None:
    samples = result.queues
    samples = samples[samples["time_s"] <= axis.end_s]
    for color, context in zip(LINES * 9, dict.fromkeys(samples["context"]), strict=False):
        of_it = samples[samples["context"] == context]
        if of_it[column].any():
            panel.plot(axis.scaled(of_it["time_s"]), of_it[column], color=color, linewidth=1.2, label=context)
    panel.set_ylim(bottom=0)
    legend(panel)
