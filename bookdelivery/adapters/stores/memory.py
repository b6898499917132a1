"""A store that lives in memory: the default for one process, for tests and for simulations."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import islice

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Outcome, Outgoing, Purged, Record, Unit


class MemoryStore:
    """Keeps one context's data in dictionaries; records are frozen, so they are kept and handed out as they are.

    Guarantees: units are atomic and isolated among everything that runs in one thread, also across event loops, as no
    method waits for anything. Nothing is durable: the data live as long as this object. Closing does nothing, so a
    restarted part of the same process finds its data again.

    Nothing is ever removed but by `purge` and `forget`; call `purge` regularly where memory matters.
    """

    def __init__(self) -> None:
        self._shelves: defaultdict[str, _Shelf] = defaultdict(_Shelf)
        self._outbox = _Outbox()
        self._inbox: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._dead: dict[tuple[str, str], DeadLetter] = {}

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key."""
        shelf = self._shelves.get(kind)
        return shelf.records.get(key) if shelf is not None else None

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        shelf = self._shelves.get(kind)
        if shelf is None:
            return None
        key = shelf.key_of.get(id)
        return shelf.records[key] if key is not None else None

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        shelf = self._shelves.get(kind)
        if shelf is None:
            return []
        keys = shelf.keys if owner is None else shelf.keys_of.get(owner, [])
        first = bisect_right(keys, after)
        return [shelf.records[key] for key in keys[first : first + limit]]

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
        outcomes: list[Outcome] = []
        unsaved: set[tuple[str, int]] = set()
        for unit in units:
            outcome = self._commit(unit, unsaved)
            if outcome is not Outcome.COMMITTED and unit.saves:
                unsaved.update([(record.kind, record.key) for record in unit.saves])
            outcomes.append(outcome)
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
        outbox = self._outbox.purge(before)
        inbox = 0
        for marks in self._inbox.values():
            stale = [message_id for message_id, at in marks.items() if at < before]
            for message_id in stale:
                del marks[message_id]
            inbox += len(stale)
        return Purged(outbox=outbox, inbox=inbox)

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

    def _commit(self, unit: Unit, unsaved: set[tuple[str, int]]) -> Outcome:
        handled, revives = unit.handled, unit.revives
        for mark in handled:
            if mark.message_id in self._inbox[mark.consumer]:
                return Outcome.DUPLICATE
        if len(handled) > 1 and len(set(handled)) < len(handled):
            return Outcome.DUPLICATE
        if revives is not None and (revives.consumer, revives.message_id) not in self._dead:
            return Outcome.DUPLICATE
        if unit.saves and not self._save(unit.saves, unsaved):
            return Outcome.CONFLICT
        if unit.outbox:
            self._outbox.append(unit.outbox)
        for mark in handled:
            self._inbox[mark.consumer][mark.message_id] = unit.at
        if revives is not None:
            del self._dead[revives.consumer, revives.message_id]
        if unit.buries is not None:
            self._dead[unit.buries.consumer, unit.buries.message_id] = unit.buries
        return Outcome.COMMITTED

    def _save(self, saves: tuple[Record, ...], unsaved: set[tuple[str, int]]) -> bool:
        if unsaved and any((record.kind, record.key) in unsaved for record in saves):
            return False
        if len(saves) == 1:
            return self._shelves[saves[0].kind].put(saves[0])
        done: list[tuple[_Shelf, Record | None, Record]] = []
        for record in saves:
            shelf = self._shelves[record.kind]
            old = shelf.records.get(record.key)
            if not shelf.put(record):
                _undo(done)
                return False
            done.append((shelf, old, record))
        return True


