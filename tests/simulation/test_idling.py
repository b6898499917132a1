"""Where nothing happens nobody looks, and what a dead pod leaves behind is found all the same."""

from collections.abc import Sequence
from typing import Any

import pytest

from bookdelivery.kernel.ports import Outgoing
from bookdelivery.simulation import Constant, Crash, Deployment
from bookdelivery.simulation.ports import RecordedStore
from tests.simulation.worlds import quick, run


def test_nobody_looks_into_a_store_in_which_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    waiting = RecordedStore.waiting

    async def counted(self: RecordedStore, limit: int = 500) -> Sequence[Outgoing]:
        nonlocal looks
        looks += 1
        return await waiting(self, limit)

    monkeypatch.setattr(RecordedStore, "waiting", counted)
    result = run(quick(load=Constant(per_second=0.001), lasts=5_000.0, sample_every_s=1_000.0))
    assert set(result.orders["status"]) <= {"delivered", "canceled"}
    assert looks < 1_000, "every second would be 20,000 times"


@pytest.mark.parametrize("step", range(25, 37))
def test_what_a_pod_committed_before_it_died_is_published_by_another_soon(step: int) -> None:
    scenario: Any = quick(
        load=Constant(per_second=0.1),
        lasts=11.0,
        deployment={"order": Deployment(replicas=2)},
        faults=[Crash("order", at_step=step, restart_after_s=5_000.0)],
    )
    events = run(scenario).events
    assert len(events) > 0
    assert (events["published_s"] - events["time_s"]).max() < 3.0
