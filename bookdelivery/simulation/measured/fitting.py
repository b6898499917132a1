"""Which distribution describes measured durations, and whether it does so well enough."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_count, a_seed
from bookdelivery.simulation.distributions import Distribution
from bookdelivery.simulation.measured.families import FAMILIES, Member, Numbers

if TYPE_CHECKING:
    from bookdelivery.simulation.plotting.picture import Picture

FEWEST = 20
"""With fewer values every family fits."""


@attrs.frozen(kw_only=True)
class Fit:
    """The most likely member of one family.

    Attributes:
        family: its name, as in a scenario's file.
        distribution: for a scenario.
        frozen: the same as scipy has it.
        aic: Akaike's information criterion, 2 parameters - 2 log likelihood: of two families the lower one describes
            the sample better.
        distance: the largest distance between its distribution function and the sample's (Kolmogorov and Smirnov).
        p_value: how often a sample drawn from it is as far from its own best fit, or farther. Below 0.05 it does not
            describe the sample.
    """

    family: str
    distribution: Distribution
    frozen: Any
    aic: float
    distance: float
    p_value: float


@attrs.frozen(kw_only=True)
class Fits:
    """What came of fitting.

    Attributes:
        sample: the durations, in seconds, ascending.
        candidates: one of each family, that with the lowest AIC first.
    """

    sample: Numbers = attrs.field(repr=False)
    candidates: tuple[Fit, ...]

    @property
    def best(self) -> Fit:
        """The one with the lowest AIC; look at its p_value before you rely on it."""
        return self.candidates[0]

    @property
    def table(self) -> pd.DataFrame:
        """One row a family, the best first: mean_s, p99_s, aic, distance, p_value, and the distribution in words."""
        rows = {
            one.family: {
                "mean_s": one.distribution.mean_s,
                "p99_s": float(one.frozen.ppf(0.99)),
                "aic": one.aic,
                "distance": one.distance,
                "p_value": one.p_value,
                "distribution": str(one.distribution),
            }
            for one in self.candidates
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("family")

    def plot(self, title: str = "Share of durations that are longer") -> Picture:
        """Draw the share of durations that are longer than so much, measured and as each family has it.

        The vertical axis is logarithmic, so that the long ones, which make queues, can be seen.
        """
        from bookdelivery.simulation.charts.fits import plot_fits  # noqa: PLC0415

        return plot_fits(self, title)


def fit(
    durations_s: Iterable[float], families: Collection[str] = tuple(FAMILIES), *, samples: int = 200, seed: int = 1
) -> Fits:
    """Fit distributions to measured durations by maximum likelihood, and test each.

    A distribution fitted to a sample lies closer to it than the true one, so that the tables of Kolmogorov and
    Smirnov's test are too kind. The p-value comes from samples drawn from the fit and fitted again instead (parametric
    bootstrap; Stute, Gonzáles Manteiga and Presedo Quindimil, Metrika 40, 1993).

    Args:
        durations_s: in seconds, more than 0.
        families: of `FAMILIES`: exponential, gamma, log-normal, weibull.
        samples: how many to draw for each p-value.
        seed: of these.

    Raises:
        InvalidField: a duration is not positive, there are too few or all are alike, or a family is unknown.
    """
    sample = np.sort(np.asarray([*durations_s], dtype="float64"))
    if len(sample) < FEWEST:
        raise InvalidField("fit", "durations_s", f"{len(sample)} values", f"{FEWEST} values or more")
    if not (np.isfinite(sample).all() and sample[0] > 0):
        raise InvalidField("fit", "durations_s", float(sample[0]), "a positive number of seconds, as all must be")
    if sample[0] == sample[-1]:
        raise InvalidField("fit", "durations_s", f"{len(sample)} times {sample[0]:g}", "values that differ")
    if not families:
        raise InvalidField("fit", "families", families, f"one or more of {', '.join(FAMILIES)}")
    for family in families:
        if family not in FAMILIES:
            raise InvalidField("fit", "families", family, f"one of {', '.join(FAMILIES)}")
    settings = _Test(samples=samples, seed=seed)
    fits = [_fitted(family, sample, settings) for family in dict.fromkeys(families)]
    return Fits(sample=sample, candidates=tuple(sorted(fits, key=lambda one: one.aic)))


@attrs.frozen(kw_only=True)
class _Test:
    samples: int = attrs.field(validator=a_count)
    seed: int = attrs.field(validator=a_seed)


def _fitted(family: str, sample: Numbers, test: _Test) -> Fit:
    member = FAMILIES[family](sample)
    distance = _distance(member, sample)
    rng = np.random.default_rng(test.seed)
    farther = 0
    for _ in range(test.samples):
        drawn = np.sort(member.frozen.rvs(size=len(sample), random_state=rng))
        farther += _distance(FAMILIES[family](drawn), drawn) >= distance
    return Fit(
        family=family,
        distribution=member.distribution,
        frozen=member.frozen,
        aic=2 * member.parameters - 2 * float(member.frozen.logpdf(sample).sum()),
        distance=distance,
        # The sample itself is one of those that are as far from it (Davison and Hinkley, Bootstrap Methods, 1997, 4.2).
        p_value=(farther + 1) / (test.samples + 1),
    )


def _distance(member: Member, ascending: Numbers) -> float:
    below = member.frozen.cdf(ascending)
    steps = np.arange(len(ascending) + 1) / len(ascending)
    return float(max((steps[1:] - below).max(), (below - steps[:-1]).max()))