class _Shelf:
    """All records of one kind with their indexes."""

    __slots__ = ("_alarms", "_wakes", "key_of", "keys", "keys_of", "records")

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.key_of: dict[int, int] = {}
        self.keys: list[int] = []
        self.keys_of: dict[int, list[int]] = {}
        self._wakes: dict[int, float] = {}
        # A heap of (wake_at, key), where entries that `_wakes` no longer holds are dropped when they come up.
        self._alarms: list[tuple[float, int]] = []

    def put(self, record: Record) -> bool:
        """Put a record's next version in its place; says whether it follows on what is there, and its id is free."""
        key = record.key
        old = self.records.get(key)
        if old is None:
            if record.version != 1 or record.id in self.key_of:
                return False
            self._add(record)
        elif record.version != old.version + 1:
            return False
        elif record.id == old.id and record.owner == old.owner and record.wake_at == old.wake_at:
            # Most new versions stand in the same place of every index.
            self.records[key] = record
        elif self.key_of.get(record.id, key) != key:
            return False
        else:
            self.replace(old, record)
        return True

    def _add(self, record: Record) -> None:
        key = record.key
        self.records[key] = record
        self.key_of[record.id] = key
        _insert(self.keys, key)
        if record.owner is not None:
            _insert(self.keys_of.setdefault(record.owner, []), key)
        if record.wake_at is not None:
            self._set_wake(key, record.wake_at)

    def replace(self, old: Record, new: Record) -> None:
        key = new.key
        self.records[key] = new
        if new.id != old.id:
            del self.key_of[old.id]
            self.key_of[new.id] = key
        if new.owner != old.owner:
            if old.owner is not None:
                self.keys_of[old.owner].remove(key)
            if new.owner is not None:
                _insert(self.keys_of.setdefault(new.owner, []), key)
        if new.wake_at != old.wake_at:
            self._set_wake(key, new.wake_at)

    def remove(self, record: Record) -> None:
        del self.records[record.key]
        del self.key_of[record.id]
        self.keys.remove(record.key)
        if record.owner is not None:
            self.keys_of[record.owner].remove(record.key)
        self._set_wake(record.key, None)

    def due(self, now: float, limit: int) -> list[tuple[float, int]]:
        """The earliest alarms at or before now, each record once."""
        found: dict[int, float] = {}
        while len(found) < limit and (at := self.earliest()) is not None and at <= now:
            found[heappop(self._alarms)[1]] = at
        for key, at in found.items():
            heappush(self._alarms, (at, key))
        return [(at, key) for key, at in found.items()]

    def earliest(self) -> float | None:
        alarms = self._alarms
        while alarms:
            at, key = alarms[0]
            if self._wakes.get(key) == at:
                return at
            heappop(alarms)
        return None

    def _set_wake(self, key: int, at: float | None) -> None:
        if at is None:
            self._wakes.pop(key, None)
        else:
            self._wakes[key] = at
            heappush(self._alarms, (at, key))
        if len(self._alarms) > 64 + 2 * len(self._wakes):
            self._alarms = [(at, key) for key, at in self._wakes.items()]
            heapify(self._alarms)


class _Outbox:
    """Events in the order of commits, numbered from 1."""

    __slots__ = ("_last", "_log", "_sent", "_unsent", "purged_before")

    def __init__(self) -> None:
        self._last = 0
        self._log: list[Outgoing] = []
        self._unsent: dict[int, Outgoing] = {}
        # One entry for each time events were marked sent: when, and which.
        self._sent: list[tuple[float, list[int]]] = []
        self.purged_before: float | None = None

    def append(self, envelopes: tuple[Envelope, ...]) -> None:
        for envelope in envelopes:
            self._last += 1
            outgoing = Outgoing(self._last, envelope)
            self._log.append(outgoing)
            self._unsent[self._last] = outgoing

    def waiting(self, limit: int) -> list[Outgoing]:
        return list(islice(self._unsent.values(), limit))

    def mark_sent(self, positions: Sequence[int], at: float) -> None:
        fresh = [position for position in positions if self._unsent.pop(position, None) is not None]
        if fresh:
            self._sent.append((at, fresh))

    def read(self, after: int, limit: int) -> list[Outgoing]:
        first = bisect_right(self._log, after, key=lambda outgoing: outgoing.position)
        return self._log[first : first + limit]

    def purge(self, before: float) -> int:
        gone = {position for at, positions in self._sent if at < before for position in positions}
        if gone:
            self._sent = [batch for batch in self._sent if batch[0] >= before]
            self._log = [outgoing for outgoing in self._log if outgoing.position not in gone]
            self.purged_before = before if self.purged_before is None else max(before, self.purged_before)
        return len(gone)


def _insert(keys: list[int], key: int) -> None:
    if not keys or key > keys[-1]:
        keys.append(key)
    else:
        insort(keys, key)


def _undo(done: list[tuple[_Shelf, Record | None, Record]]) -> None:
    for shelf, old, saved in reversed(done):
        if old is None:
            shelf.remove(saved)
        else:
            shelf.replace(saved, old)
