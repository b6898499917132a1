"""The alarm: sends aggregates the command they asked to be woken with when their deadline comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bookdelivery.application.composition import Wired
from bookdelivery.application.patience import Patience
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Submit, Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.errors import BookdeliveryError, Unavailable, UnusableStore
from bookdelivery.kernel.ports import Record, Unit

log = logging.getLogger("bookdelivery.application")

Place = tuple[str, int]


class Alarm:
    """Watches the deadlines of one context's aggregates.

    Deadlines are kept with the aggregates, so they outlive the process. Several processes may wake the same
    aggregate; the commands are such that the second one finds nothing left to do.
    """

    def __init__(
        self, wired: Wired, surroundings: Surroundings, submit: Submit, progress: Signal, trouble: Trouble
    ) -> None:
        self._wired = wired
        self._kinds = tuple(wired.wake_ups)
        self._surroundings = surroundings
        self._submit = submit
        self._progress = progress
        self._trouble = trouble
        self._signal = Signal()
        self._next: float | None = None
        self._awake: set[Place] = set()
        self._resting: set[Place] = set()
        self._met: dict[Place, int] = {}

    @property
    def busy(self) -> int:
        """How many wake-ups are being handled."""
        return len(self._awake)

    def committed(self, units: Sequence[Unit]) -> None:
        """Look at units of work for deadlines that come before the one waited for."""
        for unit in units:
            for record in unit.saves:
                if record.wake_at is not None and (self._next is None or record.wake_at < self._next):
                    self._next = record.wake_at
                    self._signal.set()

    async def due(self) -> int:
        """Count the aggregates whose deadline has come and which were not just tried in vain."""
        if not self._kinds:
            return 0
        limit = self._surroundings.settings.batch + len(self._awake) + len(self._resting)
        records = await self._surroundings.store.due(self._kinds, self._surroundings.clock.now(), limit)
        return sum(1 for record in records if (record.kind, record.key) not in self._resting)

    def look(self) -> None:
        """Look now: somebody may have set a deadline."""
        self._signal.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        if not self._kinds:
            return
        around = self._surroundings
        settings = around.settings
        patience = Patience(settings.retry_after_s, settings.retry_at_most_s, around.rng)
        async with asyncio.TaskGroup() as waking:
            while True:
                self._signal.clear()
                try:
                    now = around.clock.now()
                    skip = len(self._awake) + len(self._resting)
                    due = await around.store.due(self._kinds, now, settings.wake_ups_at_once + skip)
                    self._next = await around.store.next_wake_up(self._kinds)
                except (Unavailable, UnusableStore) as error:
                    self._trouble.met("alarm", error)
                    await patience.pause()
                    continue
                patience.reset()
                self._trouble.over("alarm")
                for record in due:
                    place = (record.kind, record.key)
                    if self._met.get(place) == record.version and place not in self._resting:
                        self._rest(place)
                    if place not in self._awake | self._resting and len(self._awake) < settings.wake_ups_at_once:
                        self._awake.add(place)
                        waking.create_task(self._wake(record), name=f"wake {record.kind} {record.key}")
                # Deadlines that are due already are handled, full or resting: whatever ends those sets the signal.
                self._next = None if due else self._next
                await self._signal.wait(
                    _earlier(around.look_after_s, None if self._next is None else max(self._next - now, 0.0))
                )

    async def _wake(self, record: Record) -> None:
        place = (record.kind, record.key)
        wake_up = self._wired.wake_ups[record.kind]
        try:
            await self._submit(wake_up.by(record.state))
            self._surroundings.counters.wake_ups += 1
            # Should it be due at the same version again, its command has left it as it was.
            self._met[place] = record.version
            asyncio.get_running_loop().call_later(self._surroundings.settings.poll_s, self._met.pop, place, None)
        except BookdeliveryError as error:
            log.info("%s of %s %s: %s", wake_up.issues.__name__, record.kind, record.key, error)
            self._rest(place)
        except Exception:
            # The machinery must survive any error of a handler or an adapter; the deadline stays and is met later.
            log.exception("%s of %s %s failed", wake_up.issues.__name__, record.kind, record.key)
            self._rest(place)
        finally:
            self._awake.discard(place)
            self._signal.set()
            self._progress.set()

    def _rest(self, place: Place) -> None:
        self._resting.add(place)
        asyncio.get_running_loop().call_later(self._surroundings.settings.poll_s, self._rested, place)

    def _rested(self, place: Place) -> None:
        self._resting.discard(place)
        self._signal.set()


def _earlier(one: float | None, other: float | None) -> float | None:
    return min((each for each in (one, other) if each is not None), default=None)
