"""Things to await that wake their task at once, where a future of asyncio's does it one turn of the loop later.

A task of asyncio's waits for anything that behaves as a future does (`_asyncio_future_blocking`, see Lib/asyncio's
`futures.isfuture`): it hands in its wake-up call by `add_done_callback()`, and asks for the `result()` when it is
woken. These keep that call, and make it themselves from the timer that ends the wait. A simulated order waits some
forty times, each time for one thing by one task, so the turn in between, its handle and the future are worth saving.

Each is awaited once, by a task of the loop it was made for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar

from bookdelivery.simulation._handles import Timer, nothing

T = TypeVar("T")


class Nap(Timer):
    """Some seconds of virtual time; itself the timer that ends it.

    Args:
        seconds: how long, more than 0.
    """

    __slots__ = ("_asyncio_future_blocking", "_is_interrupted", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._is_interrupted = False

    def __await__(self) -> Generator[Any, None, None]:
        self._asyncio_future_blocking = True
        yield self

    def add_done_callback(self, wake: Callable[[Any], object], *, context: Context) -> None:
        """Begin; `wake(self)` is called at the end."""
        self._callback = wake
        self._args = (self,)
        self._context = context
        self._cancelled = False
        loop = self._loop
        # Not by the loop's `time()`: an order waits some forty times.
        loop.push(self, loop._env._now + self._seconds)

    def result(self) -> None:
        """Give nothing.

        Raises:
            CancelledError: it was cancelled.
        """
        # This holds the task, as what it calls, and the task holds this: if that does not end, only the garbage
        # collector can free them, which took it a tenth of a run's time.
        self._callback = nothing
        self._args = ()
        if self._is_interrupted:
            raise asyncio.CancelledError

    def cancel(self, msg: object = None) -> bool:  # type: ignore[override]  # noqa: ARG002
        """End it before its time; the task gets a CancelledError."""
        if self._is_interrupted:
            return False
        self._is_interrupted = True
        wake = self._callback
        self.drop()
        self._loop.call_soon(wake, self, context=self._context)
        return True


class Errand(Nap):
    """A way there and back, with something done in between by no task, as the one that waits has nothing to do there.

    Args:
        seconds: how long it takes, more than 0; half of it on the way there.
        deed: what is done there, at once. What it raises is raised here, when the way back is over.
        args: what with.
    """

    __slots__ = ("_deed", "_deed_args", "_error", "_wake")

    def __init__(self, seconds: float, deed: Callable[..., object], *args: Any) -> None:
        super().__init__(seconds / 2)
        self._deed = deed
        self._deed_args = args
        self._error: Exception | None = None

    def add_done_callback(self, wake: Callable[[Any], object], *, context: Context) -> None:
        """Set out; `wake(self)` is called at the end."""
        self._wake = wake
        super().add_done_callback(self._arrive, context=context)

    def _arrive(self, _: Nap) -> None:
        try:
            self._deed(*self._deed_args)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            self._error = error
        super().add_done_callback(self._wake, context=self._context)

    def result(self) -> None:
        """Give nothing.

        Raises:
            CancelledError: it was cancelled. Whether the deed was done is another question.
            Exception: what the deed raised.
        """
        del self._wake
        super().result()
        if self._error is not None:
            raise self._error

    def cancel(self, msg: object = None) -> bool:  # type: ignore[override]
        """Do not wait for the way back, or do not even arrive; the task gets a CancelledError."""
        self._callback = self._wake
        return super().cancel(msg)


class Answer(Generic[T]):
    """What somebody else will say: an answer or an error, the first of which counts.

    Args:
        loop: the loop of the task that waits for it, one in virtual time.
    """

    __slots__ = (
        "_asyncio_future_blocking", "_callback", "_context", "_error", "_is_given", "_loop", "_value", "id"
    )  # fmt: skip
    _callback: Callable[[Any], object] | None
    _context: Context
    _loop: Any
    _value: T
    id: int
    """Its place among the entries of one moment, once it is one of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_given = False
        self._error: BaseException | None = None
        self._callback = None

    @property
    def is_given(self) -> bool:
        """Whether it is there, or nobody waits for it any more."""
        return self._is_given

    def give_soon(self, value: T) -> None:
        """Answer now, and have the task told in the loop's next turn; for whoever is no callback of the loop."""
        if not self._is_given:
            self._value = value
            self._is_given = True
            if self._callback is not None:
                self._loop.run_soon(self)

    def give(self, value: T) -> None:
        """Answer; to be called by a callback of the loop, not by a task."""
        if not self._is_given:
            self._value = value
            # The lines of _end() again, as each request comes through here.
            self._is_given = True
            if self._callback is not None:
                self._context.run(self._callback, self)

    def fail(self, error: BaseException) -> None:
        """Answer with an error; to be called by a callback of the loop, not by a task."""
        if not self._is_given:
            self._error = error
            # The task goes on from here, so this frame, too, is one of those the error will hold; see `result()`.
            del error
            self._end()

    def _end(self) -> None:
        self._is_given = True
        if self._callback is not None:
            self._context.run(self._callback, self)

    def __await__(self) -> Generator[Any, None, T]:
        if not self._is_given:
            self._asyncio_future_blocking = True
            yield self
            # The task has asked for the result when it was woken, and would have raised an error there.
            return self._value
        return self.result()

    def add_done_callback(self, wake: Callable[[Any], object], *, context: Context) -> None:
        """Have `wake(self)` called when it comes."""
        self._callback = wake
        self._context = context

    def result(self) -> T:
        """Give it.

        Raises:
            CancelledError: the waiting task was cancelled.
            BaseException: the error it was answered with.
        """
        if self._error is None:
            return self._value
        error, self._error = self._error, None
        try:
            raise error
        finally:
            # The error holds the frames it came through: what they hold must not hold it in turn.
            del error

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002
        """Wait no longer; the task gets a CancelledError."""
        if self._is_given:
            return False
        self._is_given = True
        self._error = asyncio.CancelledError()
        if self._callback is not None:
            self._loop.call_soon(self._callback, self, context=self._context)
        return True
