"""Leave to go in, given by whatever lets in only so many calls at once or a second: at once, after a while, or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import attrs

from bookdelivery.kernel.errors import HeldOff
from bookdelivery.resilience.errors import ClockWentBackwards, SettledTwice


class PassState(Enum):
    """Where the call that holds a pass stands."""

    WAITING = "waiting"
    INSIDE = "inside"
    TURNED_AWAY = "turned away"
    """It waited in vain; `Pass.refusal` says why."""
    ENDED = "ended"


@attrs.define(eq=False, weakref_slot=False)
class Pass:
    """One call's place inside, or in the line.

    Attributes:
        state: Where the call stands.
        asked_at_s: When it asked, in the caller's monotonic seconds.
        until_s: When it is turned away if it still waits, in the same seconds; math.inf for never.
        refusal: What it is told, once it is turned away.
        on_turn: Called when it need not wait any longer, let in or turned away; whoever waits sets it. It only takes
            note: the gate is in the middle of a change then, and must not be used.
    """

    _gate: Gate = attrs.field(repr=False)
    state: PassState
    asked_at_s: float
    until_s: float = math.inf
    refusal: HeldOff | None = None
    on_turn: Callable[[], None] | None = attrs.field(default=None, repr=False)

    def left(self, now: float) -> None:
        """Say that the call, made, is over at `now` (monotonic seconds), however it ended.

        Raises:
            SettledTwice: When it was told before, or waits.
            ClockWentBackwards: When `now` is before a time the gate was given earlier.
        """
        self._end(now, PassState.INSIDE, made=True)

    def given_back(self, now: float) -> None:
        """Say at `now` (monotonic seconds) that no call was made: whoever waits, or was just let in, gave up.

        Raises:
            SettledTwice: When it was told before, or was turned away.
            ClockWentBackwards: When `now` is before a time the gate was given earlier.
        """
        self._end(now, PassState.INSIDE, PassState.WAITING, made=False)

    def _end(self, now: float, *allowed: PassState, made: bool) -> None:
        if self.state not in allowed:
            raise SettledTwice(self._gate.name)
        self._gate.let_time_pass(now)
        before = self.state
        if before is not PassState.TURNED_AWAY:  # which it may just have become: then there is nothing to return
            self.state = PassState.ENDED
            self._gate.end(self, before, now, made=made)

    def turn(self, state: PassState, refusal: HeldOff | None = None) -> None:
        """End the wait; for the gate that gave the pass."""
        self.state, self.refusal = state, refusal
        if self.on_turn is not None:
            self.on_turn()


class Gate(Protocol):
    """Lets calls in; plain code that is given the time, and never reads it.

    Attributes:
        name: What it stands before, for its refusals.
    """

    name: str

    @property
    def due_s(self) -> float:
        """When something happens by itself, in monotonic seconds; math.inf for never."""
        ...

    def ask(self, now: float) -> Pass:
        """Give a pass, for a call that is in at once or has to wait.

        Raises:
            HeldOff: When it may not even wait.
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        ...

    def let_time_pass(self, now: float) -> None:
        """Do what has fallen due by `now` (monotonic seconds).

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier.
        """
        ...

    def end(self, ended: Pass, before: PassState, now: float, *, made: bool) -> None:
        """Take a pass back that was in this state before; for the pass."""
        ...


def later(now: float, latest_s: float) -> float:
    """Return `now`, seen that it is a time and not before the latest one.

    Raises:
        ClockWentBackwards: When it is not.
    """
    if not latest_s <= now < math.inf:
        raise ClockWentBackwards(now, latest_s)
    return now
