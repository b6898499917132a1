"""Messages decided together: what each comes to, gathered into units of work to be committed in one go."""

from __future__ import annotations

from typing import Any

from bookdelivery.application.composition import Filing, Reaction
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Handled, Record, Unit

Item = tuple[Reaction, Envelope]
"""A message, and the policy or view that handles it."""


class Draft:
    """A unit of work in the making: the messages that lead from one version of a record to the next.

    Attributes:
        items: the messages.
        filing: how the record is filed; None if the messages leave everything as it is.
        key: the record's key.
        version: the version that it will have.
        state: the state that it will have; None if there will be none.
        outbox: the events to publish.
    """

    __slots__ = ("filing", "items", "key", "outbox", "state", "version")

    def __init__(
        self, item: Item, filing: Filing | None, key: int, version: int, state: Any, outbox: tuple[Envelope, ...]
    ) -> None:
        self.items = [item]
        self.filing = filing
        self.key = key
        self.version = version
        self.state = state
        self.outbox = outbox

    def unit(self, now: float, revives: Handled | None = None) -> Unit:
        """Make the unit of work, which marks the messages as handled, or revives the dead letter that its only one was.

        What published an event is saved even if it stayed as it was: its version tells whether it still was so.
        """
        saves: tuple[Record, ...] = ()
        if self.filing is not None and self.state is not None:
            saves = (self.filing.record(self.key, self.version, self.state),)
        handled = (
            () if revives else tuple([Handled(reaction.consumer, envelope.id) for reaction, envelope in self.items])
        )
        return Unit(saves, self.outbox, handled, None, revives, now)


class Batch:
    """Messages that are decided one after the other, each on what those before it come to.

    Messages about the same record become one unit of work, so that it is written once. One that publishes something
    begins a unit of its own: joined to an earlier one, its events would overtake those of the units in between. And one
    that calls for nothing because of a record decided, but not committed yet, joins that record's unit, as it is void
    if that is not committed.

    Args:
        merges: whether messages are joined for speed as well; else only where they have to be.
    """

    def __init__(self, *, merges: bool) -> None:
        self._merges = merges
        self._latest: dict[tuple[str, int], Draft] = {}
        self._nothing: Draft | None = None
        self.drafts: list[Draft] = []
        """The units of work, in order."""
        self.size = 0
        """How many messages were decided."""

    def draft(self, kind: str, key: int) -> Draft | None:
        """Give the unit that writes a record last, if one does."""
        return self._latest.get((kind, key))

    def add(
        self, item: Item, filing: Filing, key: int, record: Record | None, state: Any, outbox: tuple[Envelope, ...]
    ) -> None:
        """Add what a message came to.

        Args:
            item: the message.
            filing: how its record is filed.
            key: the record's key.
            record: the record as stored, where no unit before writes it.
            state: what becomes of it.
            outbox: the events to publish.
        """
        self.size += 1
        place = (filing.kind, key)
        before = self._latest.get(place)
        if before is None:
            present, version = (None, 1) if record is None else (record.state, record.version + 1)
        else:
            present, version = before.state, before.version + 1
        if state is None:
            state = present
        if before is not None and not outbox and (self._merges or state is present):
            before.state = state
            before.items.append(item)
        elif state is present and not outbox:
            self._add_nothing(item)
        else:
            draft = Draft(item, filing, key, version, state, outbox)
            self.drafts.append(draft)
            if state is not None:
                self._latest[place] = draft

    def add_nothing(self, item: Item) -> None:
        """Add a message that calls for nothing."""
        self.size += 1
        self._add_nothing(item)

    def _add_nothing(self, item: Item) -> None:
        if self._nothing is None or not self._merges:
            self._nothing = Draft(item, None, 0, 0, None, ())
            self.drafts.append(self._nothing)
        else:
            self._nothing.items.append(item)
