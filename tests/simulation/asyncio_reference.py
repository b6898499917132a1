"""CPython's own event loop without the waiting, and a way to record what a program does on a loop."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bookdelivery.simulation.loop import VirtualLoop

Trace = list[tuple[float, str]]


class NoWaitSelector(selectors.SelectSelector):
    """Waits for nothing: it moves a clock on by the time it was to wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the program would wait for ever")
        self.now += max(timeout, 0.0)
        return []


class ReferenceLoop(asyncio.SelectorEventLoop):
    """The loop of CPython, line by line, on such a clock."""

    def __init__(self) -> None:
        self._clock = NoWaitSelector()
        super().__init__(self._clock)
        # So fine that no two timers of a test are taken for simultaneous.
        self._clock_resolution = 2.0**-40

    def time(self) -> float:
        return self._clock.now


class Tracer:
    """What a program notes down, with the time on its loop."""

    def __init__(self) -> None:
        self.trace: Trace = []
        self.keeps: list[object] = []

    def __call__(self, *what: object) -> None:
        self.trace.append((asyncio.get_running_loop().time(), " ".join(map(str, what))))


Program = Callable[[Tracer], Coroutine[Any, Any, None]]


def trace_of(program: Program, make_loop: Callable[[], asyncio.AbstractEventLoop]) -> Trace:
    """Run the program; what the loop's exception handler was told is part of the trace, and so is its end."""
    tracer = Tracer()

    def note_failure(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        tracer.trace.append((loop.time(), f"handler was told of {context.get('exception')!r}"))

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.get_loop().set_exception_handler(note_failure)
        try:
            runner.run(program(tracer))
        except BaseException as error:  # noqa: BLE001 - how it ends is part of the trace
            tracer.trace.append((runner.get_loop().time(), f"ended with {_shown(error)}"))
    return tracer.trace


def _shown(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}({', '.join(_shown(each) for each in error.exceptions)})"
    return repr(error)


def trace_in_virtual_time(program: Program) -> Trace:
    return trace_of(program, VirtualLoop)


def trace_in_cpython(program: Program) -> Trace:
    return trace_of(program, ReferenceLoop)
