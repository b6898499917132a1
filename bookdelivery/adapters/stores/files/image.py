"""All that one context's store holds, in memory: what its files say, ready to be searched."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from bookdelivery.adapters.stores.deciding import Before, Place, Wanted
from bookdelivery.adapters.stores.shelf import Shelf
from bookdelivery.kernel.ports import DeadLetter, Handled, Outgoing, Purged, Record, Unit


class Image:
    """What is stored, as of the last commit that reached the disk.

    One thread changes it, others read it at any time: `lock` is held for each look and for each change.

    Attributes:
        lock: hold it while reading or changing.
        shelves: the records by kind.
        events: the outbox, sent or not, by ascending position.
        last_position: the highest position ever given out.
        sent: when events were sent, by position.
        inbox: when messages were handled, by consumer and message id.
        dead: the dead letters.
        purged_before: up to what time sent events were purged, None if never.
        ids: the last business id reserved of each kind.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.shelves: defaultdict[str, Shelf] = defaultdict(Shelf)
        self.events: list[Outgoing] = []
        self.last_position = 0
        self.sent: dict[int, float] = {}
        self.inbox: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self.dead: dict[tuple[str, str], DeadLetter] = {}
        self.purged_before: float | None = None
        self.ids: dict[str, int] = {}
        self._unsent: dict[int, Outgoing] = {}

    # --- reading ------------------------------------------------------------------------------------------------------

    def due(self, kinds: Sequence[str], now: float, limit: int) -> list[Record]:
        """List records whose time has come, the earliest first."""
        shelves = [(kind, self.shelves[kind]) for kind in kinds if kind in self.shelves]
        found = [(at, key, kind) for kind, shelf in shelves for at, key in shelf.due(now, limit)]
        return [self.shelves[kind].records[key] for _, key, kind in sorted(found)[:limit]]

    def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest of these kinds wants to be woken."""
        shelves = (self.shelves[kind] for kind in kinds if kind in self.shelves)
        return min((at for shelf in shelves if (at := shelf.earliest()) is not None), default=None)

    def waiting(self, limit: int) -> list[Outgoing]:
        """List events not marked sent, by ascending position."""
        return list(islice(self._unsent.values(), limit))

    def log(self, after: int, limit: int) -> list[Outgoing]:
        """List all events kept, by ascending position."""
        first = bisect_right(self.events, after, key=lambda outgoing: outgoing.position)
        return self.events[first : first + limit]

    def before(self, units: Iterable[Unit]) -> Before:
        """Collect what these units may meet."""
        wanted = Wanted.by(units)
        places: set[Place] = set(wanted.keys)
        for kind, id in wanted.ids:
            key = self.shelves[kind].key_of.get(id)
            if key is not None:
                places.add((kind, key))
        before = Before()
        for kind, key in places:
            record = self.shelves[kind].get(key)
            if record is not None:
                before.records[kind, key] = (record.id, record.version)
                before.holders[kind, record.id] = key
        before.marks = {mark for mark in wanted.marks if self.is_handled(mark)}
        before.letters = {letter for letter in wanted.letters if letter in self.dead}
        return before

    def is_handled(self, mark: Handled) -> bool:
        """Say whether a message was handled by a consumer."""
        return mark.consumer in self.inbox and mark.message_id in self.inbox[mark.consumer]

    # --- changing -----------------------------------------------------------------------------------------------------

    def commit(self, unit: Unit) -> None:
        """Take over a unit that was decided to stand."""
        for record in unit.saves:
            shelf = self.shelves[record.kind]
            old = shelf.get(record.key)
            if old is None:
                shelf.add(record)
            else:
                shelf.replace(old, record)
        for envelope in unit.outbox:
            self.append(Outgoing(self.last_position + 1, envelope), None)
        for mark in unit.handled:
            self.inbox[mark.consumer][mark.message_id] = unit.at
        if unit.revives is not None:
            self.dead.pop((unit.revives.consumer, unit.revives.message_id), None)
        if unit.buries is not None:
            self.dead[unit.buries.consumer, unit.buries.message_id] = unit.buries

    def append(self, outgoing: Outgoing, sent_at: float | None) -> None:
        """Take an event into the outbox, behind those that are there."""
        self.last_position = outgoing.position
        self.events.append(outgoing)
        if sent_at is None:
            self._unsent[outgoing.position] = outgoing
        else:
            self.sent[outgoing.position] = sent_at

    def mark_sent(self, positions: Iterable[int], at: float) -> None:
        """Note when events were sent, if they were not before."""
        for position in positions:
            if self._unsent.pop(position, None) is not None:
                self.sent[position] = at

    def purge(self, before: float) -> Purged:
        """Drop events sent, and marks made, before a time."""
        gone = {position for position, at in self.sent.items() if at < before}
        if gone:
            self.events = [outgoing for outgoing in self.events if outgoing.position not in gone]
            for position in gone:
                del self.sent[position]
            self.purged_before = before if self.purged_before is None else max(before, self.purged_before)
        inbox = 0
        for marks in self.inbox.values():
            stale = [message_id for message_id, at in marks.items() if at < before]
            for message_id in stale:
                del marks[message_id]
            inbox += len(stale)
        return Purged(len(gone), inbox)

    def forget(self, kind: str, consumer: str) -> None:
        """Drop all records of a kind and all marks of a consumer."""
        self.shelves.pop(kind, None)
        self.inbox.pop(consumer, None)

    def reserve(self, kind: str, number: int) -> int:
        """Reserve business ids; gives the last one."""
        self.ids[kind] = last = self.ids.get(kind, 0) + number
        return last

    def give_back(self, kind: str, unused_from: int, last: int) -> None:
        """Take back reserved ids that were not used, if nobody reserved more meanwhile."""
        if self.ids.get(kind) == last:
            self.ids[kind] = unused_from - 1
