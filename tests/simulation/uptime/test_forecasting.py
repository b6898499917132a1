"""Outage cycles alone give the uptime that theory, a plain long run and the simulated world itself give."""

from __future__ import annotations

from collections import Counter
from math import sqrt

import attrs
import numpy as np
import pytest
import simpy
from simpy.events import ProcessGenerator

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import (
    Constant,
    Deployment,
    Exponential,
    LogNormal,
    Network,
    RandomCrashes,
    Scenario,
    Uniform,
    simulate,
)
from bookdelivery.simulation.experiments import Uptime
from bookdelivery.simulation.statistics import availability_interval, ratio_interval
from bookdelivery.simulation.theory import YEAR_S, alternating, k_of_n
from bookdelivery.simulation.uptime import (
    CommonOutage,
    Fleet,
    PodFailure,
    Rollouts,
    Sum,
    forecast_uptime,
    noticed_after,
    share_of_years,
    simulate_years,
)
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests

DAY_S = 86_400.0


def fleet(replicas: int, needed: int, mtbf_s: float, mttr_s: float, sigma: float | None = None) -> Fleet:
    repair_s = Exponential(mttr_s) if sigma is None else LogNormal(mttr_s, sigma)
    return Fleet(
        replicas=replicas, needed=needed, failures=[PodFailure(label="crash", mtbf_s=mtbf_s, repair_s=repair_s)]
    )


@pytest.mark.parametrize(
    ("replicas", "needed", "mtbf_s", "mttr_s", "sigma"),
    [
        (1, 1, 990.0, 10.0, None),
        (1, 1, 990.0, 10.0, 1.5),
        (3, 2, 90.0, 10.0, None),
        (2, 1, DAY_S, 300.0, None),
        (3, 2, 30 * DAY_S, 300.0, 0.8),
        (3, 1, 30 * DAY_S, 300.0, None),
        (4, 2, DAY_S, 600.0, None),
    ],
)
def test_the_forecast_is_that_of_theory_from_nine_tenths_to_eleven_nines(
    replicas: int, needed: int, mtbf_s: float, mttr_s: float, sigma: float | None
) -> None:
    # The binomial formula holds for repairs of any distribution.
    truth = 1 - k_of_n(needed, replicas, mtbf_s, mttr_s).availability
    found = forecast_uptime(fleet(replicas, needed, mtbf_s, mttr_s, sigma), episodes=20_000, confidence=0.999)
    low, high = 1 - found.uptime.interval.high, 1 - found.uptime.interval.low
    assert low < truth < high
    assert high - low < 0.8 * truth


@pytest.mark.slow
def test_the_interval_covers_as_often_as_it_says() -> None:
    given = fleet(2, 1, 2_000.0, 100.0, 0.7)
    truth = k_of_n(1, 2, 2_000.0, 100.0).availability
    samples = 200
    covered = sum(truth in forecast_uptime(given, episodes=600, seed=seed).uptime.interval for seed in range(samples))
    assert covered / samples == pytest.approx(0.95, abs=4 * sqrt(0.95 * 0.05 / samples))


def test_five_nines_of_a_core_context_are_told_from_less_with_an_interval() -> None:
    quick = PodFailure(label="crash", mtbf_s=7 * DAY_S, repair_s=12.0)
    hang = PodFailure(
        label="hang",
        mtbf_s=30 * DAY_S,
        unnoticed_s=noticed_after(period_s=5, failures=3, timeout_s=1),
        repair_s=Sum([noticed_after(period_s=10, failures=3, timeout_s=1), Uniform(8, 15)]),
    )
    zone = CommonOutage(label="zone", mtbf_s=2 * YEAR_S, lasts_s=LogNormal(300, 1.0))
    rollouts = Rollouts(every_s=7 * DAY_S, start_up_s=Uniform(8, 15), bad=0.02)
    good = forecast_uptime(Fleet(replicas=3, failures=[quick, hang], outages=[zone], rollouts=rollouts))
    assert good.uptime.interval.low > 0.99999
    alone = Fleet(replicas=1, failures=[quick, hang], outages=[zone], rollouts=rollouts)
    assert forecast_uptime(alone).uptime.interval.high < 0.99999
    # Up, but not for everybody: hanging pods get requests until the readiness probe notices.
    assert good.answered.interval.high < good.uptime.interval.low
    assert good.causes["down_s_a_year"].sum() == pytest.approx((1 - good.uptime.value) * YEAR_S)
    assert good.causes["lost_s_a_year"].sum() == pytest.approx((1 - good.answered.value) * YEAR_S)
    assert good.causes.loc["zone", "per_year"] == pytest.approx(0.5, rel=0.01)
    value, low, high = good.down_s_a_year
    assert low < value < high < 0.00001 * YEAR_S


