"""SIGKILL at any moment: every acknowledged order is there, no event lost, none doubled."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.survival.crash_points import Crash, CrashPoint, FilePoint
from tests.survival.drill import BY_THE_CLOCK, Drill
from tests.survival.judging import judge
from tests.survival.plans import everywhere, once_each

SEED = 20261122


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_named_crash_point_is_survived(begin: Callable[..., Drill], record: Callable[..., None]) -> None:
    drill = begin(SEED)
    for crash in once_each(SEED):
        drill.kill_at(crash)
        drill.let_time_pass()

    judgement = judge(drill)

    record(drill, judgement)
    assert [finding.what for finding in judgement.findings] == []
    assert drill.missed == []
    assert set(drill.kills) == {*CrashPoint, *FilePoint}
    assert judgement.acknowledged_orders > 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_named_crash_point_is_survived_in_every_context(
    begin: Callable[..., Drill], record: Callable[..., None], seed: int
) -> None:
    drill = begin(seed)
    plan = everywhere(seed)
    for crash in plan:
        drill.kill_at(crash)
        drill.let_time_pass()

    judgement = judge(drill)

    record(drill, judgement)
    assert [finding.what for finding in judgement.findings] == []
    assert set(drill.kills) >= {*CrashPoint, *FilePoint}
    # A point may not be reached within a process's time, on a slow computer for example; most have to be.
    assert len(drill.missed) <= len(plan) // 10
    assert judgement.kills == len(plan)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_kills_while_the_file_is_being_made_are_survived(
    begin: Callable[..., Drill], record: Callable[..., None]
) -> None:
    drill = begin(SEED)
    # Each gets a little further than the one before.
    for crash in (
        Crash(FilePoint.WRITING, 1),
        Crash(FilePoint.BEFORE_COMMIT_STATEMENT, 1),
        Crash(FilePoint.AFTER_COMMIT_STATEMENT, 1),
        Crash(FilePoint.WRITING, 3),
        Crash(FilePoint.BEFORE_COMMIT_STATEMENT, 2),
        Crash(FilePoint.AFTER_COMMIT_STATEMENT, 3),
        Crash(FilePoint.WRITING, 20),
        Crash(CrashPoint.AFTER_COMMIT, 20),
    ):
        drill.kill_at(crash)

    judgement = judge(drill)

    record(drill, judgement)
    assert [finding.what for finding in judgement.findings] == []
    assert drill.missed == []
    assert judgement.acknowledged_orders > 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_kills_at_random_moments_are_survived(begin: Callable[..., Drill], record: Callable[..., None]) -> None:
    drill = begin(SEED)
    rng = random.Random(SEED)
    for _ in range(75):
        drill.kill_after(rng.choice((0.05, 0.3, 0.9)) * rng.random(), at_work=rng.random() < 0.7)
        drill.let_time_pass()

    judgement = judge(drill)

    record(drill, judgement)
    assert [finding.what for finding in judgement.findings] == []
    assert drill.kills == {BY_THE_CLOCK: 75}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_of_two_processes_on_one_file_one_is_killed_and_the_other_takes_over(
    begin: Callable[..., Drill], record: Callable[..., None]
) -> None:
    drill = begin(SEED)
    rng = random.Random(SEED)
    for crash in everywhere(3)[:13]:
        drill.kill_one_of_two(0.0, 0.5 * rng.random(), crash)
        drill.kill_one_of_two(0.6 * rng.random(), 0.5 * rng.random())
        drill.let_time_pass()

    judgement = judge(drill)

    record(drill, judgement)
    assert [finding.what for finding in judgement.findings] == []
    assert judgement.kills >= 26
