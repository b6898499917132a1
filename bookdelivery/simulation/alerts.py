"""The table of alerts: which fired when, and how long after the trouble began."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bookdelivery.simulation.operations.burn_rate import ErrorLog, Firing, firings
from bookdelivery.simulation.operations.objective import Objective


def error_log(objective: Objective, requests: pd.DataFrame) -> ErrorLog:
    """Pick the requests that count for an objective, and say which of them were bad.

    A request counts when it ends: that is when a monitoring system hears of it.
    """
    counted = requests[requests["kind"].isin(objective.kinds)].sort_values("finished_s", kind="stable")
    bad = counted["outcome"].isin(objective.bad)
    if objective.slower_than_s is not None:
        bad |= counted["latency_s"] > objective.slower_than_s
    return ErrorLog(counted["finished_s"].tolist(), bad.tolist())


def alerts_frame(
    objectives: Sequence[Objective], requests: pd.DataFrame, faults: pd.DataFrame, ended_s: float
) -> pd.DataFrame:
    """Make the table of alerts, one row each time one fired, by objective and alert."""
    rows = [
        _row(objective, firing, faults)
        for objective in objectives
        for firing in firings(objective, error_log(objective, requests), ended_s)
    ]
    frame = pd.DataFrame(rows, columns=list(_KINDS))
    return frame.astype(_KINDS)


def _row(objective: Objective, firing: Firing, faults: pd.DataFrame) -> tuple[object, ...]:
    alert = firing.alert
    begun = faults[faults["start_s"] <= firing.fired_s]
    latest = begun.sort_values("start_s", kind="stable").iloc[-1] if len(begun) else None
    return (
        objective.name,
        str(alert.severity),
        alert.long_s,
        alert.short_s,
        alert.burn_rate,
        firing.burn_rate,
        firing.fired_s,
        firing.resolved_s,
        "" if latest is None else latest["label"],
        float("nan") if latest is None else firing.fired_s - latest["start_s"],
    )


_KINDS = {
    "objective": "str",
    "severity": "str",
    "long_s": "float64",
    "short_s": "float64",
    "threshold": "float64",
    "burn_rate": "float64",
    "fired_s": "float64",
    "resolved_s": "float64",
    "fault": "str",
    "time_to_detect_s": "float64",
}
