"""The row about replications on two cores compares the same work."""

import pytest

from benchmarks import replications


def test_two_processes_are_held_against_one_for_the_same_replications(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def measured(orders: int, workers: int) -> float:
        asked.append((orders, workers))
        return 8.0 / workers

    monkeypatch.setattr(replications, "_seconds", measured)
    [row] = replications.rows(short=True)
    assert asked == [(200, 1), (200, 2)]
    assert (row.ours, row.peer, row.ratio, row.floor, row.met) == (2.0, 1.0, 2.0, 1.8, True)