def test_three_fifths_of_a_year_for_a_supporting_context() -> None:
    shaky = fleet(1, 1, 4 * 3600.0, 2 * 3600.0, 1.0)
    found = forecast_uptime(shaky, episodes=20_000)
    assert found.uptime.interval.low > 0.6
    assert alternating(4.0, 2.0) in found.uptime.interval


TROUBLED = Fleet(
    replicas=2,
    needed=1,
    failures=[
        PodFailure(label="crash", mtbf_s=3_000.0, repair_s=LogNormal(120.0, 0.8)),
        PodFailure(label="hang", mtbf_s=6_000.0, repair_s=Uniform(60.0, 200.0), unnoticed_s=noticed_after(10.0, 3)),
    ],
    outages=[CommonOutage(label="zone", mtbf_s=20_000.0, lasts_s=Exponential(100.0))],
    rollouts=Rollouts(every_s=9_000.0, start_up_s=Uniform(5.0, 15.0), probed=False, bad=0.1, rolled_back_s=90.0),
)
"""Up for about 99 % of the time, so that a plain run sees enough of it."""


class PlainRun:
    """The same troubles as SimPy processes, with all the time in which nothing happens: no cycles, no weights."""

    def __init__(self, fleet: Fleet, rng: np.random.Generator, periods: int, period_s: float) -> None:
        self.fleet, self.rng, self.periods, self.period_s = fleet, rng, periods, period_s
        self.env = simpy.Environment()
        self.going_on: Counter[str] = Counter()
        self.since = 0.0
        self.down, self.lost = np.zeros(periods), np.zeros(periods)

    def run(self) -> None:
        for failure in self.fleet.failures:
            self.env.process(self.failing(failure))
        for common in self.fleet.outages:
            self.env.process(self.outage(common))
        if self.fleet.rollouts is not None:
            self.env.process(self.rolling(self.fleet.rollouts))
        self.env.run(self.periods * self.period_s)
        self.settle()

    @property
    def working(self) -> int:
        return 0 if self.going_on["blind"] else self.fleet.replicas - self.going_on["failed"]

    def settle(self) -> None:
        working = 0 if self.going_on["outage"] else self.working
        reached = self.fleet.replicas if self.going_on["blind"] else self.going_on["unnoticed"]
        while self.since < self.env.now:
            period = int(self.since / self.period_s + 1e-12)
            until = min(self.env.now, (period + 1) * self.period_s)
            self.down[period] += (until - self.since) * (working < self.fleet.needed)
            self.lost[period] += (until - self.since) * (reached / (reached + working) if working else 1.0)
            self.since = until

    def for_a_while(self, what: str, seconds: float) -> ProcessGenerator:
        self.settle()
        self.going_on[what] += 1
        yield self.env.timeout(seconds)
        self.settle()
        self.going_on[what] -= 1

    def failing(self, kind: PodFailure) -> ProcessGenerator:
        repair, notice = kind.repair_s.draws(self.rng), kind.unnoticed_s.draws(self.rng)
        while True:
            # As fast as all pods together can fail; those that do not work are thinned out.
            yield self.env.timeout(self.rng.exponential(kind.mtbf_s / self.fleet.replicas))
            if self.rng.random() < self.working / self.fleet.replicas:
                repaired, noticed = repair(), notice()
                self.env.process(self.for_a_while("failed", repaired))
                self.env.process(self.for_a_while("unnoticed", min(repaired, noticed)))

    def outage(self, kind: CommonOutage) -> ProcessGenerator:
        lasts = kind.lasts_s.draws(self.rng)
        while True:
            yield self.env.timeout(self.rng.exponential(kind.mtbf_s))
            yield self.env.process(self.for_a_while("outage", lasts()))

    def rolling(self, kind: Rollouts) -> ProcessGenerator:
        start_up, back = kind.start_up_s.draws(self.rng), kind.rolled_back_s.draws(self.rng)
        while True:
            yield self.env.timeout(self.rng.exponential(kind.every_s))
            if not (self.going_on["failed"] or self.going_on["outage"]):
                lasts_s = start_up() + (back() if self.rng.random() < kind.bad else 0.0)
                yield self.env.process(self.for_a_while("blind", lasts_s))


