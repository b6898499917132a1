"""A pod's cores by themselves: who gets how much of them."""

import asyncio

import pytest

from bookdelivery.simulation.cpu import Cpu
from tests.virtual import run_virtual


def ends(cores: float, *jobs: tuple[float, float]) -> tuple[list[float], float]:
    """Give when each job ends, and the CPU time used, for jobs that begin at some second and need so many."""

    async def main() -> tuple[list[float], float]:
        loop = asyncio.get_running_loop()
        cpu = Cpu(cores, loop)

        async def job(begin_s: float, seconds: float) -> float:
            await asyncio.sleep(begin_s)
            await cpu.compute(seconds)
            return loop.time()

        ended = await asyncio.gather(*[job(*each) for each in jobs])
        return ended, cpu.used_s

    return run_virtual(main())


def test_a_job_alone_takes_its_own_time_however_many_cores_there_are() -> None:
    assert ends(1, (0, 3.0)) == ([3.0], 3.0)
    assert ends(8, (0, 3.0)) == ([3.0], 3.0)


def test_half_a_core_takes_twice_the_time() -> None:
    assert ends(0.5, (0, 3.0)) == ([6.0], 3.0)


def test_two_jobs_share_one_core_evenly() -> None:
    # Both run at half speed until the short one is done at 4; then the other does its last second alone.
    assert ends(1, (0, 2.0), (0, 3.0)) == ([4.0, 5.0], 5.0)


def test_who_comes_later_slows_down_who_is_there() -> None:
    # Alone until 1, then each at half speed: the first has a second left, done at 3; the other has one left then.
    assert ends(1, (0, 2.0), (1, 2.0)) == ([3.0, 4.0], 4.0)


def test_with_enough_cores_nobody_is_slowed_down() -> None:
    assert ends(2, (0, 2.0), (1, 2.0)) == ([2.0, 3.0], 4.0)


def test_three_jobs_on_two_cores_get_two_thirds_of_one_each() -> None:
    finished, used_s = ends(2, (0, 2.0), (0, 2.0), (0, 2.0))
    assert finished == pytest.approx([3.0, 3.0, 3.0])
    assert used_s == pytest.approx(6.0)


def test_time_without_work_uses_nothing() -> None:
    assert ends(1, (5, 1.0), (10, 1.0)) == ([6.0, 11.0], 2.0)


def test_whoever_is_cancelled_keeps_nobody_waiting() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        cpu = Cpu(1, loop)
        given_up = asyncio.create_task(cpu.compute(1.0))
        stays = asyncio.create_task(cpu.compute(1.0))
        await asyncio.sleep(0.5)
        given_up.cancel()
        await stays
        return loop.time()

    # What was given up is still computed, as a thread whose answer nobody wants any more is.
    assert run_virtual(main()) == 2.0
