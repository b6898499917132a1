"""Decides what becomes of units of work, from what is stored before them; for stores that commit many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from bookdelivery.kernel.ports import Handled, Outcome, Record, Unit

Place = tuple[str, int]
"""A kind with a correlation key, or with an id."""


@attrs.define
class Before:
    """What is stored that units of work may meet; `decide` brings it up to date unit by unit.

    Attributes:
        records: id and version of the records, by kind and key.
        holders: the key of the record that has an id, by kind and id.
        marks: the messages handled already.
        letters: consumer and message id of the dead letters.
    """

    records: dict[Place, tuple[int, int]] = attrs.field(factory=dict)
    holders: dict[Place, int] = attrs.field(factory=dict)
    marks: set[Handled] = attrs.field(factory=set)
    letters: set[tuple[str, str]] = attrs.field(factory=set)


@attrs.define
class Wanted:
    """What has to be looked up before units of work can be decided on.

    Attributes:
        keys: kinds and keys of the records to be saved.
        ids: kinds and ids that they are to have.
        marks: the messages they handle.
        letters: consumer and message id of the dead letters they revive.
    """

    keys: set[Place]
    ids: set[Place]
    marks: set[Handled]
    letters: set[tuple[str, str]]

    @classmethod
    def by(cls, units: Iterable[Unit]) -> Wanted:
        """Collect it for several units."""
        wanted = cls(set(), set(), set(), set())
        for unit in units:
            wanted.keys.update([(record.kind, record.key) for record in unit.saves])
            wanted.ids.update([(record.kind, record.id) for record in unit.saves])
            wanted.marks.update(unit.handled)
            if unit.revives is not None:
                wanted.letters.add((unit.revives.consumer, unit.revives.message_id))
        return wanted


def decide(requests: Sequence[Sequence[Unit]], before: Before) -> list[list[Outcome]]:
    """Decide on the units of several callers, one after the other, as `Store.commit` says.

    Args:
        requests: each caller's units. What a caller has in conflict is nothing to the others.
        before: at least what `Wanted` lists of it; as it is after the committed units, on return.
    """
    outcomes: list[list[Outcome]] = []
    for units in requests:
        unsaved: set[Place] = set()
        mine = [_decide(unit, before, unsaved) for unit in units]
        outcomes.append(mine)
    return outcomes


def _decide(unit: Unit, before: Before, unsaved: set[Place]) -> Outcome:
    revived = None if unit.revives is None else (unit.revives.consumer, unit.revives.message_id)
    marks = set(unit.handled)
    if (
        len(marks) < len(unit.handled)
        or not marks.isdisjoint(before.marks)
        or (revived is not None and revived not in before.letters)
    ):
        outcome = Outcome.DUPLICATE
    elif not _follow(unit.saves, before, unsaved):
        outcome = Outcome.CONFLICT
    else:
        before.marks |= marks
        if revived is not None:
            before.letters.discard(revived)
        if unit.buries is not None:
            before.letters.add((unit.buries.consumer, unit.buries.message_id))
        return Outcome.COMMITTED
    unsaved.update([(record.kind, record.key) for record in unit.saves])
    return outcome


def _follow(saves: Sequence[Record], before: Before, unsaved: set[Place]) -> bool:
    """Take all of a unit's records over if each follows on what is there, else none."""
    done: list[tuple[Place, tuple[int, int] | None]] = []
    for record in saves:
        place = (record.kind, record.key)
        stored = before.records.get(place)
        follows = record.version == (1 if stored is None else stored[1] + 1) and place not in unsaved
        if not follows or before.holders.get((record.kind, record.id), record.key) != record.key:
            for earlier, state in reversed(done):
                _put(before, earlier, state)
            return False
        done.append((place, stored))
        _put(before, place, (record.id, record.version))
    return True


def _put(before: Before, place: Place, state: tuple[int, int] | None) -> None:
    kind, key = place
    old = before.records.pop(place, None)
    if old is not None:
        del before.holders[kind, old[0]]
    if state is not None:
        before.records[place] = state
        before.holders[kind, state[0]] = key