def test_a_plain_long_run_at_99_percent_comes_to_the_same_uptime_and_the_same_lost_requests() -> None:
    periods, period_s = 400, 50_000.0
    plain_run = PlainRun(TROUBLED, np.random.Generator(np.random.PCG64(3)), periods, period_s)
    plain_run.run()
    found = forecast_uptime(TROUBLED, episodes=40_000, confidence=0.999)
    assert found.uptime.value == pytest.approx(0.99, abs=0.003)
    for seen, estimate in ((plain_run.down, found.uptime), (plain_run.lost, found.answered)):
        plain = ratio_interval((period_s - seen).tolist(), [period_s] * periods, 0.999)
        assert plain.interval.low < estimate.interval.high
        assert estimate.interval.low < plain.interval.high
        # Both know the time lost to a tenth of it, so that agreeing means something.
        assert plain.interval.half_width < 0.1 * (1 - plain.value)
        assert estimate.interval.half_width < 0.1 * (1 - plain.value)


@pytest.mark.slow
def test_the_simulated_world_with_crashing_pods_at_99_percent_comes_to_the_same_uptime() -> None:
    scenario = Scenario(
        load=Constant(per_second=0.02),
        lasts=400_000.0,
        seed=4,
        customers=Guests(timeout_s=1.0),
        people=None,
        network=Network(latency_s=0.0),
        deployment={"till": Deployment(replicas=1, service_s=0.0, start_up_s=Uniform(2.0, 8.0))},
        faults=[RandomCrashes("till", mean_time_between_s=594.0, restart_after_s=1.0)],
        sample_every_s=100_000.0,
    )
    result = simulate(scenario, SHOP_WITH_A_TILL)
    cycles = Uptime("till")(result)
    world = availability_interval(cycles.up_s, cycles.down_s, 0.999)
    crash = PodFailure(label="crash", mtbf_s=594.0, repair_s=Sum([1.0, Uniform(2.0, 8.0)]))
    found = forecast_uptime(Fleet(replicas=1, failures=[crash]), episodes=40_000, confidence=0.999)
    assert found.uptime.value == pytest.approx(0.99, abs=5e-4)
    assert world.interval.low < found.uptime.value < world.interval.high
    assert world.interval.half_width < 0.0015
    answered = (result.requests["outcome"] == "answered").mean()
    assert answered == pytest.approx(found.answered.value, abs=0.004)


def test_a_fleet_that_nothing_ever_takes_down_says_so_and_claims_nothing() -> None:
    only_rollouts = Fleet(replicas=2, rollouts=Rollouts(every_s=DAY_S, start_up_s=10.0))
    found = forecast_uptime(only_rollouts, episodes=200)
    assert found.uptime.value == 1.0
    assert (found.uptime.interval.low, found.uptime.interval.high) == (0.0, 1.0)
    assert found.uptime.interval.method == "none: no simulated outage cycle ever took it down"


def test_the_same_seed_gives_the_same_forecast_and_another_seed_another() -> None:
    one, again, other = (forecast_uptime(TROUBLED, episodes=500, seed=seed) for seed in (1, 1, 2))
    assert one.uptime == again.uptime
    assert one.causes.equals(again.causes)
    assert one.uptime != other.uptime


@pytest.mark.slow
def test_years_have_on_average_the_uptime_of_the_forecast_and_differ() -> None:
    given = attrs.evolve(TROUBLED, rollouts=None)
    years = simulate_years(given, 3)
    # A year begins with what the last one left, and ends with what the next one gets: both hardly count.
    assert years["uptime"].mean() == pytest.approx(forecast_uptime(given, episodes=20_000).uptime.value, abs=5e-4)
    assert years["uptime"].std() > 0
    assert (years["answered"] < years["uptime"]).all()
    assert (years["outages"] <= years["episodes"]).all()
    assert simulate_years(given, 3).equals(years)


def test_the_share_of_years_that_reach_a_goal_has_the_exact_interval() -> None:
    years = simulate_years(fleet(1, 1, 60 * DAY_S, 3_600.0), 40)
    median = float(years["uptime"].median())
    assert share_of_years(years, median).value >= 0.5
    assert share_of_years(years, 0.0).value == 1.0
    assert share_of_years(years, 1.0).interval.method == "Clopper-Pearson over replications"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"episodes": 99}, "episodes"),
        ({"episodes": 1e5}, "episodes"),
        ({"seed": -1}, "seed"),
        ({"confidence": 1}, "conf"),
    ],
)
def test_numbers_out_of_range_are_refused(changes: dict[str, float], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        forecast_uptime(TROUBLED, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("years", "seed", "field"), [(0, 1, "years"), (1.5, 1, "years"), (1, -1, "seed")])
def test_years_that_are_none_are_refused(years: int, seed: int, field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        simulate_years(TROUBLED, years, seed=seed)


def test_a_goal_that_is_no_share_is_refused() -> None:
    with pytest.raises(InvalidField, match="goal"):
        share_of_years(simulate_years(TROUBLED, 1), 99.999)
