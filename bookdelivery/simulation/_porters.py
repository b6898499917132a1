"""Tasks that serve one request after the other, as a server's threads do: to make one costs more than most requests."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from bookdelivery.simulation._waits import Answer
from bookdelivery.simulation.loop import VirtualLoop

Work = Coroutine[Any, Any, None]


class Porters:
    """The tasks of one loop that serve requests: as many as there ever were requests at the same time.

    Args:
        loop: theirs.
        name: what to call them.
    """

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self._loop = loop
        self._name = name
        self._idle: list[Answer[Work]] = []

    def serve(self, work: Work) -> None:
        """Have one of them begin with this at once; only for callbacks of their loop."""
        if self._idle:
            self._idle.pop().give(work)
        else:
            self._loop.begin(self._serve(work), name=self._name)

    async def _serve(self, work: Work) -> None:
        idle, loop = self._idle, self._loop
        while True:
            await work
            turn: Answer[Work] = Answer(loop)
            idle.append(turn)
            work = await turn
