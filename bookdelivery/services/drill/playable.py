"""What of a scenario can be done for real; the rest is refused by name before anything starts."""

from __future__ import annotations

from collections.abc import Collection

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.drill.levers import BROKER
from bookdelivery.simulation import (
    BrokerDown,
    Crash,
    Outage,
    ProviderTrouble,
    RandomCrashes,
    RandomOutages,
    Removal,
    Scenario,
    SlowDown,
    StoreDown,
)

FOR_REAL = (BrokerDown, Crash, Outage, ProviderTrouble, RandomCrashes, RandomOutages, Removal, SlowDown, StoreDown)
"""The faults that can be done to processes."""


def check(scenario: Scenario, servers: Collection[str]) -> None:
    """See that everything that a scenario says goes wrong can go wrong for real.

    What it says of the machines (service and start-up times, latencies, probes, session time-outs) is a model of them;
    a drill has the machines themselves, and does not look at it.

    Args:
        scenario: what is to happen.
        servers: the servers that the drill may kill.

    Raises:
        InvalidField: something cannot; names it.
    """
    for place, fault in enumerate(scenario.faults):
        field, name = f"faults[{place}]", type(fault).__name__
        if not isinstance(fault, FOR_REAL):
            allowed = f"one of {', '.join(kind.__name__ for kind in FOR_REAL)}: no process can be made to have others"
            raise InvalidField("drill", field, name, allowed)
        if isinstance(fault, Crash) and fault.at_step is not None:
            allowed = "a crash at a time; crash points have names for real, see --kills"
            raise InvalidField("drill", f"{field}.at_step", fault.at_step, allowed)
        if isinstance(fault, SlowDown) and fault.factor <= 1:
            allowed = "more than 1: no process can be made to work faster"
            raise InvalidField("drill", f"{field}.factor", fault.factor, allowed)
        if isinstance(fault, BrokerDown) and BROKER not in servers:
            raise InvalidField("drill", field, name, "a fault of a server that the drill runs: --run.broker COMMAND")
        if isinstance(fault, StoreDown) and fault.context not in servers:
            allowed = f"a fault of a server that the drill runs: --run.{fault.context} COMMAND"
            raise InvalidField("drill", field, name, allowed)
    if scenario.maintenance:
        allowed = "left out: there are no machines to move a process from"
        raise InvalidField("drill", "maintenance", scenario.maintenance[0].context, allowed)
