"""The judge comes to the same verdicts however many hands it has."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import attrs
import pytest

from bookdelivery.application.application import Application
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.application.system import System
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.errors import InvalidField, UnusableStore
from bookdelivery.kernel.ports import Clock
from bookdelivery.requirements.catalogue import REQUIREMENTS
from bookdelivery.requirements.figures import plots_of
from bookdelivery.requirements.judge import Subject, Trial, judge
from bookdelivery.requirements.report import render_report
from bookdelivery.requirements.requirement import select
from bookdelivery.requirements.verdict import Status
from bookdelivery.requirements.verdicts_json import render_verdicts
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.verify import SUBJECT, in_memory
from tests.specimens import naive

FEW = select(["F4", "F8", "N1"], REQUIREMENTS)
IN_MEMORY = attrs.evolve(SUBJECT, openers={"memory": in_memory})


@pytest.mark.slow
def test_the_judgement_is_the_same_with_one_worker_and_with_two() -> None:
    alone = judge(IN_MEMORY, FEW, seed=3, workers=1, replications={"N1": 2})
    together = judge(IN_MEMORY, FEW, seed=3, workers=2, replications={"N1": 2})
    assert alone == together
    assert render_verdicts(alone) == render_verdicts(together)
    assert alone.status is Status.MET


@pytest.mark.slow
def test_plots_drawn_by_the_workers_are_those_that_a_report_draws_itself() -> None:
    chosen = select(["F4", "N4", "uptime-order"], REQUIREMENTS)
    plain = judge(IN_MEMORY, chosen, replications={"N4": 2})
    drawn = judge(IN_MEMORY, chosen, replications={"N4": 2}, workers=2, draw=plots_of)
    assert [bool(one.plots) for one in drawn.observations["N4"]] == [True, False]
    assert drawn.observations["uptime-order"][0].plots
    assert not any(one.plots for seen in plain.observations.values() for one in seen)
    assert render_report(drawn) == render_report(plain)


def test_another_seed_gives_other_runs() -> None:
    n1 = select(["N1"], REQUIREMENTS)
    one, other = (judge(IN_MEMORY, n1, seed=seed, replications={"N1": 1}) for seed in (1, 2))
    assert one.observations["N1"][0].facts != other.observations["N1"][0].facts


def test_progress_is_told_after_every_trial() -> None:
    told: list[tuple[int, int, str]] = []
    judge(IN_MEMORY, select(["F4", "F8"], REQUIREMENTS), progress=lambda *news: told.append(news))
    assert told == [(1, 2, "F4 on memory"), (2, 2, "F8 on memory")]


def test_a_naive_design_is_violated_with_the_case_and_the_run_named() -> None:
    subject = Subject(system=naive.swallows_the_payment_failure, openers={"memory": in_memory})
    judgement = judge(subject, select(["F2"], REQUIREMENTS))
    finding = judgement.verdicts[0].findings[0]
    assert judgement.status is Status.VIOLATED
    assert judgement.system == "swallows the payment's failure"
    assert 0 < finding.estimate <= finding.sample_size == 6
    assert "an unanswered payment is made later, on memory" in {one.run for one in finding.counterexamples}
    assert any("PaymentDeferred" in line or "OrderPlaced" in line for line in finding.counterexamples[0].trail)


def test_one_replication_leaves_a_median_undecided() -> None:
    verdict = judge(IN_MEMORY, select(["N4"], REQUIREMENTS), replications={"N4": 1}).verdicts[0]
    assert verdict.status is Status.UNDECIDED
    assert {finding.criterion.name for finding in verdict.findings if finding.status is Status.UNDECIDED} == {
        "staleness",
        "answer",
    }


def no_store(
    system: System, *, clock: Clock, provider: PaymentProvider, settings: EngineSettings
) -> AbstractAsyncContextManager[Application]:
    raise UnusableStore("/dev/full", "no space is left")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_keeps_the_judge_from_working_is_no_verdict(workers: int) -> None:
    subject = Subject(system=lambda_free_system, openers={"nothing": no_store})
    with pytest.raises(UnusableStore, match="no space is left"):
        judge(subject, select(["F8"], REQUIREMENTS), workers=workers)


def lambda_free_system() -> System:
    return BOOKSTORE_SYSTEM


@pytest.mark.parametrize("field", ["workers", "seed"])
@pytest.mark.parametrize("value", [-1, 1.5, True])
def test_a_wrong_number_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidField, match=field):
        judge(IN_MEMORY, (), **{field: value})  # type: ignore[arg-type]


def test_every_trial_has_a_seed_of_its_own() -> None:
    trials = [Trial(requirement=id_, replication=run, seed=1) for id_ in ("N1", "N2") for run in range(1, 50)]
    assert len({trial.own_seed for trial in trials}) == len(trials)
