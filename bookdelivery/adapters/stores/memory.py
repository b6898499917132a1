"""A store that lives in memory: the default for one process, for tests and for simulations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from bookdelivery.adapters.stores.marks import Marks
from bookdelivery.adapters.stores.outbox import Outbox
from bookdelivery.adapters.stores.shelf import Shelf
from bookdelivery.kernel.ports import (
    COMMITTED,
    CONFLICT,
    DUPLICATE,
    DeadLetter,
    Handled,
    Outcome,
    Outgoing,
    Purged,
    Record,
    Unit,
)


class MemoryStore:
    """Keeps one context's data in dictionaries; records are frozen, so they are kept and handed out as they are.

    Guarantees: units are atomic and isolated among everything that runs in one thread, also across event loops, as no
    method waits for anything. Nothing is durable: the data live as long as this object. Closing does nothing, so a
    restarted part of the same process finds its data again.

    Nothing is ever removed but by `purge` and `forget`; call `purge` regularly where memory matters.
    """

    _make_shelf: Callable[[], Shelf] = Shelf
    _make_marks: Callable[[], Marks] = Marks
    _make_outbox: Callable[[], Outbox] = Outbox

    def __init__(self) -> None:
        self._shelves: defaultdict[str, Shelf] = defaultdict(self._make_shelf)
        self._outbox = self._make_outbox()
        self._inbox: defaultdict[str, Marks] = defaultdict(self._make_marks)
        self._dead: dict[tuple[str, str], DeadLetter] = {}

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key."""
        shelf = self._shelves.get(kind)
        return shelf.get(key) if shelf is not None else None

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        shelf = self._shelves.get(kind)
        return shelf.find(id) if shelf is not None else None

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        shelf = self._shelves.get(kind)
        return shelf.list(owner, after, limit) if shelf is not None else []

    async def due(self, kinds: Sequence[str], now: float, limit: int = 100) -> Sequence[Record]:
        """List records whose `wake_at` is at or before now, the earliest first."""
        found: list[tuple[float, int, Record]] = []
        for kind in kinds:
            shelf = self._shelves.get(kind)
            if shelf is not None:
                found += [(at, key, shelf.records[key]) for at, key in shelf.due(now, limit)]
        found.sort(key=lambda entry: entry[:2])
        return [record for _, _, record in found[:limit]]

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest `wake_at` of these kinds is."""
        shelves = (self._shelves[kind] for kind in kinds if kind in self._shelves)
        return min((at for shelf in shelves if (at := shelf.earliest()) is not None), default=None)

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit each unit entirely or not at all, in order; see `Store.commit` for those that build on others."""
        if len(units) == 1:
            return (self._commit(units[0], frozenset()),)
        outcomes: list[Outcome] = []
        unsaved: set[tuple[str, int]] = set()
        for unit in units:
            outcome = self._commit(unit, unsaved)
            outcomes.append(outcome)
            if outcome is not COMMITTED:
                unsaved.update([(record.kind, record.key) for record in unit.saves])
        return outcomes

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent, in the order of commits."""
        return self._outbox.waiting(limit)

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark outbox events as acknowledged by the broker; positions marked before, or unknown, change nothing."""
        self._outbox.mark_sent(positions, at)

    async def log(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """Read all outbox events still kept, sent or not, in the order of commits, beginning after a position."""
        return self._outbox.read(after, limit)

    async def purge(self, before: float) -> Purged:
        """Remove outbox events sent, and inbox marks made, before a time. Unsent events always stay."""
        inbox = sum(marks.purge(before) for marks in self._inbox.values())
        return Purged(outbox=self._outbox.purge(before), inbox=inbox)

    async def purged_before(self) -> float | None:
        """Say up to what time outbox events were purged, None if the log is still whole."""
        return self._outbox.purged_before

    async def forget(self, kind: str, consumer: str) -> None:
        """Remove all rows of a view together with its consumer's inbox marks, so that it can be rebuilt."""
        self._shelves.pop(kind, None)
        self._inbox.pop(consumer, None)

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up, the oldest first."""
        return sorted(self._dead.values(), key=lambda letter: letter.at)

    async def close(self) -> None:
        """Do nothing: the data live as long as this object."""

    def _commit(self, unit: Unit, unsaved: AbstractSet[tuple[str, int]]) -> Outcome:
        saves, handled, revives = unit.saves, unit.handled, unit.revives
        if handled and self._is_handled(handled):
            return DUPLICATE
        if revives is not None and (revives.consumer, revives.message_id) not in self._dead:
            return DUPLICATE
        if len(saves) == 1 and not unsaved:
            if not self._shelves[saves[0].kind].put(saves[0]):
                return CONFLICT
        elif saves and not self._save(saves, unsaved):
            return CONFLICT
        if unit.outbox:
            self._outbox.append(unit.outbox)
        for mark in handled:
            self._inbox[mark.consumer][mark.message_id] = unit.at
        if revives is not None:
            del self._dead[revives.consumer, revives.message_id]
        if unit.buries is not None:
            self._dead[unit.buries.consumer, unit.buries.message_id] = unit.buries
        return COMMITTED

    def _is_handled(self, marks: tuple[Handled, ...]) -> bool:
        """Say whether one of these messages was handled before, or is marked twice."""
        inbox = self._inbox
        for mark in marks:
            if mark.message_id in inbox[mark.consumer]:
                return True
        return len(marks) > 1 and len(set(marks)) < len(marks)

    def _save(self, saves: tuple[Record, ...], unsaved: AbstractSet[tuple[str, int]]) -> bool:
        if any((record.kind, record.key) in unsaved for record in saves):
            return False
        done: list[tuple[Shelf, Record | None, Record]] = []
        for record in saves:
            shelf = self._shelves[record.kind]
            old = shelf.get(record.key)
            if not shelf.put(record):
                _undo(done)
                return False
            done.append((shelf, old, record))
        return True


def _undo(done: list[tuple[Shelf, Record | None, Record]]) -> None:
    for shelf, old, saved in reversed(done):
        if old is None:
            shelf.remove(saved)
        else:
            shelf.replace(saved, old)
