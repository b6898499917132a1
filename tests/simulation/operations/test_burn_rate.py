"""Burn-rate alerts, held against the arithmetic of the SRE workbook's chapter 5."""

import math

import pytest

from bookdelivery.simulation.operations import RECOMMENDED_ALERTS, BurnRateAlert, Objective
from bookdelivery.simulation.operations.burn_rate import ErrorLog, firings, time_to_detect_s

HOUR_S = 3600.0


def steady(error_rate: float, begin_s: float, end_s: float, until_s: float) -> ErrorLog:
    """A request every second, of which from `begin_s` to `end_s` such a part is bad, evenly spread."""
    at_s = [float(second) for second in range(1, int(until_s) + 1)]
    spread = [
        math.floor(second * error_rate) != math.floor((second - 1) * error_rate) for second in range(1, len(at_s) + 1)
    ]
    return ErrorLog(at_s, [bad and begin_s < at <= end_s for at, bad in zip(at_s, spread, strict=True)])


def test_the_burn_rate_is_the_error_rate_over_the_budget() -> None:
    log = ErrorLog([1.0, 2.0, 3.0, 4.0], [False, True, False, True])
    assert log.error_rate(4.0, 4.0) == 0.5
    assert log.burn_rate(Objective("orders", goal=0.99), 4.0, 4.0) == pytest.approx(50.0)


def test_a_window_holds_its_end_and_not_its_beginning() -> None:
    log = ErrorLog([1.0, 2.0, 3.0], [True, False, True])
    assert log.error_rate(3.0, 2.0) == 0.5
    assert log.error_rate(2.999, 1.998) == 0.0
    assert log.error_rate(3.0, 2.001) == pytest.approx(2 / 3)


def test_a_time_without_requests_burns_nothing() -> None:
    assert ErrorLog([], []).error_rate(100.0, 10.0) == 0.0
    assert ErrorLog([1.0], [True]).error_rate(100.0, 10.0) == 0.0


# 0.0144 / error rate x 3600 s.
@pytest.mark.parametrize(("error_rate", "detected_s"), [(1.0, 51.84), (0.1, 518.4), (0.0144, math.inf), (0.02, 2592.0)])
def test_the_time_to_detect_follows_the_workbooks_formula(error_rate: float, detected_s: float) -> None:
    assert time_to_detect_s(Objective("orders"), RECOMMENDED_ALERTS[0], error_rate) == pytest.approx(detected_s)


@pytest.mark.parametrize("error_rate", [1.0, 0.5, 0.1, 0.05])
def test_alerts_fire_when_the_formula_says(error_rate: float) -> None:
    objective = Objective("orders", evaluate_every_s=1.0)
    log = steady(error_rate, 4 * HOUR_S, 6 * HOUR_S, 6 * HOUR_S)
    fast, *_ = firings(objective, log, 6 * HOUR_S)
    expected_s = time_to_detect_s(objective, RECOMMENDED_ALERTS[0], error_rate)
    assert fast.alert == RECOMMENDED_ALERTS[0]
    assert fast.fired_s - 4 * HOUR_S == pytest.approx(expected_s, abs=1 + 1 / error_rate)


def test_an_outage_pages_within_minutes_and_the_page_is_over_once_the_short_window_is_clean() -> None:
    objective = Objective("orders")
    log = steady(1.0, 2 * HOUR_S, 2 * HOUR_S + 600, 4 * HOUR_S)
    fast, slow = (
        [firing for firing in firings(objective, log, 4 * HOUR_S) if firing.alert == alert]
        for alert in RECOMMENDED_ALERTS[:2]
    )
    assert [firing.fired_s for firing in fast] == [2 * HOUR_S + 60]
    # 300 s after the last error it falls below 14.4 times the budget, which is 1.44 % of 300 requests.
    assert [firing.resolved_s for firing in fast] == [2 * HOUR_S + 600 + 300]
    # Up to then there were two hours of requests only: 0.6 % of them is sooner than 0.6 % of six hours.
    assert [firing.fired_s for firing in slow] == [2 * HOUR_S + 60]
    assert fast[0].burn_rate == pytest.approx(60 / 3600 / 0.001)


def test_what_is_over_before_anybody_looks_at_the_long_window_pages_nobody() -> None:
    objective = Objective("orders", alerts=RECOMMENDED_ALERTS[:1])
    assert firings(objective, steady(1.0, HOUR_S, HOUR_S + 50, 3 * HOUR_S), 3 * HOUR_S) == []


def test_the_short_window_keeps_what_is_long_over_from_paging() -> None:
    alert = BurnRateAlert(long_s=1000, short_s=10, burn_rate=100)
    objective = Objective("orders", goal=0.999, alerts=[alert], evaluate_every_s=50)
    # 149 bad ones up to second 149: the long window still burns at 150 then and long after, the short one no more.
    found = firings(objective, steady(1.0, 0, 149, 1000), 1000)
    assert [(firing.fired_s, firing.resolved_s) for firing in found] == [(50.0, 200.0)]


def test_an_alert_that_still_fires_at_the_end_is_not_resolved() -> None:
    objective = Objective("orders", alerts=RECOMMENDED_ALERTS[:1])
    (firing,) = firings(objective, steady(1.0, HOUR_S, 2 * HOUR_S, 2 * HOUR_S), 2 * HOUR_S)
    assert math.isnan(firing.resolved_s)


def test_an_error_rate_within_the_budget_never_alerts() -> None:
    assert firings(Objective("orders"), steady(0.001, 0, 8 * HOUR_S, 8 * HOUR_S), 8 * HOUR_S) == []
