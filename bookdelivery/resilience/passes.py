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


_INSIDE, _ENDED = PassState.INSIDE, PassState.ENDED


@attrs.define(eq=False, weakref_slot=False)
class Pass:
    """One call's place inside, or in the line.

    Attributes:
        state: Where the call stands.
        until_s: When it is turned away if it still waits, in the caller's monotonic seconds; math.inf for never.
        refusal: What it is told, once it is turned away.
        on_turn: Called when it need not wait any longer, let in or turned away; whoever waits sets it. It only takes
            note: the gate is in the middle of a change then, and must not be used.
    """

    _gate: Gate = attrs.field(repr=False)
    state: PassState
    until_s: float = math.inf
    refusal: HeldOff | None = None
    on_turn: Callable[[], None] | None = attrs.field(default=None, repr=False)

    def left(self, now: float) -> None:
        """Say that the call, made, is over at `now` (monotonic seconds), however it ended.

        Raises:
            SettledTwice: When it was told before, or waits.
            ClockWentBackwards: When `now` is before a time the gate was given earlier.
        """
        if self.state is not _INSIDE:
            raise SettledTwice(self._gate.name)
        self._gate.end(self, now, made=True)
        self.state = _ENDED

    def given_back(self, now: float) -> None:
        """Say at `now` (monotonic seconds) that no call was made: whoever waits, or was just let in, gave up.

        Raises:
            SettledTwice: When it was told before, or was turned away.
            ClockWentBackwards: When `now` is before a time the gate was given earlier.
        """
        if self.state is not _INSIDE and self.state is not PassState.WAITING:
            raise SettledTwice(self._gate.name)
        self._gate.let_time_pass(now)
        # By now it may have been turned away; then there is nothing to return.
        if self.state is not PassState.TURNED_AWAY:
            self._gate.end(self, now, made=False)
            self.state = _ENDED

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

    def end(self, ended: Pass, now: float, *, made: bool) -> None:
        """Take a pass back, which knows where its call stands; for the pass.

        Raises:
            ClockWentBackwards: When `now` is before a time it was given earlier; nothing is changed then.
        """
        ...


def later(now: float, latest_s: float) -> float:
    """Return `now`, seen that it is a time and not before the latest one.

    Raises:
        ClockWentBackwards: When it is not.
    """
    if not latest_s <= now < math.inf:
        raise ClockWentBackwards(now, latest_s)
    return now
