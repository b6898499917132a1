"""The asyncio side of a gate: a caller waits for its pass, and a timer for what falls due."""

from __future__ import annotations

import asyncio
import math

from bookdelivery.resilience.passes import Gate, Pass, PassState


class Doorway:
    """Has callers wait at a gate, on whatever clock the running event loop has.

    Args:
        gate: Gives the passes. Its times are the loop's: one gate, one loop.
    """

    __slots__ = ("_loop", "_timer", "gate")

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._loop: asyncio.AbstractEventLoop
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self) -> Pass:
        """Return a pass that is in; say when the call is over, by `leave`.

        Whoever is cancelled while it waits leaves the line, and nothing else changes for the others.

        Raises:
            HeldOff: When it was not let in.
        """
        given = self.ask()
        if given.state is PassState.WAITING:
            await self.wait(given)
        return given

    def ask(self) -> Pass:
        """Return a pass that is in, or has to `wait`; `enter` in two steps, of which most callers need but one.

        Raises:
            HeldOff: When it may not even wait.
        """
        self._loop = asyncio.get_running_loop()
        return self.gate.ask(self._loop.time())

    async def wait(self, given: Pass) -> None:
        """Wait until a pass is in.

        Raises:
            HeldOff: When it was turned away.
        """
        turn = self._loop.create_future()
        given.on_turn = lambda: None if turn.done() else turn.set_result(None)
        self._watch()
        try:
            await turn
        except BaseException:
            # Its turn may have come at this very moment: then others are waiting for the place.
            if given.state is not PassState.TURNED_AWAY:
                self.leave(given, made=False)
            raise
        if given.refusal is not None:
            raise given.refusal

    def leave(self, given: Pass, *, made: bool) -> None:
        """Hand a pass back; `made` says whether the call was made at all."""
        now = self._loop.time()
        if made:
            given.left(now)
        else:
            given.given_back(now)

    def _watch(self) -> None:
        # Who leaves puts what is due next off, or to this very moment; so only who comes can bring it forward.
        due_s = self.gate.due_s
        timer = self._timer
        if timer is not None:
            if timer.when() <= due_s:
                return
            timer.cancel()
        self._timer = None if due_s == math.inf else self._loop.call_at(due_s, self._due)

    def _due(self) -> None:
        # The loop's timers may run a hair early; then there is nothing due yet, and it is waited for anew.
        self._timer = None
        self.gate.let_time_pass(self._loop.time())
        self._watch()
