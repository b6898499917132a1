"""Runs the replications of one system or several, from where they were left, and keeps what comes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypedDict

import attrs

from bookdelivery.application.system import System
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.experiments.crew import Crew
from bookdelivery.simulation.experiments.metrics import Metrics, as_metrics
from bookdelivery.simulation.experiments.progress import Tell, telling
from bookdelivery.simulation.experiments.readers import DEFAULT_METRICS
from bookdelivery.simulation.experiments.seeds import replication_seed
from bookdelivery.simulation.experiments.shelf import Shelf
from bookdelivery.simulation.experiments.trials import (
    Assignment,
    Failure,
    MakeSystem,
    NothingFinished,
    Run,
    Trial,
    failed,
    the_bookstore,
)
from bookdelivery.simulation.scenario import Scenario


class How(TypedDict, total=False):
    """How replications are run; nothing of it but system, metrics and seed changes a result.

    Attributes:
        system: a function at the top of a module that makes the system; the bookstore by default.
        metrics: what is read off each run; `DEFAULT_METRICS` if not given.
        seed: of the whole experiment; the (first) scenario's own if not given.
        executor: any `concurrent.futures.Executor`, such as Dask's `client.get_executor()`.
        workers: without an executor, how many processes; all cores if not given. 1: no other process.
        directory: where finished replications are kept, and looked for before they are run; nowhere if not given.
        progress: True: a bar with the time that remains; False: none; a function: it is told how many are done, of how
            many, and which; not given: a bar if stderr is a terminal.
    """

    system: MakeSystem
    metrics: Metrics
    seed: int
    executor: Executor | None
    workers: int | None
    directory: str | os.PathLike[str] | None
    progress: Tell | bool | None


@attrs.frozen
class Gathered:
    """What came of one system's replications.

    Attributes:
        runs: those that came to their end, by ascending number.
        failures: the others.
    """

    runs: tuple[Run, ...]
    failures: tuple[Failure, ...]


class Gathering:
    """Runs replications as many as it is told, and later more. Use it as a context manager.

    Args:
        points: the systems or settings, each with a label and its scenario; all use the same seeds.
        title: what the progress bar says.
        how: see `How`.
        assigned: makes what is done with each trial, from what makes the system; reading the metrics off by default.

    Raises:
        InvalidField: a setting is out of range.
    """

    def __init__(
        self,
        points: Sequence[tuple[str, Scenario]],
        title: str,
        how: How,
        assigned: Callable[[MakeSystem], Callable[[Trial], Run | Failure]] | None = None,
    ) -> None:
        for setting in how:
            if setting not in How.__annotations__:
                allowed = f"left out: how replications are run is said by {', '.join(How.__annotations__)}"
                raise InvalidField("experiment", setting, how.get(setting), allowed)
        for label, scenario in points:
            if not isinstance(scenario, Scenario):
                raise InvalidField("experiment", label or "scenario", scenario, "a Scenario")
        self.points = tuple(points)
        self.seed = how.get("seed", points[0][1].seed)
        replication_seed(self.seed, 1)
        system: object = how.get("system", the_bookstore)
        if not callable(system) or isinstance(system, System):
            raise InvalidField("experiment", "system", system, "a function that makes a System")
        self.metrics = as_metrics(how.get("metrics", DEFAULT_METRICS))
        assignment = Assignment(system, self.metrics)
        self._work = assignment if assigned is None else assigned(system)
        directory = how.get("directory")
        if directory is not None and assigned is not None:
            raise InvalidField("experiment", "directory", str(directory), "None, as what is found cannot be kept")
        self._shelf = None if directory is None else Shelf(directory, assignment)
        self._crew = Crew(how.get("executor"), how.get("workers"))
        self._telling = telling(how.get("progress"), title)
        self._ended: dict[tuple[int, int], Run | Failure] = {}
        self._size = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._crew)
            self._tell = stack.enter_context(self._telling)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def up_to(self, size: int) -> tuple[Gathered, ...]:
        """Run until every point has so many replications, failed ones included; give what each has.

        Raises:
            NothingFinished: not one of all came to its end.
            DamagedResult: a file in the results directory cannot be read.
            NotPortable: system, metrics or scenario cannot be sent to another process.
            NoWorkers: worker processes die before they do anything.
        """
        wanted = [
            Trial(point=point, label=label, replication=number, scenario=self._scenario(scenario, number))
            for number in range(self._size + 1, size + 1)
            for point, (label, scenario) in enumerate(self.points)
        ]
        self._size = max(size, self._size)
        total = self._size * len(self.points)
        left = [trial for trial in wanted if not self._found(trial)]
        self._tell(len(self._ended), total, "")
        for trial, outcome in self._crew.run(self._work, left):
            ended = failed(trial, outcome) if isinstance(outcome, Exception) else outcome
            if self._shelf is not None and isinstance(ended, Run):
                self._shelf.keep(trial, ended)
            self._ended[trial.point, trial.replication] = ended
            self._tell(len(self._ended), total, trial.name)
        found = tuple(self._gathered(point) for point in range(len(self.points)))
        if not any(one.runs for one in found):
            raise NothingFinished([failure for one in found for failure in one.failures])
        return found

    def _scenario(self, scenario: Scenario, replication: int) -> Scenario:
        return attrs.evolve(scenario, seed=replication_seed(self.seed, replication))

    def _found(self, trial: Trial) -> bool:
        run = None if self._shelf is None else self._shelf.find(trial)
        if run is not None:
            self._ended[trial.point, trial.replication] = run
        return run is not None

    def _gathered(self, point: int) -> Gathered:
        ended = [self._ended[point, number] for number in range(1, self._size + 1)]
        return Gathered(
            tuple(one for one in ended if isinstance(one, Run)),
            tuple(one for one in ended if isinstance(one, Failure)),
        )
