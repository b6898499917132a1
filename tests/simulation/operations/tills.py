"""Tills on a platform: one context, one kind of request, so that every figure can be computed by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bookdelivery.simulation import Constant, Deployment, Result, Scenario
from bookdelivery.simulation.operations import Platform, Probe
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, run

QUICK_READINESS = Probe(period_s=1.0, failure_threshold=1)


def tills(platform: Platform | None, *, replicas: int = 2, start_up_s: float = 3.5, **changes: Any) -> Deployment:
    """Tills that take no time over a guest."""
    given = {"replicas": replicas, "service_s": 0.0, "start_up_s": start_up_s, "platform": platform}
    return Deployment(**{**given, **changes})


def simulate_tills(deployment: Deployment, **changes: Any) -> Result:
    """Have 10 guests a second for half a minute, or whatever else is given."""
    given: dict[str, Any] = {
        "load": Constant(per_second=10),
        "lasts": 30.0,
        "seed": 1,
        "customers": Guests(timeout_s=5.0),
        "people": None,
        "deployment": {"till": deployment},
        "sample_every_s": 1.0,
        "drain_within_s": 600.0,
    }
    return run(Scenario(**{**given, **changes}), SHOP_WITH_A_TILL)


def changes_of(result: Result, pod: str) -> list[tuple[float, str]]:
    """What happened to a pod, and when, in seconds."""
    of_it = result.pods[result.pods["pod"] == pod]
    return [(round(at_s, 6), change) for at_s, change in zip(of_it["time_s"], of_it["change"], strict=True)]


def lost(result: Result) -> pd.DataFrame:
    """The requests that were not answered."""
    return result.requests[result.requests["outcome"] != "answered"]
