"""SIGKILL with the topic on a real Kafka or Redis: every acknowledged order is there, no event lost, none doubled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.adapters.brokers.topics import topic_on
from tests.survival.crash_points import Crash, CrashPoint
from tests.survival.drill import Drill
from tests.survival.judging import judge

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

CRASHES = (
    Crash(CrashPoint.AFTER_PUBLISH, 3, "order"),
    Crash(CrashPoint.FETCHED, 3, "ordermanagement"),
    Crash(CrashPoint.HANDLED, 4, "mypage"),
)
"""Between the store and the broker, where only both together lose nothing."""


@pytest.mark.parametrize("kind", ["kafka", "redis"])
def test_killed_processes_lose_and_double_nothing(
    kind: str, begin: Callable[..., Drill], record: Callable[..., None]
) -> None:
    with topic_on(kind, found_out_after_s=6.0) as url:
        drill = begin(20261122, broker_url=url, customers=4)
        for crash in CRASHES:
            drill.kill_at(crash)
        drill.kill_one_of_two(1.0, 1.0)

        judgement = judge(drill, patience_s=240.0)

    record(drill, judgement)
    assert [finding.what for finding in judgement.findings] == []
    assert judgement.kills >= len(CRASHES) + 1
    assert judgement.acknowledged_orders > 0
