"""The formulas agree with printed values, with one another, and with chains solved by other means."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from math import factorial

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.theory import (
    NeverDrains,
    Station,
    birth_death,
    closed,
    erlang_b,
    erlang_c,
    md1,
    mg1,
    mgcc,
    mm1,
    mmc,
    mmc_longer_than,
    mmck,
    tandem,
)


def solved(births: list[float], deaths: list[float]) -> np.ndarray:
    """The long-run probabilities of the chain, from its generator by linear algebra."""
    size = len(births) + 1
    generator = np.diag(births, 1) + np.diag(deaths, -1)
    generator -= np.diag(generator.sum(axis=1))
    equations = np.vstack([generator.T, np.ones(size)])
    chances: np.ndarray = np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)[0]
    return chances


def test_erlangs_formulas_give_the_printed_values() -> None:
    # Two erlangs on two and on three servers, by hand; ten erlangs on ten servers, as in the tables.
    assert erlang_b(2.0, 2) == pytest.approx(2 / 5)
    assert erlang_c(2.0, 3) == pytest.approx(4 / 9)
    assert erlang_b(10.0, 10) == pytest.approx(0.21458, abs=1e-5)


def test_one_server_is_the_textbooks_example() -> None:
    station = mm1(0.5, 1.0)
    assert (station.utilisation, station.waits, station.wait_s, station.stay_s) == (0.5, 0.5, 1.0, 2.0)
    assert (station.waiting, station.inside) == (0.5, 1.0)
    assert md1(0.5, 1.0).wait_s == 0.5


@pytest.mark.parametrize(("offered", "servers"), [(0.3, 1), (2.1, 3), (40.0, 48)])
def test_the_delay_formula_is_that_of_the_sums_of_powers_and_factorials(offered: float, servers: int) -> None:
    all_busy = offered**servers / factorial(servers) / (1 - offered / servers)
    expected = all_busy / (sum(offered**k / factorial(k) for k in range(servers)) + all_busy)
    assert erlang_c(offered, servers) == pytest.approx(expected)


@pytest.mark.parametrize(("arrivals", "servers", "places"), [(0.9, 1, 4), (2.5, 3, 3), (5.0, 2, 9)])
def test_few_places_are_the_chain_solved_by_linear_algebra(arrivals: float, servers: int, places: int) -> None:
    chances = solved([arrivals] * places, [min(number, servers) / 2.0 for number in range(1, places + 1)])
    station = mmck(arrivals, 2.0, servers, places)
    assert station.refused == pytest.approx(chances[-1])
    assert station.inside == pytest.approx(chances @ np.arange(places + 1))
    assert station.waits == pytest.approx(chances[servers:-1].sum() / (1 - chances[-1]))


def test_without_room_to_wait_it_is_the_loss_formula_and_with_much_of_it_the_delay_formula() -> None:
    lost, none_waits = mgcc(2.0, 1.0, 3), mmck(2.0, 1.0, 3, 3)
    endless, roomy = mmc(2.0, 1.0, 3), mmck(2.0, 1.0, 3, 400)
    for one, other in ((lost, none_waits), (endless, roomy)):
        assert attrs.asdict(one) == pytest.approx(attrs.asdict(other), abs=1e-12)


def test_exponential_service_is_the_general_formula_with_a_variation_of_one() -> None:
    assert mg1(0.7, 1.0, 1.0).wait_s == pytest.approx(mm1(0.7, 1.0).wait_s)


@pytest.mark.parametrize(("users", "servers"), [(1, 1), (6, 1), (12, 3)])
def test_a_closed_queue_agrees_with_mean_value_analysis(users: int, servers: int) -> None:
    # Reiser and Lavenberg's recursion, with the load-dependent station's marginal probabilities.
    think_s, service_s = 4.0, 1.5
    before = [1.0] + [0.0] * users
    stay_s = rate = waits = 0.0
    for population in range(1, users + 1):
        stay_s = sum(n * service_s / min(n, servers) * before[n - 1] for n in range(1, population + 1))
        rate = population / (think_s + stay_s)
        now = [0.0] * (users + 1)
        for n in range(1, population + 1):
            now[n] = rate * service_s / min(n, servers) * before[n - 1]
        now[0] = 1 - sum(now)
        waits, before = sum(before[servers:]), now
    station = closed(users, think_s, service_s, servers)
    assert station.stay_s == pytest.approx(stay_s)
    assert station.per_second == pytest.approx(rate)
    assert station.waits == pytest.approx(waits, abs=1e-12)
    assert station.stay_s == pytest.approx(users / station.per_second - think_s)


def test_a_user_alone_never_waits() -> None:
    assert closed(1, 3.0, 1.0) == Station(
        utilisation=0.25, per_second=0.25, waits=0.0, wait_s=0.0, stay_s=1.0, waiting=0.0, inside=0.25
    )


def test_a_line_of_stations_is_the_sum_of_each_alone() -> None:
    line = tandem(2.0, [(0.3, 1), (1.0, 4)])
    assert line.stations == (mmc(2.0, 0.3, 1), mmc(2.0, 1.0, 4))
    assert line.stay_s == pytest.approx(mm1(2.0, 0.3).stay_s + mmc(2.0, 1.0, 4).stay_s)
    assert line.inside == pytest.approx(2.0 * line.stay_s)


def test_waiting_longer_than_nothing_is_waiting_and_the_tail_integrates_to_the_mean() -> None:
    assert mmc_longer_than(2.0, 1.0, 3, 0.0) == mmc(2.0, 1.0, 3).waits
    steps = np.linspace(0.0, 40.0, 40_001)
    tail = [mmc_longer_than(2.0, 1.0, 3, float(step)) for step in steps]
    assert np.trapezoid(tail, steps) == pytest.approx(mmc(2.0, 1.0, 3).wait_s, rel=1e-6)


@given(
    rate=st.floats(0.01, 50.0),
    service_s=st.floats(0.001, 2.0),
    servers=st.integers(1, 60),
    more=st.integers(0, 200),
    users=st.integers(1, 150),
)
def test_littles_law_holds_in_every_formula(rate: float, service_s: float, servers: int, more: int, users: int) -> None:
    stations = [mmck(rate, service_s, servers, servers + more), mgcc(rate, service_s, servers)]
    stations.append(closed(users, 1 / rate, service_s, servers))
    if rate * service_s < 0.999 * servers:
        stations.append(mmc(rate, service_s, servers))
    if rate * service_s < 0.999:
        stations.append(mg1(rate, service_s, 3.0))
    for station in stations:
        assert station.inside == pytest.approx(station.per_second * station.stay_s, rel=1e-9)
        assert station.waiting == pytest.approx(station.per_second * station.wait_s, rel=1e-9)
        assert station.stay_s == pytest.approx(station.wait_s + service_s, rel=1e-6)
        assert 0 <= station.waits <= 1 + 1e-12
        assert 0 <= station.utilisation <= 1 + 1e-12


def test_a_long_chain_does_not_overflow() -> None:
    chances = birth_death([1_000.0] * 5_000, [1.0] * 5_000)
    assert sum(chances) == pytest.approx(1.0)
    assert chances[-1] == pytest.approx(0.999)


@pytest.mark.parametrize("make", [lambda: mm1(2.0, 0.5), lambda: mmc(7.0, 0.5, 3), lambda: mg1(3.0, 0.5, 0.2)])
def test_what_never_drains_is_refused_with_its_utilisation(make: Callable[[], Station]) -> None:
    with pytest.raises(NeverDrains, match=r"arrivals_per_second is .*the utilisation would be 1(\.\d+)?, and") as seen:
        make()
    assert seen.value.utilisation >= 1
    copy = pickle.loads(pickle.dumps(seen.value))  # noqa: S301
    assert (str(copy), copy.utilisation) == (str(seen.value), seen.value.utilisation)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: mm1(-1.0, 1.0), "arrivals_per_second"),
        (lambda: mm1(1.0, float("inf")), "service_s"),
        (lambda: mmc(1.0, 0.1, 0), "servers"),
        (lambda: mmc(1.0, 0.1, 2.0), "servers"),  # type: ignore[arg-type]
        (lambda: mmck(1.0, 0.1, 4, 3), "places is 3, but must be at least as many as there are servers, 4"),
        (lambda: mg1(0.1, 1.0, -0.5), "variation"),
        (lambda: closed(0, 1.0, 1.0), "users"),
        (lambda: closed(3, 0.0, 1.0), "think_s"),
        (lambda: tandem(1.0, []), "stations"),
        (lambda: erlang_b(float("nan"), 2), "offered"),
        (lambda: mmc_longer_than(1.0, 0.1, 1, -1.0), "wait_s"),
        (lambda: birth_death([1.0], []), "deaths"),
        (lambda: birth_death([1.0], [0.0]), "deaths"),
        (lambda: birth_death([-1.0], [1.0]), "births"),
    ],
)
def test_numbers_out_of_range_are_named(make: Callable[[], object], named: str) -> None:
    with pytest.raises(InvalidField, match=named):
        make()
