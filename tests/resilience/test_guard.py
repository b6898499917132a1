"""A call behind a time limit and a breaker, on a real event loop."""

import asyncio
import math
from typing import Any

import pytest

from bookdelivery.kernel.errors import HeldOff, InvalidField, NotAnswered
from bookdelivery.resilience import (
    BreakerConfig,
    BreakerEvent,
    BreakerState,
    CallCancelled,
    CallFailed,
    CallRefused,
    CallSucceeded,
    CallTimedOut,
    CircuitBreaker,
    CountWindow,
    Guard,
    within,
)

LONG_S = 30.0
SHORT_S = 0.001


def guard(
    timeout_s: float = LONG_S, *, half_open_permits: int = 1, wait_open_s: float = 60.0
) -> tuple[Guard, list[BreakerEvent]]:
    heard: list[BreakerEvent] = []
    config = BreakerConfig(window=CountWindow(1), half_open_permits=half_open_permits, wait_open_s=wait_open_s)
    return Guard(CircuitBreaker(config, name="payment", on_event=heard.append), timeout_s), heard


async def charge(amount: int, *, currency: str) -> str:
    return f"{amount} {currency}"


async def hang() -> None:
    await asyncio.sleep(LONG_S)


async def decline() -> None:
    raise PermissionError("declined")


def test_the_answer_comes_through_and_is_recorded_as_a_success() -> None:
    gate, heard = guard()
    assert asyncio.run(gate.call(charge, 25_000, currency="KRW")) == "25000 KRW"
    assert [type(event) for event in heard] == [CallSucceeded]


def test_the_error_comes_through_and_is_recorded_as_a_failure() -> None:
    gate, heard = guard()
    with pytest.raises(PermissionError, match="declined"):
        asyncio.run(gate.call(decline))
    assert isinstance(heard[0], CallFailed)
    assert isinstance(heard[0].error, PermissionError)
    assert gate.breaker.state is BreakerState.OPEN


def test_a_call_that_takes_too_long_is_cancelled_and_recorded_as_a_failure() -> None:
    gate, heard = guard(SHORT_S)
    with pytest.raises(CallTimedOut, match=r"no answer within 0\.001 s") as error:
        asyncio.run(gate.call(hang))
    assert isinstance(error.value, NotAnswered)
    assert isinstance(error.value, TimeoutError)
    assert error.value.timeout_s == SHORT_S
    assert isinstance(heard[0], CallFailed)
    assert heard[0].error is error.value
    assert heard[0].duration_s >= SHORT_S


def test_a_timeout_of_the_calls_own_is_not_taken_for_ours() -> None:
    async def times_out_itself() -> None:
        raise TimeoutError("the driver's own")

    gate, heard = guard()
    with pytest.raises(TimeoutError, match="the driver's own") as error:
        asyncio.run(gate.call(times_out_itself))
    assert not isinstance(error.value, CallTimedOut)
    assert isinstance(heard[0], CallFailed)


def test_an_answer_given_while_being_cancelled_at_the_limit_is_an_answer() -> None:
    """The charge went through after all: to throw the answer away would leave the payment unknown."""

    async def answers_late() -> str:
        try:
            await hang()
        except asyncio.CancelledError:
            return "charged"
        return "never"

    gate, heard = guard(SHORT_S)
    assert asyncio.run(gate.call(answers_late)) == "charged"
    assert isinstance(heard[0], CallSucceeded)


def test_a_refused_call_is_not_made_and_says_when_to_ask_again() -> None:
    async def program() -> list[str]:
        made: list[str] = []

        async def make() -> None:
            made.append("made")

        gate, _ = guard()
        with pytest.raises(PermissionError):
            await gate.call(decline)
        with pytest.raises(CallRefused) as refusal:
            await gate.call(make)
        assert isinstance(refusal.value, HeldOff)
        assert 59.0 < refusal.value.retry_after_s <= 60.0
        return made

    assert asyncio.run(program()) == []


def test_a_caller_that_is_cancelled_cancels_the_call_and_it_is_no_failure() -> None:
    async def program() -> tuple[list[BreakerEvent], bool]:
        stopped = asyncio.Event()

        async def notices() -> None:
            try:
                await hang()
            finally:
                stopped.set()

        gate, heard = guard()
        caller = asyncio.create_task(gate.call(notices))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        return heard, stopped.is_set()

    heard, stopped = asyncio.run(program())
    assert stopped
    assert [type(event) for event in heard] == [CallCancelled]


def test_a_cancelled_probe_gives_its_permit_to_the_next_caller() -> None:
    async def program() -> BreakerState:
        gate, _ = guard(wait_open_s=SHORT_S)
        with pytest.raises(PermissionError):
            await gate.call(decline)
        await asyncio.sleep(2 * SHORT_S)
        probe = asyncio.create_task(gate.call(hang))
        await asyncio.sleep(0)
        with pytest.raises(CallRefused):
            await gate.call(charge, 1, currency="KRW")
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        await gate.call(charge, 1, currency="KRW")
        return gate.breaker.state

    assert asyncio.run(program()) is BreakerState.CLOSED


def test_a_time_limit_of_the_callers_own_is_a_cancellation_from_outside() -> None:
    async def program(gate: Guard) -> None:
        async with asyncio.timeout(SHORT_S):
            await gate.call(hang)

    gate, heard = guard()
    with pytest.raises(TimeoutError) as error:
        asyncio.run(program(gate))
    assert not isinstance(error.value, CallTimedOut)
    assert [type(event) for event in heard] == [CallCancelled]


def test_a_cancellation_from_outside_wins_over_a_limit_reached_at_the_same_moment() -> None:
    async def program(gate: Guard) -> None:
        async def cancels_its_caller_as_it_is_stopped() -> None:
            try:
                await hang()
            except asyncio.CancelledError:
                caller.cancel()
                raise

        caller = asyncio.create_task(gate.call(cancels_its_caller_as_it_is_stopped))
        await caller

    gate, heard = guard(SHORT_S)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(program(gate))
    assert [type(event) for event in heard] == [CallCancelled]


def test_fifty_callers_at_once_make_no_more_calls_than_there_are_probes() -> None:
    async def program() -> int:
        made = 0

        async def make() -> None:
            nonlocal made
            made += 1
            await asyncio.sleep(SHORT_S)

        gate, _ = guard(wait_open_s=SHORT_S, half_open_permits=3)
        with pytest.raises(PermissionError):
            await gate.call(decline)
        await asyncio.sleep(2 * SHORT_S)
        outcomes = await asyncio.gather(*(gate.call(make) for _ in range(50)), return_exceptions=True)
        assert sum(isinstance(outcome, CallRefused) for outcome in outcomes) == 47
        return made

    assert asyncio.run(program()) == 3


def test_within_no_limit_a_call_takes_as_long_as_it_takes() -> None:
    assert asyncio.run(within(math.inf, charge, 1, currency="KRW")) == "1 KRW"


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, math.nan, None])
def test_a_guard_without_a_limit_in_seconds_is_refused(timeout_s: Any) -> None:
    with pytest.raises(InvalidField, match=r"Guard\.timeout_s is .* seconds above 0"):
        guard(timeout_s)
