"""Interrupted experiments go on from what is finished, and mistake nothing else for it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from functools import partial
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Constant, Scenario
from bookdelivery.simulation.experiments import DamagedResult, Metric, Run, replicate, replication_seed
from bookdelivery.simulation.experiments.fingerprints import fingerprint
from bookdelivery.simulation.experiments.readings import Cycles, Kind, Share
from bookdelivery.simulation.experiments.shelf import Shelf
from bookdelivery.simulation.experiments.trials import Assignment, Trial
from tests.simulation.experiments.little import (
    LITTLE,
    METRICS,
    ROOT,
    STAY,
    Stumbles,
    Tallies,
    half_of,
    metric,
    till,
)

TRIAL = Trial(replication=1, scenario=attrs.evolve(LITTLE, seed=5))


def test_what_is_finished_is_not_run_again_and_gives_the_same_to_the_last_bit(tmp_path: Path) -> None:
    tallies = Tallies(tmp_path)
    here = partial(replicate, LITTLE, system=till, metrics=[*METRICS, metric(tallies)], workers=1)
    first = here(3, directory=tmp_path / "results")
    assert tallies.seeds == [replication_seed(3, number) for number in (1, 2, 3)]
    more = here(5, directory=tmp_path / "results")
    assert tallies.seeds == [replication_seed(3, number) for number in (1, 2, 3, 4, 5)]
    assert more.runs[:3] == first.runs
    assert more.runs == here(5).runs


def test_an_experiment_interrupted_by_hand_keeps_what_it_finished(tmp_path: Path) -> None:
    tallies = Tallies(tmp_path)

    def stop_after_two(done: int, total: int, which: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    here = partial(replicate, LITTLE, 4, system=till, metrics=[metric(tallies)], workers=1, directory=tmp_path / "r")
    with pytest.raises(KeyboardInterrupt):
        here(progress=stop_after_two)
    assert len(here().runs) == 4
    assert len(tallies.seeds) == len(set(tallies.seeds)) == 4


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_an_experiment_whose_process_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        from pathlib import Path
        from bookdelivery.simulation.experiments import replicate
        from tests.simulation.experiments.little import LITTLE, STAY, till
        replicate(LITTLE, 2_000, system=till, metrics=[STAY], workers=1, directory={str(tmp_path)!r})
    """)
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    while len(list(tmp_path.glob("*.json"))) < 5:
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    finished = len(list(tmp_path.glob("*.json")))
    told: list[int] = []
    found = replicate(
        LITTLE,
        finished + 1,
        system=till,
        metrics=[STAY],
        workers=1,
        directory=tmp_path,
        progress=lambda done, _, __: told.append(done),
    )
    # Everything but the one that is missing was there.
    assert told == [finished, finished + 1]
    assert found.runs == replicate(LITTLE, finished + 1, system=till, metrics=[STAY], workers=1).runs


def test_a_failed_replication_leaves_nothing_and_is_tried_again(tmp_path: Path) -> None:
    unlucky = replication_seed(3, 2)
    here = partial(replicate, LITTLE, 3, system=till, workers=1, directory=tmp_path)
    broken = here(metrics=[metric(Stumbles((unlucky,)))])
    assert [failure.seed for failure in broken.failures] == [unlucky]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (0.1 + 0.2, Kind.MEAN),
        (inf, Kind.MEDIAN),
        (-inf, Kind.MEAN),
        (Share(1.0, 3.0), Kind.SHARE),
        (Cycles((1.5, 2.0), (0.1, 0.2), 3.0, 0.25), Kind.AVAILABILITY),
        (Cycles((), ()), Kind.AVAILABILITY),
    ],
)
def test_every_reading_comes_back_as_it_was(tmp_path: Path, read: Any, kind: Kind) -> None:
    shelf = Shelf(tmp_path, Assignment(till, (Metric("x", half_of, kind),)))
    run = Run(replication=1, seed=5, readings={"x": read})
    shelf.keep(TRIAL, run)
    assert shelf.find(TRIAL) == run
    [file] = tmp_path.iterdir()
    assert "Infinity" not in file.read_text()


def test_what_is_no_number_comes_back_as_no_number(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, Assignment(till, (STAY,)))
    shelf.keep(TRIAL, Run(replication=1, seed=5, readings={"stay_s": nan}))
    found = shelf.find(TRIAL)
    assert found is not None
    assert isnan(float(found.readings["stay_s"]))


