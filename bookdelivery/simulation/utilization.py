"""How much of what its workers can do a context was asked for: at 1 and above, the line only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bookdelivery.simulation.deployment import Deployment

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result


def utilization(result: Result) -> pd.DataFrame:
    """Compute the utilization of each context's workers while there was load.

    It is the offered load of queueing theory: operations a second, times the seconds that each keeps a worker, over the
    number of workers. What was turned away counts as offered; an operation keeps its worker also while it waits for
    another context.

    Returns:
        One row a context, its name the index: offered, in workers; workers, the mean number there was; utilization, the
        one over the other.
    """
    lasts_s = result.scenario.lasts
    operations = result.operations
    kept = getattr(result.scenario, "keep_rows", 1.0)
    rows = {}
    for context in dict.fromkeys(result.pods["context"]):
        mine = operations[operations["context"] == context]
        busy_s = (mine["finished_s"] - mine["started_s"]).mean()
        arrived = int((mine["arrived_s"] < lasts_s).sum()) / kept if kept else 0.0
        offered = arrived / lasts_s * busy_s if arrived else 0.0
        deployment = result.scenario.deployment.get(context, Deployment())
        workers = deployment.workers * _pods_up(result, context, lasts_s)
        rows[context] = (offered, workers, offered / workers if workers else float("nan"))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["offered", "workers", "utilization"], dtype="float64")


def _pods_up(result: Result, context: str, until_s: float) -> float:
    """How many pods of a context served, on average."""
    changes = result.pods[(result.pods["context"] == context) & (result.pods["time_s"] < until_s)]
    since_s: dict[str, float] = {}
    total_s = 0.0
    for at_s, pod, change in changes[["time_s", "pod", "change"]].itertuples(index=False):
        if change == "up":
            since_s[pod] = at_s
        elif change in _GONE and pod in since_s:
            total_s += at_s - since_s.pop(pod)
    return (total_s + sum(until_s - at_s for at_s in since_s.values())) / until_s


_GONE = ("killed", "failed", "ended")


def overloads(result: Result) -> list[str]:
    """Say of each context that was asked for more than it can do how much that was.

    Such a line grows for as long as the load lasts: no measure of it is one of a steady state.
    """
    table = utilization(result)
    return [
        f"{context} is asked for {row['offered']:.3g} workers' work and has {row['workers']:.3g}: at a utilization of "
        f"{row['utilization']:.2f} its line never drains as long as the load lasts"
        for context, row in table[table["utilization"] >= 1].iterrows()
    ]
