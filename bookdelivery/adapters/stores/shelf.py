"""All records of one kind in memory, and where to find each."""

from __future__ import annotations

import builtins
from bisect import bisect_right, insort
from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from bookdelivery.kernel.ports import Record


class Shelf:
    """All records of one kind with their indexes."""

    __slots__ = ("_alarms", "_wakes", "key_of", "keys", "keys_of", "records")

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.key_of: dict[int, int] = {}
        self.keys: builtins.list[int] = []
        self.keys_of: dict[int, builtins.list[int]] = {}
        self._wakes: dict[int, float] = {}
        # A heap of (wake_at, key), where entries that `_wakes` no longer holds are dropped when they come up.
        self._alarms: builtins.list[tuple[float, int]] = []

    def get(self, key: int) -> Record | None:
        """The record with this correlation key."""
        return self.records.get(key)

    def find(self, id: int) -> Record | None:
        """The record with this business id."""
        key = self.key_of.get(id)
        return self.records[key] if key is not None else None

    def list(self, owner: int | None, after: int, limit: int) -> Sequence[Record]:
        """Records by ascending key, beginning after a key; only one owner's, if given."""
        keys = self.keys if owner is None else self.keys_of.get(owner, [])
        first = bisect_right(keys, after)
        return [self.records[key] for key in keys[first : first + limit]]

    def put(self, record: Record) -> bool:
        """Put a record's next version in its place; says whether it follows on what is there, and its id is free."""
        key = record.key
        old = self.records.get(key)
        if old is None:
            if record.version != 1 or record.id in self.key_of:
                return False
            self.add(record)
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

    def add(self, record: Record) -> None:
        """Put a record in that is not there yet in any version, and whose id is free."""
        _insert(self.keys, record.key)
        self.enter(record)

    def enter(self, record: Record) -> None:
        """Put such a record in whose key is among the `keys` already."""
        key = record.key
        self.records[key] = record
        self.key_of[record.id] = key
        if record.owner is not None:
            _insert(self.keys_of.setdefault(record.owner, []), key)
        if record.wake_at is not None:
            self._set_wake(key, record.wake_at)

    def replace(self, old: Record, new: Record) -> None:
        """Put a record into the place of another version of it, whichever is the later one."""
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
        """Take a record away."""
        del self.records[record.key]
        del self.key_of[record.id]
        self.keys.remove(record.key)
        if record.owner is not None:
            self.keys_of[record.owner].remove(record.key)
        self._set_wake(record.key, None)

    def due(self, now: float, limit: int) -> builtins.list[tuple[float, int]]:
        """The earliest alarms at or before now, each record once."""
        found: dict[int, float] = {}
        while len(found) < limit and (at := self.earliest()) is not None and at <= now:
            found[heappop(self._alarms)[1]] = at
        for key, at in found.items():
            heappush(self._alarms, (at, key))
        return [(at, key) for key, at in found.items()]

    def earliest(self) -> float | None:
        """When the earliest alarm is."""
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


def _insert(keys: list[int], key: int) -> None:
    if not keys or key > keys[-1]:
        keys.append(key)
    else:
        insort(keys, key)
