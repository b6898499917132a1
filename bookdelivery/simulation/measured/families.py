"""Families of distributions: the most likely member for a sample, by solving the equations of maximum likelihood.

The equations stand in Law, Simulation Modeling and Analysis (5th edition), section 6.2.2; they are solved to the last
digit here, as fitting many samples by a general search would take minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from bookdelivery.simulation.distributions import Distribution, Exponential, Gamma, LogNormal, Weibull

Numbers = npt.NDArray[np.float64]


@attrs.frozen
class Member:
    """One distribution, as the simulation has it and as scipy has it.

    Attributes:
        distribution: what a scenario takes.
        frozen: with `logpdf`, `cdf` and `ppf`.
        parameters: how many were fitted.
    """

    distribution: Distribution
    frozen: Any
    parameters: int


def exponential(sample: Numbers) -> Member:
    """Fit the memoryless one: its mean is the sample's."""
    mean_s = float(sample.mean())
    return Member(Exponential(mean_s), stats.expon(scale=mean_s), 1)


def log_normal(sample: Numbers) -> Member:
    """Fit the one whose logarithm is normal: with the mean and standard deviation of the logarithms."""
    logarithms = np.log(sample)
    mu, sigma = float(logarithms.mean()), float(logarithms.std())
    return Member(LogNormal(math.exp(mu + sigma**2 / 2), sigma), stats.lognorm(s=sigma, scale=math.exp(mu)), 2)


def gamma(sample: Numbers) -> Member:
    """Fit the sum of exponential steps: log k - digamma(k) is the logarithm of the mean less the mean logarithm."""
    mean_s = float(sample.mean())
    spread = math.log(mean_s) - float(np.log(sample).mean())
    shape = optimize.brentq(lambda k: math.log(k) - special.digamma(k) - spread, 1e-3, 1e9)
    return Member(Gamma(mean_s, shape), stats.gamma(a=shape, scale=mean_s / shape), 2)


def weibull(sample: Numbers) -> Member:
    """Fit the time to failure: its shape solves one equation, and its scale follows from it."""
    # Scaled by the largest, powers neither overflow nor vanish.
    largest = float(sample.max())
    scaled, logarithms = sample / largest, np.log(sample)
    mean_log = float(logarithms.mean())

    def off(shape: float) -> float:
        powers = scaled**shape
        return float((powers * logarithms).sum() / powers.sum()) - 1 / shape - mean_log

    shape = optimize.brentq(off, 1e-2, 1e3)
    scale = largest * float((scaled**shape).mean()) ** (1 / shape)
    mean_s = scale * math.gamma(1 + 1 / shape)
    return Member(Weibull(mean_s, shape), stats.weibull_min(c=shape, scale=scale), 2)


FAMILIES: Mapping[str, Callable[[Numbers], Member]] = {
    "exponential": exponential,
    "gamma": gamma,
    "log-normal": log_normal,
    "weibull": weibull,
}
"""By the names that they have in a scenario's file."""
