"""Whether a context takes on what it is asked, and when: the policies around its operations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import attrs

from bookdelivery.application.calls import told_of_failures_only
from bookdelivery.application.composition import Wired
from bookdelivery.application.protections import is_message
from bookdelivery.application.surroundings import Around, Surroundings
from bookdelivery.kernel.errors import HeldOff, Overloaded
from bookdelivery.resilience import Protection, Resilience

T = TypeVar("T")


class Intake:
    """Puts a deployment's policies around the operations of a context, outside of whatever else is around them.

    A request that is refused gets `Overloaded`, and had no effect. A message is not refused: it waits until it is let
    in, which is what a broker keeps it for.

    Args:
        wired: the context.
        surroundings: with its policies, and what else is around operations.
    """

    def __init__(self, wired: Wired, surroundings: Surroundings) -> None:
        settings = surroundings.resilience
        self._around: Around | None = surroundings.around
        self._surroundings = surroundings
        context = wired.context.name
        self._requests = None if settings.requests is None else self._protection(settings.requests, context)
        self._operations = {name: self._protection(policies, name) for name, policies in settings.operations.items()}

    def _protection(self, settings: Resilience, name: str) -> Protection:
        around = self._surroundings
        if settings.breaker:
            settings = attrs.evolve(settings, breaker=told_of_failures_only(settings.breaker))
        return Protection(settings, name=name, rng=around.rng_for(settings), on_breaker=around.on_breaker)

    @property
    def protections(self) -> Mapping[str, Protection]:
        """The protections, by the operation's name, to be looked at; that of all requests by the name `requests`."""
        shared = {} if self._requests is None else {"requests": self._requests}
        return {**shared, **self._operations}

    @property
    def paces_messages(self) -> bool:
        """Whether there is anything around the handling of messages."""
        return any(map(is_message, self._operations))

    async def __call__(self, operation: str, proceed: Callable[[], Awaitable[T]]) -> T:
        """Do one operation; see `Around`.

        Raises:
            Overloaded: a request was not let in; it was not begun.
        """
        own = self._operations.get(operation)
        if is_message(operation):
            return await self._in_time(own, operation, proceed)
        if self._requests is None:
            return await self._guarded(own, operation, proceed)
        return await self._let_in(self._requests, operation, lambda: self._guarded(own, operation, proceed))

    async def _in_time(self, protection: Protection | None, operation: str, proceed: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await self._guarded(protection, operation, proceed)
            except Overloaded as refusal:
                # Whatever else is overloaded is the handler's business.
                if refusal.what != operation:
                    raise
                await asyncio.sleep(refusal.retry_after_s)

    def _guarded(
        self, protection: Protection | None, operation: str, proceed: Callable[[], Awaitable[T]]
    ) -> Awaitable[T]:
        around = self._around
        inner: Callable[[], Awaitable[T]] = proceed if around is None else lambda: around(operation, proceed)
        return inner() if protection is None else self._let_in(protection, operation, inner)

    async def _let_in(self, protection: Protection, operation: str, proceed: Callable[[], Awaitable[T]]) -> T:
        begun = False

        def begin() -> Awaitable[T]:
            nonlocal begun
            begun = True
            return proceed()

        try:
            return await protection.call(begin)
        except HeldOff as refusal:
            # What was held off further inside is the operation's own business.
            if begun:
                raise
            if not is_message(operation):
                self._surroundings.counters.turned_away += 1
            raise Overloaded(operation, refusal.retry_after_s, refusal.why) from refusal
