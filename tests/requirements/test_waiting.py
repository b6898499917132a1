"""Verdicts can be had where an event loop runs already, as in the cells of a notebook."""

import asyncio

import pytest

from bookdelivery.requirements.waiting import finished
from bookdelivery.simulation import Poisson, Scenario, simulate
from tests.simulation.worlds import QUICK_PEOPLE


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_work_is_finished_with_and_without_a_loop_around() -> None:
    async def cell() -> int:
        return finished(answer())

    assert finished(answer()) == 42
    assert asyncio.run(cell()) == 42


def test_what_goes_wrong_is_raised_to_whoever_waits() -> None:
    async def wrong() -> None:
        raise LookupError("gone")

    async def cell() -> None:
        finished(wrong())

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(cell())


def test_a_run_is_judged_inside_of_a_notebook_as_it_is_outside() -> None:
    result = simulate(Scenario(load=Poisson(per_second=2), lasts=3, people=QUICK_PEOPLE))

    async def cell() -> list[str]:
        return list(result.verdicts()["verdict"])

    assert asyncio.run(cell()) == list(result.verdicts()["verdict"])
