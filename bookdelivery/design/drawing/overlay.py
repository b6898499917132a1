"""What is laid over a board: a path lit up, or notes shaded by what happens to them."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

MARKED = ("stops", "waits", "stale")
"""The tones that pin a sign to a note."""

OUTLINED = ("lit", "stops", "stale")
"""The tones that have an outline around the note."""


@attrs.frozen(kw_only=True)
class Overlay:
    """Which notes and lines are set off, and the words that say why.

    Attributes:
        heading: what is shown, such as a requirement's id.
        text: the same in a sentence.
        holds: whether it holds: True draws a tick, False a cross, None neither.
        notes: the tone of each note by id.
        wires: the tone of each line by its ends' ids.
        rest: the tone of everything else.
        key: the tones used and what each means, shown as a legend.
        reasons: for single notes, why they have their tone; shown when pointed at.
    """

    heading: str
    text: str = ""
    holds: bool | None = None
    notes: Mapping[str, str] = attrs.field(factory=dict)
    wires: Mapping[tuple[str, str], str] = attrs.field(factory=dict)
    rest: str = "plain"
    key: tuple[tuple[str, str], ...] = ()
    reasons: Mapping[str, str] = attrs.field(factory=dict)

    def note(self, id: str) -> str:
        """Give the tone of a note."""
        return self.notes.get(id, self.rest)

    def wire(self, source: str, target: str) -> str:
        """Give the tone of a line."""
        return self.wires.get((source, target), self.rest)


NOTHING = Overlay(heading="")
"""No overlay."""
