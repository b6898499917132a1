"""The asyncio side of all policies: one call to somebody else, or one operation of one's own, with all around it."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import attrs

from bookdelivery.resilience.breaker import CircuitBreaker
from bookdelivery.resilience.breaker_events import BreakerListener
from bookdelivery.resilience.bulkhead import Bulkhead
from bookdelivery.resilience.doorway import Doorway
from bookdelivery.resilience.guard import through, within
from bookdelivery.resilience.load_shedder import LoadShedder
from bookdelivery.resilience.passes import Pass, PassState
from bookdelivery.resilience.policies import Resilience
from bookdelivery.resilience.rate_limiter import RateLimiter
from bookdelivery.resilience.retry import Retry

P = ParamSpec("P")
T = TypeVar("T")


class Protection:
    """Puts policies around calls, as retry(breaker(rate limiter(timeout(bulkhead(load shedder(call)))))).

    Each has its own say in what the next one hears: the breaker, if its config records them, of refusals by those
    inside it; retries of refusals by the breaker. Works on whatever clock the running event loop has, in virtual time
    too; one protection, one loop.

    A call whose caller gives it up gives back what it holds, and what it was let in for in vain: the place in a line
    or in the bulkhead, the breaker's permit, the retry that was not made yet, and the token of a call that was not
    sent.

    Args:
        settings: Which policies. `breaker` and `timeout_s` are taken as they are: None adds none.
        name: What is protected, for events and refusals.
        rng: For the jitter of retries. Give it a seed of its own.
        on_breaker: Told of everything the breaker does.
    """

    __slots__ = (
        "_limit_s",
        "_limiter",
        "_rooms",
        "breaker",
        "bulkhead",
        "name",
        "rate_limiter",
        "retry",
        "settings",
        "shedder",
    )

    def __init__(
        self,
        settings: Resilience,
        *,
        name: str,
        rng: random.Random | None = None,
        on_breaker: BreakerListener | None = None,
    ) -> None:
        self.settings = settings
        self.name = name
        self.retry = None if settings.retry is None else Retry(settings.retry, name=name, rng=rng or random.Random())
        """The retries, if any; as all the following, to be looked at."""
        self.breaker = CircuitBreaker(settings.breaker, name=name, on_event=on_breaker) if settings.breaker else None
        self.rate_limiter = None if settings.rate_limit is None else RateLimiter(settings.rate_limit, name=name)
        self.bulkhead = None if settings.bulkhead is None else Bulkhead(settings.bulkhead, name=name)
        self.shedder = None if settings.shedding is None else LoadShedder(settings.shedding, name=name)
        self._limiter = None if self.rate_limiter is None else Doorway(self.rate_limiter)
        self._rooms = tuple(Doorway(room) for room in (self.bulkhead, self.shedder) if room is not None)
        self._limit_s = math.inf if settings.timeout_s is None else settings.timeout_s

    def __repr__(self) -> str:
        return f"<Protection {self.name}>"

    def call(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        """Await `function(*args, **kwargs)`, as often as the retries say, when all the others let it in.

        Raises:
            HeldOff: When one of them did not let it in, and no attempt can have had an effect.
            CallTimedOut: When an attempt took too long, and none was left; whether it had an effect is unknown.
            Exception: Whatever the call itself raises, in its last attempt.
        """
        if self.retry is None:
            return self._attempt(function, *args, **kwargs)
        return self._attempts(self.retry, function, *args, **kwargs)

    async def _attempts(
        self, retry: Retry, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        clock = asyncio.get_running_loop().time
        attempts = retry.begin(clock())
        while True:
            try:
                return await self._attempt(function, *args, **kwargs)
            except Exception as error:
                wait_s = attempts.failed(clock(), error)
                if wait_s is None:
                    if attempts.error is None or attempts.error is error:
                        raise
                    raise attempts.error from error
            try:
                await asyncio.sleep(wait_s)
            except BaseException:
                attempts.given_up(clock())
                raise
            attempts.again()

    def _attempt(
        self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        if self.breaker is None:
            return self._let_in(function, *args, **kwargs)
        return through(self.breaker, self._let_in, function, *args, **kwargs)

    def _let_in(
        self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        if self._limiter is None:
            if not self._rooms:
                return within(self._limit_s, function, *args, **kwargs)
            return within(self._limit_s, self._inside, _Sending(), function, *args, **kwargs)
        return self._at_its_rate(self._limiter, function, *args, **kwargs)

    async def _at_its_rate(
        self, limiter: Doorway, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        token = limiter.ask()
        if token.state is PassState.WAITING:
            await limiter.wait(token)
        sending = _Sending()
        try:
            return await within(self._limit_s, self._inside, sending, function, *args, **kwargs)
        finally:
            limiter.leave(token, made=sending.begun)

    async def _inside(
        self, sending: _Sending, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        held: list[tuple[Doorway, Pass]] = []
        try:
            for room in self._rooms:
                place = room.ask()
                if place.state is PassState.WAITING:
                    await room.wait(place)
                held.append((room, place))
            sending.begun = True
            return await function(*args, **kwargs)
        finally:
            for room, place in reversed(held):
                room.leave(place, made=sending.begun)


@attrs.define
class _Sending:
    """Whether a call was begun, which those outside cannot tell from how it ended."""

    begun: bool = False
