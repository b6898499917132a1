"""The same program gives the same run, whatever the process it runs in and however often it ran before."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.virtual import run_virtual

ROOT = Path(__file__).parents[2]


async def program() -> list[str]:
    """One that puts tasks and strings into sets, and takes them out in the set's order."""
    trace: list[str] = []
    loop = asyncio.get_running_loop()
    ballast = [bytearray(random.Random().randrange(1, 5000)) for _ in range(50)]

    async def worker(name: str) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            trace.append(f"{name} at {loop.time():g}")

    async def fail() -> None:
        await asyncio.sleep(1)
        raise ValueError

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(worker(f"grouped {number}"))
                ballast.append(bytearray(random.Random().randrange(1, 5000)))
            group.create_task(fail())
    except* ValueError:
        pass
    tasks = [asyncio.create_task(worker(f"waiting {number}"), name=str(number)) for number in range(30)]
    _, pending = await asyncio.wait(tasks, timeout=1)
    trace += [task.get_name() for task in pending]
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.wait(tasks)
    return trace


def test_run_is_the_same_in_processes_with_other_hash_seeds_and_addresses() -> None:
    show = "from tests.simulation.test_loop_determinism import *; print(run_virtual(program()))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", show],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "4711")
    }

    assert len(runs) == 1
    assert "grouped 29 at 1" in runs.pop()


def test_run_is_the_same_again_in_the_same_process() -> None:
    assert run_virtual(program()) == run_virtual(program())
