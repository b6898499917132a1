"""Work is done whoever does it, and whoever dies over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import attrs
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.experiments import Crew, NotPortable, WorkerDied


@attrs.frozen
class Task:
    number: int
    deaths: int = 0
    marks: Path = Path()


def square(task: Task) -> int:
    marks = len(list(task.marks.glob(f"{task.number}-*"))) if task.deaths else 0
    if marks < task.deaths:
        (task.marks / f"{task.number}-{marks}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if task.number < 0:
        raise ValueError(f"{task.number} is negative")
    return task.number**2


TASKS = [Task(number) for number in range(5)]
SQUARES = {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}


@pytest.fixture(scope="module", params=["here", "processes", "threads"])
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    if request.param == "threads":
        with ThreadPoolExecutor(2) as executor, Crew(executor) as made:
            yield made
    else:
        with Crew(workers=1 if request.param == "here" else 2) as made:
            yield made


def test_every_task_is_done_once_and_the_crew_can_be_asked_again(crew: Crew) -> None:
    for _ in range(2):
        assert {task.number: outcome for task, outcome in crew.run(square, TASKS)} == SQUARES


def test_an_error_is_handed_back_beside_the_task_it_belongs_to(crew: Crew) -> None:
    outcomes = {task.number: outcome for task, outcome in crew.run(square, [Task(-1), Task(2)])}
    assert outcomes[2] == 4
    assert repr(outcomes[-1]) == "ValueError('-1 is negative')"


def test_nothing_to_do_is_done_at_once(crew: Crew) -> None:
    assert list(crew.run(square, [])) == []


@pytest.mark.slow
def test_work_that_kills_its_process_is_done_again_and_reported_if_it_kills_another(tmp_path: Path) -> None:
    once, always = Task(5, deaths=1, marks=tmp_path), Task(9, deaths=99, marks=tmp_path)
    with Crew(workers=2) as crew:
        outcomes = {task.number: outcome for task, outcome in crew.run(square, [TASKS[0], always, *TASKS[1:], once])}
    died = outcomes.pop(9)
    assert outcomes == {**SQUARES, 5: 25}
    assert isinstance(died, WorkerDied)
    # Twice alone, and perhaps once among others: never blamed on a neighbour.
    assert len(list(tmp_path.glob("9-*"))) in {2, 3}
    assert len(list(tmp_path.glob("5-*"))) == 1


def test_an_executor_that_breaks_gives_errors_for_what_it_did_not_finish(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor, Crew(executor) as crew:
        outcomes = dict(crew.run(square, [TASKS[2], Task(9, deaths=99, marks=tmp_path), TASKS[3]]))
    assert len(outcomes) == 3
    assert type(outcomes[Task(9, deaths=99, marks=tmp_path)]).__name__ == "BrokenProcessPool"


def test_what_cannot_be_sent_to_a_process_is_refused_at_once_and_done_here() -> None:
    with Crew(workers=2) as crew, pytest.raises(NotPortable, match="with workers=1 nothing is sent"):
        list(crew.run(lambda task: task.number, TASKS))
    with Crew(workers=1) as crew:
        assert [outcome for _, outcome in crew.run(lambda task: task.number, TASKS)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("workers", [0, 1.5, True])
def test_a_number_of_workers_that_is_none_is_refused(workers: Any) -> None:
    with pytest.raises(InvalidField, match=r"crew\.workers"):
        Crew(workers=workers)


def test_an_executor_with_a_number_of_workers_is_refused_and_so_is_what_is_no_executor() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(InvalidField, match="as the executor has workers of its own"):
        Crew(executor, workers=2)
    with pytest.raises(InvalidField, match=r"crew\.executor"):
        Crew("dask")  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_script_without_a_guard_is_told_what_is_missing(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        textwrap.dedent("""
            from bookdelivery.simulation.experiments import Crew
            with Crew(workers=2) as crew:
                print(dict(crew.run(abs, [1, 2, 3])))
        """)
    )
    seen = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert seen.returncode == 1
    assert "NoWorkers: worker processes die before they do anything" in seen.stderr
    assert "if __name__ == '__main__':" in seen.stderr


@pytest.mark.slow
def test_processes_that_die_idle_are_replaced_and_those_of_whoever_stops_listening_end() -> None:
    crew = Crew(workers=2)
    left: list[Any] = []

    def processes() -> list[Any]:
        assert crew._pool is not None
        assert crew._pool._pool is not None
        return list(crew._pool._pool._processes.values())

    def stop_after_the_first() -> None:
        with crew:
            assert len(list(crew.run(square, TASKS))) == 5
            for process in processes():
                process.kill()
                process.join()
            for seconds, _ in crew.run(time.sleep, [0, 60, 60]):
                assert seconds == 0
                left.extend(processes())
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_after_the_first()
    assert len(left) == 2
    for process in left:
        # Its exit code may be the pool's own thread's to fetch; that its end of the pipe is closed is seen by all.
        assert wait([process.sentinel], timeout=20) == [process.sentinel]


@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them_even_if_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "rests.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, time
            from bookdelivery.simulation.experiments import Crew

            def name(_):
                return os.getpid()

            if __name__ == "__main__":
                with Crew(workers=2) as crew:
                    for _, pid in crew.run(name, [1, 2, 3, 4]):
                        print(pid, flush=True)
                    print("done", flush=True)
                    time.sleep(1_000)
            """
        )
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        out = process.stdout
        assert out is not None
        workers = set(iter(lambda: out.readline().strip(), "done"))
        process.kill()
        # The workers hold the pipe's other end: it comes to its end with the last of them.
        assert out.read() == ""
    assert workers
