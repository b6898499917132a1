"""What `verify` does with a judgement: exit status, table, and files that are there whole or not at all."""

from __future__ import annotations

from math import inf
from pathlib import Path

import attrs
import pytest

from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.requirements.judge import Judgement, Subject
from bookdelivery.requirements.verdict import Status
from bookdelivery.services.verify import (
    SUBJECT,
    UnwritableReport,
    exit_status,
    in_memory,
    prepare,
    write_report,
)
from bookdelivery.services.verify_command import run_verify
from tests.requirements.test_verdicts_json import judgement, verdict
from tests.specimens import naive

GOOD, BAD = verdict("N4"), verdict("F1")


def undecided() -> Judgement:
    unsure = attrs.evolve(GOOD.findings[0], status=Status.UNDECIDED)
    return judgement(attrs.evolve(GOOD, findings=(unsure, *GOOD.findings[1:])))


def test_the_exit_status_tells_the_worst_verdict() -> None:
    assert exit_status(judgement(GOOD)) == 0
    assert exit_status(judgement(GOOD, BAD)) == 1
    assert exit_status(undecided()) == 3
    assert exit_status(judgement(verdict("N4", inf))) == 1


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_report(judgement(BAD), tmp_path)
    files = write_report(judgement(GOOD), tmp_path)
    assert '"status": "met"' in files.verdicts.read_text(encoding="utf-8")
    assert sorted(tmp_path.iterdir()) == [files.report, files.verdicts]


def test_a_report_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(UnwritableReport, match=r"report\.html"):
        write_report(judgement(GOOD), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "verdicts.json"]


def test_a_directory_is_made_and_tried_before_the_work_begins(tmp_path: Path) -> None:
    prepare(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableReport, match="file"):
        prepare(tmp_path / "file" / "reports")


@pytest.mark.slow
def test_a_violated_requirement_is_told_with_its_counterexamples(capsys: pytest.CaptureFixture[str]) -> None:
    subject = Subject(system=naive.cancels_only_what_it_knows, openers={"memory": in_memory})
    assert run_verify(requirements="F7", seed=1, report=None, as_json=False, subject=subject) == 1
    said = capsys.readouterr().out
    assert "violated" in said
    assert "nobody_works_on_what_was_called_off: order 1:" in said
    assert "Of 1 requirements: 1 violated." in said


def test_an_undecided_requirement_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = attrs.evolve(SUBJECT, openers={})
    assert run_verify(requirements="F1", seed=1, report=None, as_json=False, subject=nowhere) == 3
    assert "undecided" in capsys.readouterr().out


def test_a_scenario_of_ones_own_is_judged_instead_of_the_built_in_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "calm.toml"
    file.write_text(
        'story = "Hardly anything goes wrong."\nlasts = 5\nload = {kind = "poisson", per_second = 1}\n'
        'faults = [{kind = "provider-trouble", at = 1, lasts = 1, slower = 1.1}]\n'
    )
    once = {"payment-overload": 1}
    status = run_verify(
        requirements="payment-overload", seed=1, report=tmp_path, as_json=False, scenario=file, replications=once
    )
    assert status == 1
    assert "payment-overload" in capsys.readouterr().out
    assert "Hardly anything goes wrong." in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "requirement", "told"),
    [
        ("lasts = 5", "F1", "requirements is 'F1', but must be one of store-down, payment-overload"),
        ("lasts = 5", "payment-overload", "load is missing"),
        ("lasts = 5\nload = {kind='constant', per_second=1}", "store-down", "faults is"),
        ("lasts = 5\nload = {kind='constant', per_second=1}\n[terms.shop]\na = 1", "siege", "terms is 'shop'"),
    ],
)
def test_what_cannot_stand_for_a_built_in_scenario_is_refused(
    text: str, requirement: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BookdeliveryError) as refused:
        run_verify(requirements=requirement, seed=1, report=None, as_json=False, scenario=file)
    assert told in str(refused.value)
