"""Between SimPy's events and asyncio's futures."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from bookdelivery.simulation.loop import VirtualLoop


def future_of(event: simpy.Event, loop: VirtualLoop) -> asyncio.Future[Any]:
    """A future of `loop` that ends as `event` does."""
    if event.env is not loop.env:
        raise ValueError(f"{event!r} belongs to another environment than {loop!r}")
    future: asyncio.Future[Any] = loop.create_future()

    def happened(event: simpy.Event) -> None:
        if future.done() or loop.is_crashed():
            return
        if event._ok:
            future.set_result(event._value)
        else:
            event.defused = True
            future.set_exception(event._value)

    def no_longer_awaited(future: asyncio.Future[Any]) -> None:
        if future.cancelled() and not event.processed:
            event.callbacks.remove(happened)

    if event.processed:
        happened(event)
    else:
        event.callbacks.append(happened)
        future.add_done_callback(no_longer_awaited)
    return future


def event_of(future: asyncio.Future[Any], env: simpy.Environment) -> simpy.Event:
    """A SimPy event of `env` that ends as `future` does."""
    event = env.event()

    def done(future: asyncio.Future[Any]) -> None:
        if future.cancelled():
            event.fail(asyncio.CancelledError())  # type: ignore[arg-type]
        elif (error := future.exception()) is not None:
            event.fail(error)  # type: ignore[arg-type]
        else:
            event.succeed(future.result())

    future.add_done_callback(done)
    return event
