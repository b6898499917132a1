"""The same program behind the same guard: in real time and in virtual time the breaker tells the same story."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bookdelivery.resilience import (
    BreakerConfig,
    BreakerEvent,
    CallEnded,
    CallRefused,
    CallTimedOut,
    CircuitBreaker,
    CountWindow,
    Guard,
    StateChanged,
)
from bookdelivery.simulation.loop import VirtualLoop

TICK_S = 0.02
"""Whole ticks lie between what must not change places, so that a slow machine tells the same story."""

CONFIG = BreakerConfig(
    window=CountWindow(4),
    half_open_permits=2,
    wait_open_s=10 * TICK_S,
    longest_half_open_s=20 * TICK_S,
    slow_call_duration_s=5 * TICK_S,
)


async def answer(after_ticks: float) -> None:
    await asyncio.sleep(after_ticks * TICK_S)


async def fail(after_ticks: float) -> None:
    await asyncio.sleep(after_ticks * TICK_S)
    raise ConnectionResetError


async def never() -> None:
    await asyncio.Event().wait()


async def outcome(call: Coroutine[Any, Any, None]) -> str:
    try:
        await call
    except (CallTimedOut, CallRefused, ConnectionResetError, asyncio.CancelledError) as error:
        return type(error).__name__
    return "answered"


async def overdue(guard: Guard) -> str:
    """Ask while the breaker is closed; be answered when it has opened."""
    await asyncio.sleep(6 * TICK_S)
    return await outcome(guard.call(answer, 13))


async def program(guard: Guard) -> list[str]:
    """Trip the breaker, be refused, probe in vain, leave a probe hanging, cancel one, and recover."""
    outcomes = [
        await outcome(guard.call(answer, 1)),
        *await asyncio.gather(
            outcome(guard.call(never)),
            outcome(guard.call(fail, 2)),
            outcome(guard.call(answer, 12)),
            outcome(guard.call(answer, 9)),
            overdue(guard),
        ),
        await outcome(guard.call(answer, 1)),
    ]
    await asyncio.sleep(12 * TICK_S)
    outcomes += await asyncio.gather(*(outcome(guard.call(fail, tick)) for tick in (1, 2, 3)))
    await asyncio.sleep(12 * TICK_S)
    cancelled = asyncio.create_task(outcome(guard.call(never)))
    await asyncio.sleep(TICK_S)
    cancelled.cancel()
    outcomes.append(await cancelled)
    outcomes += await asyncio.gather(outcome(guard.call(answer, 1)), outcome(guard.call(answer, 2)))
    return outcomes


def story(heard: list[BreakerEvent]) -> list[tuple[object, ...]]:
    """What was heard, without the times."""
    told: list[tuple[object, ...]] = []
    for event in heard:
        match event:
            case StateChanged():
                told.append((event.source, event.target))
            case CallEnded():
                told.append((type(event).__name__, event.slow, event.late, type(event.error).__name__))
            case _:
                told.append((type(event).__name__,))
    return told


def run(runner: asyncio.Runner) -> tuple[list[str], list[BreakerEvent]]:
    heard: list[BreakerEvent] = []
    guard = Guard(CircuitBreaker(CONFIG, name="payment", on_event=heard.append), timeout_s=15 * TICK_S)
    with runner:
        return runner.run(program(guard)), heard


def test_the_same_program_gives_the_same_events_in_real_and_in_virtual_time() -> None:
    real_outcomes, real = run(asyncio.Runner())
    virtual_outcomes, virtual = run(asyncio.Runner(loop_factory=VirtualLoop))
    assert virtual_outcomes == real_outcomes
    assert story(virtual) == story(real)
    assert ("CallSucceeded", True, True, "NoneType") in story(virtual)
    changes = [str(event.target) for event in virtual if isinstance(event, StateChanged)]
    assert changes == ["open", "half-open", "open", "half-open", "closed"]
    assert {"CallTimedOut", "CallRefused", "CancelledError", "answered"} <= set(virtual_outcomes)


def test_in_virtual_time_everything_happens_to_the_moment() -> None:
    _, heard = run(asyncio.Runner(loop_factory=VirtualLoop))
    moments_s = [event.at_s for event in heard if isinstance(event, StateChanged)]
    assert moments_s == pytest.approx([ticks * TICK_S for ticks in (16, 32, 34, 46, 49)])
