"""What lies in a store for too long is told; what is seen to is not, and a look costs nothing while nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from bookdelivery.kernel.ports import Outgoing
from bookdelivery.simulation import VirtualLoop
from bookdelivery.simulation.watchman import Watchman


@attrs.define
class Shelf:
    """A store of which only what a watchman looks at is there."""

    unsent_since: float | None = None
    deadline: float | None = None
    looks: int = 0

    async def waiting(self, limit: int) -> Sequence[Outgoing]:
        self.looks += 1
        assert limit == 1
        envelope: Any = None if self.unsent_since is None else attrs.make_class("Sent", {"time": attrs.field()})
        return [] if envelope is None else [Outgoing(1, envelope(self.unsent_since))]

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        assert kinds == ["Order"]
        return self.deadline


def told(shelf: Shelf, until_s: float, *happenings: tuple[float, Callable[[Watchman], object]]) -> list[float]:
    """Say when the pod was told, where the watchman has patience for one second."""
    loop = VirtualLoop()
    times: list[float] = []
    watchman = Watchman(shelf, ["Order"], loop, 1.0)
    watchman.tell("order-1", lambda: times.append(loop.time()))
    for at, happening in happenings:
        loop.call_at(at, happening, watchman)
    loop.env.run(until_s)
    loop.crash()
    return times


def test_an_event_that_nobody_publishes_is_told_until_somebody_does() -> None:
    shelf = Shelf(unsent_since=5.0)

    def publish(_: Watchman) -> None:
        shelf.unsent_since = None

    assert told(shelf, 100.0, (5.0, Watchman.committed), (7.5, publish)) == [6.0, 7.0]


def test_what_was_committed_a_moment_ago_is_given_its_time() -> None:
    assert told(Shelf(unsent_since=5.9), 6.95, (5.0, Watchman.committed), (5.9, Watchman.committed)) == [6.9]


def test_a_deadline_is_told_only_when_it_has_passed_and_nobody_has_woken() -> None:
    shelf = Shelf(deadline=50.0)
    assert told(shelf, 51.5, (5.0, Watchman.committed)) == [51.0]
    assert shelf.looks == 2


def test_a_commit_is_looked_after_though_the_next_deadline_is_far() -> None:
    shelf = Shelf(deadline=1_000.0)

    def leave_behind(watchman: Watchman) -> None:
        shelf.unsent_since = 20.0
        watchman.committed()

    assert told(shelf, 21.5, (5.0, Watchman.committed), (20.0, leave_behind)) == [21.0]


def test_a_store_in_which_nothing_happens_is_looked_into_once() -> None:
    shelf = Shelf()
    assert told(shelf, 10_000.0, (5.0, Watchman.committed)) == []
    assert shelf.looks == 1


def test_a_pod_started_anew_is_told_and_not_its_former_life() -> None:
    heard: list[str] = []
    loop = VirtualLoop()
    watchman = Watchman(Shelf(unsent_since=0.0), ["Order"], loop, 1.0)
    watchman.tell("order-1", lambda: heard.append("first life"))
    watchman.tell("order-1", lambda: heard.append("second life"))
    watchman.committed()
    loop.env.run(1.5)
    loop.crash()
    assert heard == ["second life"]
