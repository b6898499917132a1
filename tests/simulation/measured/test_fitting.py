"""Fitting finds what a sample was drawn from, and says when nothing fits."""

import numpy as np
import pytest
from scipy import stats

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Exponential, Gamma, LogNormal, Weibull
from bookdelivery.simulation.distributions import Distribution
from bookdelivery.simulation.measured import fit
from bookdelivery.simulation.measured.families import FAMILIES


def drawn(distribution: Distribution, number: int, seed: int = 3) -> np.ndarray:
    draw = distribution.draws(np.random.default_rng(seed))
    return np.array([draw() for _ in range(number)])


@pytest.mark.parametrize(
    ("family", "distribution"),
    [
        ("exponential", Exponential(2.0)),
        ("gamma", Gamma(2.0, 3.0)),
        ("log-normal", LogNormal(2.0, 0.7)),
        ("weibull", Weibull(2.0, 1.7)),
    ],
)
def test_a_family_finds_the_parameters_that_a_sample_was_drawn_with(family: str, distribution: Distribution) -> None:
    fits = fit(drawn(distribution, 4000), samples=60)
    member = next(one for one in fits.candidates if one.family == family)
    for name in ("mean_s", "shape", "sigma"):
        if hasattr(distribution, name):
            assert getattr(member.distribution, name) == pytest.approx(getattr(distribution, name), rel=0.06)
    assert member.p_value > 0.05
    # A gamma and a Weibull of shape 1 are exponential, so that the lowest AIC may be theirs by a hair.
    assert member.aic - fits.best.aic < 3


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_fit_is_the_most_likely_one_as_scipy_finds_it(family: str) -> None:
    sample = drawn(Gamma(0.3, 2.0), 300)
    by_scipy = {
        "exponential": stats.expon(*stats.expon.fit(sample, floc=0)),
        "gamma": stats.gamma(*stats.gamma.fit(sample, floc=0)),
        "log-normal": stats.lognorm(*stats.lognorm.fit(sample, floc=0)),
        "weibull": stats.weibull_min(*stats.weibull_min.fit(sample, floc=0)),
    }[family]
    own = FAMILIES[family](sample)
    assert own.frozen.logpdf(sample).sum() == pytest.approx(by_scipy.logpdf(sample).sum(), abs=1e-3)
    assert own.distribution.mean_s == pytest.approx(own.frozen.mean())


def test_a_sample_that_no_family_describes_is_told_by_every_p_value() -> None:
    both = np.concatenate([drawn(Gamma(0.1, 50.0), 400), drawn(Gamma(1.0, 50.0), 400)])
    fits = fit(both, samples=60)
    assert {one.p_value < 0.05 for one in fits.candidates} == {True}


@pytest.mark.slow
def test_true_models_are_seldom_rejected_although_their_parameters_were_fitted() -> None:
    # Kolmogorov's own table would hardly reject any of them; this one should do so in about one of twenty.
    rejected = sum(
        fit(drawn(Exponential(1.0), 60, seed), ["exponential"], samples=99, seed=seed).best.p_value <= 0.05
        for seed in range(120)
    )
    assert 1 <= rejected <= 14


def test_a_table_has_the_best_first_and_the_picture_a_line_for_each() -> None:
    fits = fit(drawn(LogNormal(1.0, 0.8), 500), ["exponential", "log-normal"], samples=20)
    assert list(fits.table.index) == ["log-normal", "exponential"]
    assert fits.table["aic"].is_monotonic_increasing
    assert fits.table.loc["log-normal", "p99_s"] == pytest.approx(np.quantile(fits.sample, 0.99), rel=0.3)
    names = [line.get_label() for line in fits.plot().axes[0].lines]
    assert [str(name).split()[0] for name in names] == ["measured", "log-normal", "exponential"]


@pytest.mark.parametrize(
    ("durations", "families", "field"),
    [
        ([1.0] * 5, ["exponential"], "durations_s"),
        ([1.0] * 30, ["exponential"], "durations_s"),
        ([0.0, *range(1, 40)], ["exponential"], "durations_s"),
        ([float("nan"), *range(1, 40)], ["exponential"], "durations_s"),
        (range(1, 40), ["normal"], "families"),
        (range(1, 40), [], "families"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(durations: list[float], families: list[str], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        fit(durations, families)
