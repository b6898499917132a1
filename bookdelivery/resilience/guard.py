"""The asyncio side: one call to somebody else's service, with a time limit, behind a breaker."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar

import attrs

from bookdelivery.resilience.breaker import CircuitBreaker
from bookdelivery.resilience.errors import CallTimedOut
from bookdelivery.resilience.settings import a_limit_s

P = ParamSpec("P")
T = TypeVar("T")


async def within(timeout_s: float, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Await `function(*args, **kwargs)` for at most `timeout_s` seconds of the running loop's clock.

    An answer that the call still gives when it is cancelled at the limit is an answer: it is returned.

    Args:
        timeout_s: The limit, in seconds; math.inf for none.
        function: What to call.
        args: Passed on.
        kwargs: Passed on.

    Raises:
        CallTimedOut: When the limit was reached. A `TimeoutError` of the call's own comes through as it is,
            and so does a cancellation from outside, even one at the same moment as the limit.
    """
    # Many calls are answered at once, by something in the same process; only one that waits needs a timer.
    call = _Begun(function(*args, **kwargs))
    if call.answered:
        return call.answer
    limit = asyncio.timeout(None if timeout_s == math.inf else timeout_s)
    try:
        async with limit:
            return await call
    except TimeoutError as error:
        if limit.expired():
            raise CallTimedOut(timeout_s) from error
        raise


async def through(
    breaker: CircuitBreaker, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Await `function(*args, **kwargs)`, if the breaker lets it in, and tell the breaker how it ended.

    Args:
        breaker: Lets calls in and hears how they ended. Its times are the running loop's.
        function: What to call.
        args: Passed on.
        kwargs: Passed on.

    Raises:
        CallRefused: When the breaker did not let it in; nothing was called.
        Exception: Whatever the call itself raises.
    """
    clock = asyncio.get_running_loop().time
    admission = breaker.admit(clock())
    try:
        answer = await function(*args, **kwargs)
    except Exception as error:
        admission.failed(clock(), error)
        raise
    except BaseException:
        # Whoever gave the call up says nothing about the callee; but the permit goes back.
        admission.cancelled(clock())
        raise
    admission.succeeded(clock())
    return answer


class _Begun(Generic[T]):
    """An awaitable whose first step was taken when it was made; awaiting it goes on from there.

    Attributes:
        answered: Whether that step was the last one.
        answer: What it returned, if so.
    """

    __slots__ = ("_steps", "_waits_for", "answer", "answered")

    answer: T

    def __init__(self, call: Awaitable[T]) -> None:
        self._steps = call.__await__()
        try:
            self._waits_for = next(self._steps)
        except StopIteration as end:
            self.answered, self.answer = True, end.value
        else:
            self.answered = False

    def __await__(self) -> Generator[Any, Any, T]:
        steps, waits_for = self._steps, self._waits_for
        while True:
            # What `yield from` does (PEP 380), but for the first step.
            try:
                yield waits_for
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as error:  # noqa: BLE001 - the call decides what becomes of it
                step = partial(steps.throw, error)
            else:
                step = partial(next, steps)
            try:
                waits_for = step()
            except StopIteration as end:
                answer: T = end.value
                return answer


@attrs.frozen
class Guard:
    """Makes calls through a breaker, each with a time limit, in the order breaker(timeout(call)).

    The breaker is outermost, so that it hears of a call that timed out, and a refused one costs nothing.
    Works on whatever clock the running event loop has, in virtual time too.

    Attributes:
        breaker: Lets the calls in and hears how they ended. Its times are the loop's: one breaker, one loop.
        timeout_s: How long a call may take, in seconds; math.inf for no limit.

    Raises:
        InvalidField: When the limit is not a number above 0.
    """

    breaker: CircuitBreaker
    timeout_s: float = attrs.field(validator=a_limit_s)

    def call(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        """Await `function(*args, **kwargs)`, if the breaker lets it in.

        Whoever cancels the caller cancels the call, and that is nobody's failure: the permit goes back.

        Raises:
            CallRefused: When the breaker did not let it in; nothing was called.
            CallTimedOut: When it took longer than `timeout_s`; whether it had an effect is unknown.
        """
        return through(self.breaker, within, self.timeout_s, function, *args, **kwargs)
