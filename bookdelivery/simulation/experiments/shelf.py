"""Where finished replications are kept, so that an interrupted experiment goes on from there."""

from __future__ import annotations

import json
import os
from math import isfinite
from pathlib import Path
from typing import Any

import attrs

from bookdelivery._version import __version__
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField
from bookdelivery.simulation.experiments.fingerprints import fingerprint
from bookdelivery.simulation.experiments.readings import Cycles, Reading, Share
from bookdelivery.simulation.experiments.trials import Assignment, Run, Trial


class DamagedResult(BookdeliveryError, ValueError):
    """A file in the results directory is not what a finished replication left there."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file} is no finished replication ({why}); delete it, and it is run again")
        self.file = file


class Shelf:
    """A directory with one file for each finished replication.

    A file's name holds the seed and the hash of all else that the readings depend on: the scenario, the system, the
    metrics and the library's version. So experiments may share a directory, a changed scenario is run anew, and one
    that grows runs only what is missing. Failed replications leave no file and are tried again. Change the code of a
    system or a metric, and the hash knows nothing of it: take another directory.

    Args:
        directory: made if it is not there.
        assignment: what is done with each trial.

    Raises:
        InvalidField: the directory cannot be made or is a file.
    """

    def __init__(self, directory: str | os.PathLike[str], assignment: Assignment) -> None:
        self._directory = Path(directory)
        self._assignment = assignment
        self._points: dict[int, str] = {}
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidField("results", "directory", str(directory), f"a directory for results ({error})") from error

    def find(self, trial: Trial) -> Run | None:
        """Give a trial's run if it is here.

        Raises:
            DamagedResult: its file cannot be read.
        """
        file = self._file(trial)
        try:
            document = json.loads(file.read_text("utf-8"))
            readings = {name: _read(given) for name, given in document["readings"].items()}
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedResult(file, f"{type(error).__name__}: {error}") from error
        missing = {metric.name for metric in self._assignment.metrics} ^ readings.keys()
        if missing or document.get("seed") != trial.scenario.seed:
            raise DamagedResult(file, "its seed or metrics are others than its name says")
        return Run(replication=trial.replication, seed=trial.scenario.seed, readings=readings)

    def keep(self, trial: Trial, run: Run) -> None:
        """Write a run down: all of it or, if this process dies, nothing."""
        file = self._file(trial)
        document = {
            "label": trial.label,
            "replication": run.replication,
            "seed": run.seed,
            "readings": {name: _written(reading) for name, reading in run.readings.items()},
        }
        # Beside it and named after this process, as another one may be writing the same.
        draft = file.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        draft.replace(file)

    def _file(self, trial: Trial) -> Path:
        # All replications of a point are alike but for the seed, which is in the name itself.
        if trial.point not in self._points:
            alike = attrs.evolve(trial.scenario, seed=0)
            told = [__version__, alike, self._assignment.system, self._assignment.metrics]
            self._points[trial.point] = fingerprint(told)[:24]
        return self._directory / f"{self._points[trial.point]}-{trial.scenario.seed}.json"


def _written(reading: Reading) -> Any:
    if isinstance(reading, Share):
        return [_written(reading.part), _written(reading.whole)]
    if isinstance(reading, Cycles):
        return attrs.asdict(reading)
    # JSON knows neither infinity nor what is not a number.
    return reading if isfinite(reading) else str(reading)


def _read(given: Any) -> Reading:
    if isinstance(given, list):
        part, whole = given
        return Share(float(part), float(whole))
    if isinstance(given, dict):
        return Cycles(**given)
    return float(given)