def test_another_scenario_seed_metric_or_system_is_not_found(tmp_path: Path) -> None:
    Shelf(tmp_path, Assignment(till, (STAY,))).keep(TRIAL, Run(replication=1, seed=5, readings={"stay_s": 1.0}))

    def found(trial: Trial = TRIAL, **changes: Any) -> Run | None:
        return Shelf(tmp_path, Assignment(**{"system": till, "metrics": (STAY,), **changes})).find(trial)

    assert found() is not None
    assert found(attrs.evolve(TRIAL, label="another point with the same settings")) is not None
    assert found(attrs.evolve(TRIAL, scenario=attrs.evolve(TRIAL.scenario, seed=6))) is None
    assert found(attrs.evolve(TRIAL, scenario=attrs.evolve(TRIAL.scenario, lasts=101.0))) is None
    assert found(attrs.evolve(TRIAL, scenario=attrs.evolve(TRIAL.scenario, load=Constant(per_second=0.7)))) is None
    assert found(metrics=METRICS) is None
    assert found(system=half_of) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:40],
        lambda _: "[]",
        lambda text: text.replace('"seed": 5', '"seed": 6'),
        lambda text: text.replace("stay_s", "leave_s"),
        lambda text: text.replace("1.5", '"much"'),
        lambda text: text.replace("1.5", "[1]"),
    ],
)
def test_a_damaged_file_is_named_and_not_believed(tmp_path: Path, damage: Callable[[str], str]) -> None:
    shelf = Shelf(tmp_path, Assignment(till, (STAY,)))
    shelf.keep(TRIAL, Run(replication=1, seed=5, readings={"stay_s": 1.5}))
    [file] = tmp_path.iterdir()
    before = file.read_text()
    file.write_text(damage(before))
    assert file.read_text() != before
    with pytest.raises(DamagedResult, match=f"{file.name} is no finished replication .* delete it"):
        shelf.find(TRIAL)


def test_a_half_written_draft_of_a_killed_process_is_no_result(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, Assignment(till, (STAY,)))
    shelf.keep(TRIAL, Run(replication=1, seed=5, readings={"stay_s": 1.5}))
    [file] = tmp_path.iterdir()
    file.rename(file.with_suffix(".4711.draft"))
    assert shelf.find(TRIAL) is None


def test_a_directory_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidField, match=r"results\.directory"):
        Shelf(tmp_path / "file", Assignment(till, (STAY,)))


def test_a_files_content_says_what_it_is(tmp_path: Path) -> None:
    replicate(LITTLE, 1, system=till, metrics=METRICS, workers=1, directory=tmp_path)
    [file] = tmp_path.iterdir()
    assert file.name.endswith(f"-{replication_seed(3, 1)}.json")
    document = json.loads(file.read_text())
    assert document["seed"] == replication_seed(3, 1)
    assert document["readings"].keys() == {"guests", "stay_s", "served", "all"}


ALIKE = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (LITTLE, attrs.evolve(LITTLE, lasts=100)),
    (np.array([1.0, 2.0]), np.array([1.0, 2.0])),
    (pd.Series([1.0], index=[3]), pd.Series([1.0], index=[3])),
    (stats.gamma(2.0, scale=3.0), stats.gamma(2.0, scale=3.0)),
    (partial(half_of), partial(half_of)),
]
DIFFERENT = [
    ({"a": 1}, {"a": 2}),
    ([1, 2], [2, 1]),
    ("1", 1),
    (True, 1),
    (None, "None"),
    (Kind.MEAN, Kind.MEDIAN),
    (LITTLE, attrs.evolve(LITTLE, deployment={})),
    (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
    (stats.gamma(2.0, scale=3.0), stats.gamma(2.0, scale=4.0)),
    (stats.gamma(2.0), stats.weibull_min(2.0)),
    (1 << 70, (1 << 70) + 1),
    (half_of, till),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_is_alike_has_the_same_fingerprint(one: Any, other: Any) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_has_another_fingerprint(one: Any, other: Any) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.slow
def test_a_fingerprint_is_the_same_in_a_process_with_another_hash_seed() -> None:
    program = (
        "from bookdelivery.simulation.experiments.fingerprints import fingerprint\n"
        "from tests.simulation.experiments.little import LITTLE\n"
        "print(fingerprint(LITTLE))\n"
    )
    seen = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == fingerprint(LITTLE)


class Opaque:
    """Shows nothing of itself."""


@pytest.mark.parametrize("value", [Opaque(), lambda: 1, {"x": Opaque()}])
def test_what_shows_nothing_of_itself_has_none(value: Any) -> None:
    with pytest.raises(InvalidField, match="so that results can be kept"):
        fingerprint(value)


def test_a_scenario_that_shows_nothing_of_itself_is_run_but_not_kept(tmp_path: Path) -> None:
    class Regular:
        """One guest every ten seconds."""

        bring = Constant(per_second=0.1).bring

        def describe(self) -> str:
            return "regular"

    scenario: Scenario = attrs.evolve(LITTLE, load=Regular())
    here = partial(replicate, scenario, 1, system=till, metrics=[STAY], workers=1)
    assert len(here().runs) == 1
    with pytest.raises(InvalidField, match="load"):
        here(directory=tmp_path)
