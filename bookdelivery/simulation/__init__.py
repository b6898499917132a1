"""The very code that serves customers, run in virtual time against load, outages and overload.

An asyncio event loop whose clock and queue are a SimPy environment, and the world around it: load,
pods, network and faults. Needs the `sim` extra.

What needs pandas is loaded when it is first asked for, and matplotlib when the first picture is drawn: whoever wants
the event loop alone, or describes scenarios for other processes to run, starts without them.
"""

from typing import TYPE_CHECKING

from bookdelivery.simulation.customers import Behaviour, Customers, Shop, Visitor
from bookdelivery.simulation.deployment import Deployment, Network, People, Provider, Topic
from bookdelivery.simulation.distributions import Deterministic, Distribution, Exponential, LogNormal, Uniform
from bookdelivery.simulation.faults import (
    Crash,
    Fault,
    Levers,
    LostAnswers,
    Outage,
    ProviderTrouble,
    RandomCrashes,
    SlowDown,
)
from bookdelivery.simulation.load import ClosedLoop, Constant, Load, Poisson
from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.scenario import Scenario

if TYPE_CHECKING:
    from bookdelivery.simulation.experiments import compare, replicate, sweep
    from bookdelivery.simulation.result import Result, WorldFacts
    from bookdelivery.simulation.simulating import DEFAULT_SYSTEM, simulate

__all__ = [
    "DEFAULT_SYSTEM",
    "Behaviour",
    "ClosedLoop",
    "Constant",
    "Crash",
    "Customers",
    "Deployment",
    "Deterministic",
    "Distribution",
    "Exponential",
    "Fault",
    "Levers",
    "Load",
    "LogNormal",
    "LostAnswers",
    "Network",
    "Outage",
    "People",
    "Poisson",
    "Provider",
    "ProviderTrouble",
    "RandomCrashes",
    "Result",
    "Scenario",
    "Shop",
    "SlowDown",
    "Topic",
    "Uniform",
    "VirtualLoop",
    "Visitor",
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
