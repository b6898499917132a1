"""The waits between restarts, as kubelet's documentation gives them."""

from bookdelivery.simulation.operations import RestartBackOff
from bookdelivery.simulation.operations.backoff import Restarts


def waits(settings: RestartBackOff, *lives_s: float) -> list[float]:
    """Give the wait after each life of a process that lives that long each time, from each start on."""
    restarts, now_s, found = Restarts(settings), 0.0, []
    for life_s in lives_s:
        now_s += life_s
        wait_s = restarts.ended(now_s)
        found.append(wait_s)
        now_s += wait_s
    return found


def test_the_first_restart_is_at_once_and_then_waits_double_from_ten_seconds_up_to_five_minutes() -> None:
    assert waits(RestartBackOff(), *[1.0] * 9) == [0, 10, 20, 40, 80, 160, 300, 300, 300]


def test_a_process_that_ran_for_more_than_ten_minutes_begins_anew() -> None:
    assert waits(RestartBackOff(), 1, 1, 1, 601, 1, 1) == [0, 10, 20, 0, 10, 20]
    assert waits(RestartBackOff(), 1, 1, 1, 600, 1) == [0, 10, 20, 40, 80]


def test_waits_can_be_set() -> None:
    assert waits(RestartBackOff(first_s=1, longest_s=3), 1, 1, 1, 1, 6, 7) == [0, 1, 2, 3, 3, 0]
