"""How long things take: distributions of a duration in seconds, drawn from a stream that is given."""

from bookdelivery.simulation.distributions.base import (
    Distribution,
    a_distribution,
    distribution,
    takes_no_time,
)
from bookdelivery.simulation.distributions.blocks import Draw
from bookdelivery.simulation.distributions.empirical import Empirical
from bookdelivery.simulation.distributions.from_scipy import FromScipy
from bookdelivery.simulation.distributions.parametric import (
    Deterministic,
    Exponential,
    Gamma,
    LogNormal,
    Uniform,
    Weibull,
)

__all__ = [
    "Deterministic",
    "Distribution",
    "Draw",
    "Empirical",
    "Exponential",
    "FromScipy",
    "Gamma",
    "LogNormal",
    "Uniform",
    "Weibull",
    "a_distribution",
    "distribution",
    "takes_no_time",
]
