"""The very code that serves customers, run in virtual time against load, outages and overload.

An asyncio event loop whose clock and queue are a SimPy environment, and the world around it: load,
pods, network and faults. Needs the `sim` extra.
"""

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
from bookdelivery.simulation.result import Result, WorldFacts
from bookdelivery.simulation.scenario import Scenario
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
    "simulate",
]
