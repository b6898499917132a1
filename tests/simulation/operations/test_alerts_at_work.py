"""Alerts on a running world's error budget."""

import pytest

from bookdelivery.simulation import Constant, Outage, SlowDown
from bookdelivery.simulation.operations import BurnRateAlert, Objective
from bookdelivery.simulation.operations.burn_rate import time_to_detect_s
from tests.simulation.operations.tills import simulate_tills, tills

PAGE = BurnRateAlert(long_s=300, short_s=25, burn_rate=14.4)
SERVED = Objective("guests served", goal=0.99, kinds=["serve"], alerts=[PAGE], evaluate_every_s=5)


def test_an_outage_pages_after_the_time_that_the_burn_rate_says() -> None:
    result = simulate_tills(
        tills(None), objectives=[SERVED], faults=[Outage("till", at=400, lasts=60)], lasts=600.0, load=Constant(5)
    )
    alert = result.alerts.iloc[0]
    # 14.4 times 1 % of five minutes of requests are 43.2 s of them; looked at every 5 s.
    assert time_to_detect_s(SERVED, PAGE, 1.0) == pytest.approx(43.2)
    assert alert["fired_s"] == 445.0
    assert alert["time_to_detect_s"] == 45.0
    assert alert["fault"] == "till down"
    assert (alert["objective"], alert["severity"], alert["threshold"]) == ("guests served", "page", 14.4)
    # The pods serve again at 463.5: 3.5 of the last 25 s are less than 14.4 %.
    assert alert["resolved_s"] == 485.0
    assert len(result.alerts) == 1


def test_what_is_too_slow_is_bad_too_where_the_objective_says_so() -> None:
    prompt = Objective("prompt", goal=0.99, kinds=["serve"], slower_than_s=0.5, alerts=[PAGE], evaluate_every_s=5)
    slow = SlowDown("till", at=400, lasts=100, factor=20)
    result = simulate_tills(
        tills(None, service_s=0.05, workers=50),
        objectives=[SERVED, prompt],
        faults=[slow],
        lasts=600.0,
        load=Constant(5),
    )
    assert result.alerts["objective"].tolist() == ["prompt"]


def test_a_quiet_day_alerts_nobody() -> None:
    assert not len(simulate_tills(tills(None), objectives=[SERVED], lasts=100.0).alerts)
