"""One replication of a scenario: what it takes to run it anywhere, and what came of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence

import attrs

from bookdelivery.application.system import System
from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.simulation.experiments.metrics import Metric
from bookdelivery.simulation.experiments.readings import Reading
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.simulating import DEFAULT_SYSTEM, simulate

MakeSystem = Callable[[], System]
"""Makes the system; a function at the top of a module, as systems themselves hold too much to be sent anywhere."""


def the_bookstore() -> System:
    """Give the bookstore as it is."""
    return DEFAULT_SYSTEM


@attrs.frozen(kw_only=True)
class Trial:
    """One replication to be run.

    Attributes:
        point: which of several systems or settings it belongs to, from 0; its trials differ by their seeds alone.
        label: what to call that; empty where there is only one.
        replication: its number, from 1.
        scenario: to be run, with the replication's own seed.
    """

    point: int = 0
    label: str = ""
    replication: int
    scenario: Scenario

    @property
    def name(self) -> str:
        """What to call it while it runs."""
        return f"{self.label}, run {self.replication}" if self.label else f"run {self.replication}"


@attrs.frozen(kw_only=True)
class Run:
    """A replication that was run to its end.

    Attributes:
        replication: its number, from 1.
        seed: of its scenario; `simulate` with it is this run again.
        readings: each metric's, by its name.
    """

    replication: int
    seed: int
    readings: Mapping[str, Reading]


@attrs.frozen(kw_only=True)
class Failure:
    """A replication that raised an error, or whose process was killed. The others are none the worse for it.

    Attributes:
        replication: its number, from 1.
        seed: of its scenario; `simulate` with it runs into the same error.
        label: which of several systems or settings it belongs to; empty where there is only one.
        error: the error, with its kind.
        trace: where it was raised.
    """

    replication: int
    seed: int
    label: str = ""
    error: str
    trace: str = attrs.field(default="", repr=False)

    def __str__(self) -> str:
        where = f"{self.label}, run {self.replication}" if self.label else f"run {self.replication}"
        return f"{where} (seed {self.seed}): {self.error}"


class NothingFinished(BookdeliveryError, RuntimeError):
    """Not one replication came to its end.

    Attributes:
        failures: all of them, each with its seed.
    """

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__(f"all {len(failures)} replications failed; the first: {failures[0]}\n{failures[0].trace}")
        self.failures = tuple(failures)


@attrs.frozen
class Assignment:
    """Runs trials, here or in another process.

    Args:
        system: makes the system that is simulated.
        metrics: what is read off each run.
    """

    system: MakeSystem
    metrics: tuple[Metric, ...]

    def __call__(self, trial: Trial) -> Run | Failure:
        """Run one; an error is handed back as a value, as not every error survives the way between processes."""
        try:
            result = simulate(trial.scenario, self.system())
            readings = {metric.name: metric.reading(result) for metric in self.metrics}
        except Exception as error:  # noqa: BLE001
            return failed(trial, error)
        return Run(replication=trial.replication, seed=trial.scenario.seed, readings=readings)


def failed(trial: Trial, error: Exception) -> Failure:
    """Report a trial that came to nothing."""
    return Failure(
        replication=trial.replication,
        seed=trial.scenario.seed,
        label=trial.label,
        error=f"{type(error).__name__}: {error}",
        trace="".join(traceback.format_exception(error)),
    )
