"""A small shop in a hurry, for looking at what one fault does to it."""

from typing import Any

import pandas as pd

from bookdelivery.simulation import Constant, Customers, People, Result, Scenario
from tests.simulation.worlds import run

BEGIN_S, END_S = 10.0, 20.0
"""The window of the faults under test; load is brought for half a minute."""


def small(**changes: Any) -> Scenario:
    """Half a minute of four orders a second, and whatever else is given."""
    given = {
        "load": Constant(per_second=4),
        "lasts": 30.0,
        "seed": 5,
        "people": People(take_s=1.0, pack_s=1.0, deliver_s=2.0),
        "customers": Customers(cancels=0.0, looks=1.0, look_after_s=0.5, timeout_s=3.0),
        "terms": {"order": {"pay_within_s": 60.0}},
        "sample_every_s": 1.0,
    }
    return Scenario(**{**given, **changes})


def run_with(*faults: Any, **changes: Any) -> Result:
    """Run it with faults."""
    return run(small(faults=faults, **changes))


def during(frame: pd.DataFrame, column: str, begin_s: float = BEGIN_S, end_s: float = END_S) -> pd.DataFrame:
    """The rows of a window."""
    return frame[(frame[column] >= begin_s) & (frame[column] < end_s)]


def outside(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows before the window."""
    return frame[frame[column] < BEGIN_S]
