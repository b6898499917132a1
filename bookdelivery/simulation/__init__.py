"""The very code that serves customers, run in virtual time against load, outages and overload.

An asyncio event loop whose clock and queue are a SimPy environment, and the world around it: load,
pods, network and faults. Needs the `sim` extra.

What needs pandas is loaded when it is first asked for, and matplotlib when the first picture is drawn: whoever wants
the event loop alone, or describes scenarios for other processes to run, starts without them.
"""

from typing import TYPE_CHECKING

from bookdelivery.simulation.customers import Behaviour, Customers, Enquiries, Mix, Share, Shop, Visitor
from bookdelivery.simulation.deployment import Deployment, Link, Network, OpeningHours, People, Provider, Topic
from bookdelivery.simulation.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    FromScipy,
    Gamma,
    LogNormal,
    Uniform,
    Weibull,
)
from bookdelivery.simulation.faults import (
    BrokerDown,
    ClockSkew,
    Crash,
    Delay,
    Duplication,
    ErrorRate,
    Fault,
    Lasting,
    Levers,
    LostAnswers,
    Outage,
    Partition,
    ProviderTrouble,
    RandomCrashes,
    RandomOutages,
    Removal,
    Reordering,
    SlowDown,
    StoreDown,
)
from bookdelivery.simulation.load import ClosedLoop, Constant, Diurnal, FlashCrowd, Load, Poisson, Ramp, Steps, Trace
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.operations import (
    Autoscaler,
    DisruptionBudget,
    Maintenance,
    Objective,
    Platform,
    Probe,
    RollingUpdate,
    Rollout,
    Unhealthy,
)
from bookdelivery.simulation.scenario import InvalidScenario, Scenario

if TYPE_CHECKING:
    from bookdelivery.simulation.experiments import compare, replicate, sweep
    from bookdelivery.simulation.result import Result, WorldFacts
    from bookdelivery.simulation.simulating import DEFAULT_SYSTEM, simulate

__all__ = [
    "DEFAULT_SYSTEM",
    "Autoscaler",
    "Behaviour",
    "BrokerDown",
    "ClockSkew",
    "ClosedLoop",
    "Constant",
    "Crash",
    "Customers",
    "Delay",
    "Deployment",
    "Deterministic",
    "DisruptionBudget",
    "Distribution",
    "Diurnal",
    "Duplication",
    "Empirical",
    "Enquiries",
    "ErrorRate",
    "Exponential",
    "Fault",
    "FlashCrowd",
    "FromScipy",
    "Gamma",
    "InvalidScenario",
    "Lasting",
    "Levers",
    "Link",
    "Load",
    "LogNormal",
    "LostAnswers",
    "Maintenance",
    "Mix",
    "Network",
    "Objective",
    "OpeningHours",
    "Outage",
    "Partition",
    "People",
    "Platform",
    "Poisson",
    "Probe",
    "Provider",
    "ProviderTrouble",
    "Ramp",
    "RandomCrashes",
    "RandomOutages",
    "Removal",
    "Reordering",
    "Result",
    "RollingUpdate",
    "Rollout",
    "Scenario",
    "Share",
    "Shop",
    "SlowDown",
    "Steps",
    "StoreDown",
    "Topic",
    "Trace",
    "Unhealthy",
    "Uniform",
    "VirtualLoop",
    "Visitor",
    "Weibull",
    "WorldFacts",
    "compare",
    "replicate",
    "simulate",
    "sweep",
]

# Hidden from type checkers, which would otherwise believe every misspelt name to be there.
if not TYPE_CHECKING:
    from importlib import import_module

    _FOUND_IN = {
        "experiments": ["compare", "replicate", "sweep"],
        "result": ["Result", "WorldFacts"],
        "simulating": ["DEFAULT_SYSTEM", "simulate"],
    }
    _HOME = {name: module for module, names in _FOUND_IN.items() for name in names}

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'bookdelivery.simulation' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"bookdelivery.simulation.{_HOME[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
