"""A run in some thirty figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from bookdelivery.simulation.utilization import utilization

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

Row = tuple[str, str, float, str]
"""Group, name, value and unit."""

_QUANTILES = ((0.5, "median"), (0.95, "95 %"), (0.99, "99 %"))

WORDS = {"rate_limit": "rate limit", "bulkhead": "bulkhead", "shedding": "load shedding"}
"""How policies are called that turn away."""


def summary(result: Result) -> pd.DataFrame:
    """Make the table of figures: indexed by group and name, with the columns value and unit."""
    parts = (_world, _requests, _orders, _messages, _utilization, _breakers, _policies, _pods, _alerts)
    rows = [row for part in parts for row in part(result)]
    frame = pd.DataFrame(rows, columns=["group", "name", "value", "unit"])
    return frame.astype({"value": "float64"}).set_index(["group", "name"])


def _world(result: Result) -> Iterator[Row]:
    yield "world", "load ends at", result.scenario.lasts, "s"
    yield "world", "settled at" if result.drained else "not settled at", result.world.ended_s, "s"
    yield "world", "unexpected errors", len(result.world.errors), "errors"
    yield "world", "messages given up", sum(map(len, result.world.dead_letters.values())), "messages"


def _requests(result: Result) -> Iterator[Row]:
    requests = result.requests
    for kind in dict.fromkeys(requests["kind"]):
        of_kind = requests.loc[requests["kind"] == kind, ["outcome", "latency_s"]]
        for outcome, number in of_kind["outcome"].value_counts().sort_index().items():
            yield "requests", f"{kind}: {outcome}", number, "requests"
        for quantile, name in _QUANTILES:
            yield "requests", f"{kind}: latency, {name}", of_kind["latency_s"].quantile(quantile), "s"


def _orders(result: Result) -> Iterator[Row]:
    orders = result.orders
    for status, number in orders["status"].value_counts().sort_index().items():
        yield "orders", str(status) or "never known to the shop", number, "orders"
    for column, name in (("charged_won", "charged"), ("refunded_won", "refunded")):
        yield "orders", name, orders[column].sum(), "won"


def _messages(result: Result) -> Iterator[Row]:
    messages, totals = result.messages, result.totals
    for context in dict.fromkeys(messages["context"]):
        of_it = messages[messages["context"] == context]
        handled = totals.loc[(totals["table"] == "messages") & (totals["context"] == context), "rows"].sum()
        yield "messages", f"{context}: handled", handled, "messages"
        if result.scenario.keep_rows == 1:
            yield "messages", f"{context}: never handled", of_it["consumed_s"].isna().sum(), "messages"
        yield "messages", f"{context}: lag, 99 %", of_it["lag_s"].quantile(0.99), "s"


def _utilization(result: Result) -> Iterator[Row]:
    for context, used in utilization(result)["utilization"].dropna().items():
        yield "utilization", f"{context}'s workers", float(used), "of 1"


def _breakers(result: Result) -> Iterator[Row]:
    breakers = result.breakers
    for call in dict.fromkeys(breakers["call"]):
        opened = ((breakers["call"] == call) & (breakers["state"] == "open")).sum()
        yield "breakers", f"{call}: opened", opened, "times"


def _policies(result: Result) -> Iterator[Row]:
    # Counts begin anew with each process of a pod.
    policies = result.policies
    more = policies.groupby(["pod", "around", "policy"])[["refused", "repeated"]].diff()
    more = more.where(more >= 0).fillna(policies[["refused", "repeated"]])
    sums = more.groupby([policies["context"], policies["around"], policies["policy"]]).sum()
    for (context, around, policy), refused, repeated in sums.itertuples():
        name = f"{context}, {around}"
        if policy == "retry":
            yield "policies", f"{name}: tried again", repeated, "attempts"
            yield "policies", f"{name}: not tried again, for lack of budget", refused, "attempts"
        else:
            yield "policies", f"{name}: turned away by its {WORDS[str(policy)]}", refused, "calls"


def _pods(result: Result) -> Iterator[Row]:
    pods = result.pods
    for context in dict.fromkeys(pods["context"]):
        changes = pods.loc[pods["context"] == context, "change"]
        yield "pods", f"{context}: killed or failed", changes.isin(["killed", "failed"]).sum(), "times"
    for context in dict.fromkeys(result.scaling["context"]):
        replicas = result.scaling.loc[result.scaling["context"] == context, "replicas"]
        yield "pods", f"{context}: most wanted by its autoscaler", replicas.max(), "pods"


def _alerts(result: Result) -> Iterator[Row]:
    for name in dict.fromkeys(result.alerts["objective"]):
        fired = result.alerts[result.alerts["objective"] == name]
        yield "alerts", f"{name}: fired", len(fired), "times"
        yield "alerts", f"{name}: first time to detect", fired["time_to_detect_s"].iloc[0], "s"
