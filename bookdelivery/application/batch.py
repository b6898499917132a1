"""Messages decided together: what each comes to, gathered into units of work to be committed in one go."""

from __future__ import annotations

from typing import Any

import msgspec

from bookdelivery.application.composition import Filing, Reaction
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Handled, Record, Unit

Item = tuple[Reaction, Envelope]
"""A message, and the policy or view that handles it."""


class Draft(msgspec.Struct, gc=False):
    """A unit of work in the making: the messages that lead from one version of a record to the next.

    Attributes:
        items: the messages.
        filing: how the record is filed; None if the messages leave everything as it is.
        key: the record's key.
        version: the version that it will have.
        state: the state that it will have; None if there will be none.
        outbox: the events to publish.
    """

    items: list[Item]
    filing: Filing | None
    key: int
    version: int
    state: Any
    outbox: tuple[Envelope, ...]

    def unit(self, now: float, revives: Handled | None = None) -> Unit:
        """Make the unit of work, which marks the messages as handled, or revives the dead letter that its only one was.

        What published an event is saved even if it stayed as it was: its version tells whether it still was so.
        """
        filing, state, items = self.filing, self.state, self.items
        saves = () if filing is None or state is None else (filing.record(self.key, self.version, state),)
        handled: tuple[Handled, ...] = ()
        if revives is None:
            reaction, envelope = items[0]
            handled = (Handled(reaction.consumer, envelope.id),)
            if len(items) > 1:
                handled += tuple([Handled(reaction.consumer, envelope.id) for reaction, envelope in items[1:]])
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
        self._nothing: Draft | None = None
        self.drafts: list[Draft] = []
        """The units of work, in order."""
        self.latest: dict[tuple[str, int], Draft] = {}
        """By kind and key, the unit that writes a record last."""
        self.size = 0
        """How many messages were decided."""

    def begin(
        self, item: Item, filing: Filing, key: int, record: Record | None, state: Any, outbox: tuple[Envelope, ...]
    ) -> None:
        """Add a message about a record that no unit writes yet.

        Args:
            item: the message.
            filing: how its record is filed.
            key: the record's key.
            record: the record as stored.
            state: what becomes of it.
            outbox: the events to publish.
        """
        if record is None:
            present, version = None, 1
        else:
            present, version = record.state, record.version + 1
        if outbox or not (state is None or state is present):
            self.size += 1
            self._add(Draft([item], filing, key, version, present if state is None else state, outbox))
        else:
            self.add_nothing(item)

    def follow(self, item: Item, before: Draft, state: Any, outbox: tuple[Envelope, ...]) -> None:
        """Add a message about a record that an earlier unit writes; what comes of it follows on that."""
        self.size += 1
        if state is None:
            state = before.state
        if not outbox and (self._merges or state is before.state):
            before.state = state
            before.items.append(item)
        else:
            self._add(Draft([item], before.filing, before.key, before.version + 1, state, outbox))

    def add_nothing(self, item: Item) -> None:
        """Add a message that calls for nothing."""
        self.size += 1
        if self._nothing is None or not self._merges:
            self._nothing = Draft([item], None, 0, 0, None, ())
            self.drafts.append(self._nothing)
        else:
            self._nothing.items.append(item)

    def _add(self, draft: Draft) -> None:
        self.drafts.append(draft)
        if draft.state is not None and draft.filing is not None:
            self.latest[draft.filing.kind, draft.key] = draft
