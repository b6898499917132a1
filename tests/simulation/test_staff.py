"""Shopkeepers and couriers: there are so many of them, they have their hours, and the orders feel it."""

import numpy as np
import pytest

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Constant, People
from bookdelivery.simulation.deployment import OpeningHours
from tests.simulation.faults.small import run_with, small
from tests.simulation.worlds import assert_all_is_well, run

HOUR_S, DAY_S = 3600.0, 86_400.0


def test_the_shops_hours_hold_orders_over_night_and_customers_order_all_the_same() -> None:
    scenario = small(
        load=Constant(per_second=1 / 300),
        lasts=1.5 * DAY_S,
        people=People(take_s=60.0, pack_s=120.0, deliver_s=600.0, shop_hours=OpeningHours("09:00", "18:00")),
        drain_within_s=DAY_S,
        sample_every_s=600.0,
        engine=EngineSettings(poll_s=300.0),
    )
    result = run(scenario)
    orders = result.orders
    assert (orders["answer"] == "placed").all()
    hour = orders["taken_s"] % DAY_S / HOUR_S
    assert hour.between(9.0, 18.1).all()
    at_night = orders[(orders["arrived_s"] % DAY_S) > 18.5 * HOUR_S]
    assert len(at_night) > 50
    assert at_night["taken_s"].min() >= DAY_S + 9 * HOUR_S
    # Couriers work around the clock: what is packed late is delivered in the evening.
    assert (orders["delivered_s"] - orders["packed_s"]).max() < 700
    assert_all_is_well(result)


def test_as_many_parcels_are_on_the_way_as_there_are_couriers() -> None:
    result = run_with(people=People(take_s=0.5, pack_s=0.5, deliver_s=4.0, couriers=3), lasts=15.0)
    delivered = result.orders["delivered_s"].sort_values().to_numpy()
    # Three couriers bring three parcels in four seconds, one round after the other.
    assert np.all(delivered[3:] - delivered[:-3] >= 4.0 - 0.1)
    assert np.mean(np.diff(delivered)) == pytest.approx(4 / 3, rel=0.05)
    assert_all_is_well(result)


def test_one_shopkeeper_takes_and_packs_one_after_the_other() -> None:
    result = run_with(people=People(take_s=1.0, pack_s=2.0, deliver_s=0.5, shopkeepers=1), lasts=10.0)
    done = np.sort(np.concatenate([result.orders["taken_s"], result.orders["packed_s"]]))
    assert np.diff(done).min() >= 1.0 - 0.1
    assert result.orders["packed_s"].max() == pytest.approx(3 * len(result.orders), rel=0.02)
    assert_all_is_well(result)


def test_without_a_number_there_are_as_many_as_the_work_needs() -> None:
    result = run_with(people=People(take_s=5.0, pack_s=5.0, deliver_s=5.0))
    waited = result.orders["delivered_s"] - result.orders["paid_s"]
    assert waited.max() < 16.0


@pytest.mark.parametrize(
    ("at", "closed_for_s"), [("08:59:30", 30.0), ("09:00", 0.0), ("17:59", 0.0), ("18:00", 15 * HOUR_S)]
)
def test_hours_begin_when_they_open_and_end_when_they_close(at: str, closed_for_s: float) -> None:
    hours, minutes, *rest = (int(part) for part in at.split(":"))
    moment_s = HOUR_S * hours + 60 * minutes + sum(rest)
    for day in (0, 1, 5):
        assert OpeningHours("09:00", "18:00").closed_for(day * DAY_S + moment_s) == closed_for_s


def test_hours_may_go_over_midnight() -> None:
    hours = OpeningHours("22:00", "02:00")
    assert [hours.closed_for(at * HOUR_S) for at in (0, 1, 2, 21, 22, 23)] == [0, 0, 20 * HOUR_S, HOUR_S, 0, 0]


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        ("9:00", "18:00", "OpeningHours.opens is '9:00', but must be a time of day such as '09:00'"),
        ("09:00", "25:00", "OpeningHours.closes is '25:00'"),
        ("09:00", "09:00", "OpeningHours.closes is '09:00', but must be another time than opens"),
        (
            "00:00",
            "24:00",
            "OpeningHours.closes is '24:00', but must be another time than opens, 00:00; leave the hours",
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused(opens: str, closes: str, message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        OpeningHours(opens, closes)
