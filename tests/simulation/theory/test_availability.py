"""Availability formulas agree with one another and with a chain run for long."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.theory import YEAR_S, alternating, downtime_s_a_year, k_of_n


def test_one_unit_works_for_its_share_of_the_time() -> None:
    assert alternating(990.0, 10.0) == 0.99
    assert k_of_n(1, 1, 990.0, 10.0).availability == pytest.approx(0.99)
    assert alternating(5.0, 0.0) == 1.0


def test_two_of_three_are_as_the_polynomial_says() -> None:
    works = 0.9
    group = k_of_n(2, 3, 90.0, 10.0)
    assert group.availability == pytest.approx(3 * works**2 - 2 * works**3)
    assert group.outage_s == pytest.approx((1 - group.availability) / group.outages_per_second)
    # Two are broken, each is repaired at its own pace: the first one ends the outage unless the third fails meanwhile.
    assert 10.0 / 2 < group.outage_s < 10.0


def test_as_many_repairers_as_units_are_as_good_as_any_number() -> None:
    assert k_of_n(2, 4, 50.0, 5.0, repairers=4) == k_of_n(2, 4, 50.0, 5.0)
    one_short, all_there = (k_of_n(2, 4, 50.0, 5.0, repairers=number).availability for number in (1, 4))
    assert one_short < all_there


@pytest.mark.parametrize("repairers", [None, 1, 2])
def test_a_group_agrees_with_its_chain_run_for_long(repairers: int | None) -> None:
    needed, units, mtbf_s, mttr_s = 2, 4, 30.0, 6.0
    rng = np.random.Generator(np.random.PCG64(5))
    broken, up_s, down_s, outages = 0, 0.0, 0.0, 0
    for _ in range(60_000):
        fails = (units - broken) / mtbf_s
        mends = min(broken, repairers or units) / mttr_s
        stay_s = rng.exponential(1 / (fails + mends))
        if units - broken >= needed:
            up_s += stay_s
        else:
            down_s += stay_s
        worse = rng.random() < fails / (fails + mends)
        outages += worse and units - broken == needed
        broken += 1 if worse else -1
    group = k_of_n(needed, units, mtbf_s, mttr_s, repairers)
    assert down_s / (up_s + down_s) == pytest.approx(1 - group.availability, rel=0.06)
    assert outages / (up_s + down_s) == pytest.approx(group.outages_per_second, rel=0.06)
    assert down_s / outages == pytest.approx(group.outage_s, rel=0.06)


def test_five_nines_are_five_minutes_a_year() -> None:
    assert downtime_s_a_year(0.99999) == pytest.approx(5.26 * 60, rel=1e-3)
    assert downtime_s_a_year(1.0) == 0.0
    assert downtime_s_a_year(0.0) == YEAR_S


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: alternating(0.0, 1.0), "mtbf_s"),
        (lambda: alternating(1.0, -1.0), "mttr_s"),
        (lambda: k_of_n(3, 2, 1.0, 1.0), "needed is 3, but must be at most as many as there are units, 2"),
        (lambda: k_of_n(1, 2, 1.0, 1.0, repairers=0), "repairers"),
        (lambda: downtime_s_a_year(99.9), "availability"),
    ],
)
def test_numbers_out_of_range_are_named(make: Callable[[], object], named: str) -> None:
    with pytest.raises(InvalidField, match=named):
        make()
