"""The windows' running totals are what counting everything again would give."""

import math

from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.resilience import CountWindow, TimeWindow

ENDED_CALLS = st.lists(st.tuples(st.floats(0.0, 3.0, allow_subnormal=False), st.booleans(), st.booleans()), max_size=60)


@given(st.integers(1, 8), ENDED_CALLS)
def test_a_window_of_calls_totals_the_last_so_many(length: int, ended: list[tuple[float, bool, bool]]) -> None:
    tally = CountWindow(length).start()
    for count, (after_s, failed, slow) in enumerate(ended, start=1):
        tally.record(after_s, failed, slow)
        kept = ended[:count][-length:]
        assert tally.calls == len(kept)
        assert tally.failed == sum(failed for _, failed, _ in kept)
        assert tally.slow == sum(slow for _, _, slow in kept)


@given(st.integers(1, 8), st.floats(-10.0, 10.0), ENDED_CALLS)
def test_a_window_of_time_totals_the_calls_of_its_seconds(
    length: int, start_s: float, ended: list[tuple[float, bool, bool]]
) -> None:
    tally = TimeWindow(length).start()
    now, history = start_s, []
    for after_s, failed, slow in ended:
        now += after_s
        history.append((now, failed, slow))
        tally.record(now, failed, slow)
        kept = [one for one in history if math.floor(one[0]) > math.floor(now) - length]
        assert tally.calls == len(kept)
        assert tally.failed == sum(failed for _, failed, _ in kept)
        assert tally.slow == sum(slow for _, _, slow in kept)


def test_a_window_of_time_reaches_back_as_many_seconds_of_the_clock_as_it_has() -> None:
    tally = TimeWindow(3).start()
    tally.record(0.9, True, True)
    tally.forget(2.99)
    assert (tally.calls, tally.failed, tally.slow) == (1, 1, 1)
    tally.forget(3.0)
    assert (tally.calls, tally.failed, tally.slow) == (0, 0, 0)


def test_a_window_of_calls_forgets_nothing_by_the_clock() -> None:
    tally = CountWindow(3).start()
    tally.record(0.0, True, False)
    tally.forget(1e9)
    assert tally.calls == 1
