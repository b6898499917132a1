"""A context's records in an SQLite file: reading them, and keeping those used last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.statements import for_tables
from bookdelivery.adapters.sqlite.store_tables import key_of, place_of, span_of
from bookdelivery.adapters.sqlite.unit_writer import RecordRow
from bookdelivery.kernel.errors import InvalidMessage, UnusableStore
from bookdelivery.kernel.ports import Record
from bookdelivery.kernel.wire import Codec

_GET = "SELECT place, identity, version, owner, wake_at, body FROM @records WHERE place = ?"
_FIND = "SELECT place, identity, version, owner, wake_at, body FROM @records WHERE identity = ?"
_LIST = (
    "SELECT place, identity, version, owner, wake_at, body FROM @records"
    " WHERE place > ? AND place <= ? ORDER BY place LIMIT ?"
)
_LIST_OWN = (
    "SELECT place, identity, version, owner, wake_at, body FROM @records"
    " WHERE owner = ? AND place > ? AND place <= ? ORDER BY place LIMIT ?"
)
_DUE = (
    "SELECT place, identity, version, owner, wake_at, body FROM @records"
    " WHERE wake_at <= ? AND place BETWEEN ? AND ? ORDER BY wake_at, place LIMIT ?"
)
_HIGHEST = "SELECT coalesce(max(place), 0) FROM @records WHERE place BETWEEN ? AND ?"
_NEXT = "SELECT wake_at FROM @records WHERE wake_at IS NOT NULL AND place BETWEEN ? AND ? ORDER BY wake_at LIMIT 1"


class Records:
    """Reads one context's records.

    Args:
        file: where they are.
        context: whose they are.
        codec: reads their bodies.
        remembered: how many are kept decoded. They are trusted as long as nobody else changed the file.
    """

    def __init__(self, file: SqliteFile, context: str, codec: Codec, remembered: int) -> None:
        self._file = file
        self._codec = codec
        self._remembered = remembered
        self._recent: dict[tuple[str, int], Record] = {}
        # The highest key of a kind: beyond it is nothing, which spares a look for most of what is new.
        self._highest: dict[str, int] = {}
        self._get, self._find, self._list, self._list_own, self._due, self._next, self._last = (
            for_tables(context, sql) for sql in (_GET, _FIND, _LIST, _LIST_OWN, _DUE, _NEXT, _HIGHEST)
        )
        file.on_foreign_commit(self.forget)

    def get(self, kind: str, key: int) -> Record | None:
        """Read a record by its correlation key."""
        record = None
        # Looking whether others changed the file comes first, as it forgets what is kept if they did.
        if self._file.is_current():
            record = self._recent.get((kind, key))
            if record is None and key > self._highest_key(kind):
                return None
        if record is None:
            record = self._one(self._get, kind, key)
            if record is not None:
                self.remember(record)
        return record

    def find(self, kind: str, id: int) -> Record | None:
        """Read a record by its own id."""
        return self._one(self._find, kind, id)

    def page(self, kind: str, owner: int | None, after: int, limit: int) -> Sequence[Record]:
        """Read records by ascending key, beginning after a key."""
        number = self._file.number(kind)
        if number is None:
            return []
        span = (max(place_of(number, 0) + after, span_of(number)[0]), span_of(number)[1], limit)
        return self._read(self._list, kind, span) if owner is None else self._read(self._list_own, kind, (owner, *span))

    def due(self, kinds: Sequence[str], now: float, limit: int) -> Sequence[Record]:
        """Read records whose time has come, the earliest first."""
        due: list[Record] = []
        for kind in kinds:
            number = self._file.number(kind)
            if number is not None:
                due += self._read(self._due, kind, (now, *span_of(number), limit))
        due.sort(key=lambda record: (record.wake_at, record.key))
        return due[:limit]

    def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest of these kinds wants to be woken."""
        numbers = [number for kind in kinds if (number := self._file.number(kind)) is not None]
        return min((at for number in numbers for (at,) in self._file.read(self._next, span_of(number))), default=None)

    def row(self, record: Record) -> RecordRow:
        """Give the row to write for a record.

        Raises:
            KeyError: its kind has no number yet.
        """
        number = self._file.numbers[record.kind]
        before = self._recent.get((record.kind, record.key))
        found_as_before = (
            before is not None
            and before.version == record.version - 1
            and before.id == record.id
            and before.owner == record.owner
            and before.wake_at == record.wake_at
        )
        return (
            place_of(number, record.key),
            place_of(number, record.id),
            record.version,
            record.owner,
            record.wake_at,
            self._codec.dump(record.state),
            found_as_before,
        )

    def remember(self, record: Record) -> None:
        """Keep a record for the next time it is asked for; it is the newest of its place."""
        recent = self._recent
        place = (record.kind, record.key)
        recent.pop(place, None)
        recent[place] = record
        if record.key > self._highest.get(record.kind, record.key):
            self._highest[record.kind] = record.key
        if len(recent) > self._remembered:
            del recent[next(iter(recent))]

    def forget(self) -> None:
        """Forget what is kept."""
        self._recent.clear()
        self._highest.clear()

    def _highest_key(self, kind: str) -> int:
        highest = self._highest.get(kind)
        if highest is None:
            number = self._file.number(kind)
            if number is None:
                return 0
            ((place,),) = self._file.read(self._last, span_of(number))
            highest = self._highest[kind] = key_of(place)
        return highest

    def _one(self, sql: str, kind: str, which: int) -> Record | None:
        number = self._file.number(kind)
        if number is None:
            return None
        found = self._read(sql, kind, (place_of(number, which),))
        return found[0] if found else None

    def _read(self, sql: str, kind: str, parameters: Sequence[Any]) -> list[Record]:
        found: list[Record] = []
        for place, identity, version, owner, wake_at, body in self._file.read(sql, parameters):
            key = key_of(place)
            found.append(Record(kind, key, key_of(identity), version, self._load(kind, key, body), owner, wake_at))
        return found

    def _load(self, kind: str, key: int, body: bytes) -> Any:
        try:
            return self._codec.load(kind, body)
        except InvalidMessage as error:
            raise UnusableStore(str(self._file.path), f"its {kind} {key} cannot be read: {error}") from error
