import pytest

from benchmarks.rows import duration, figure, rate


def test_a_rate_is_better_when_larger() -> None:
    row = rate("orders", 300.0, 100.0, unit="orders/s", floor=2.0)
    assert (row.ratio, row.met) == (3.0, True)


def test_a_duration_is_better_when_smaller() -> None:
    row = duration("start", 0.5, 1.0, floor=3.0)
    assert (row.ratio, row.met) == (2.0, False)


@pytest.mark.parametrize(("ours", "met"), [(0.9, True), (0.89, False)])
def test_a_floor_is_met_from_exactly_there_on(ours: float, met: bool) -> None:
    assert rate("loop", ours, 1.0, unit="customers/s", floor=0.9).met is met


def test_a_row_without_a_floor_is_always_met() -> None:
    assert rate("loop", 1.0, 1000.0, unit="customers/s").met
    assert figure("orders simulated", 1900.0, unit="orders/s").met
