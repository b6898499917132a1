"""verdicts.json says everything, in a form that stays."""

from __future__ import annotations

import json
from math import inf, nan
from typing import Any

from bookdelivery._version import __version__
from bookdelivery.requirements.catalogue import REQUIREMENTS
from bookdelivery.requirements.judge import Judgement
from bookdelivery.requirements.requirement import select
from bookdelivery.requirements.verdict import Counterexample, Verdict, judge_cases, judge_figures, judge_runs
from bookdelivery.requirements.verdicts_json import render_verdicts

FOUND = Counterexample(invariant="outboxes_drain", why="3 events", order_id=7, trail=("+0.000 s order: ㅁ",), run="r")


def judgement(*verdicts: Verdict) -> Judgement:
    return Judgement(system="bookstore", seed=5, verdicts=verdicts, observations={}, played={})


def verdict(id_: str, figure: float = 0.25) -> Verdict:
    requirement = select([id_], REQUIREMENTS)[0]
    findings = []
    for criterion in requirement.criteria:
        if criterion.measure == "cases":
            findings.append(judge_cases(criterion, 8, [FOUND], ["8 cases"]))
        elif criterion.measure == "counterexamples":
            findings.append(judge_runs(criterion, [()] * 20))
        else:
            findings.append(judge_figures(criterion, [figure] * 6))
    return Verdict(requirement=requirement, findings=tuple(findings))


def read(*verdicts: Verdict) -> Any:
    return json.loads(render_verdicts(judgement(*verdicts)))


def test_it_names_what_was_judged_by_what_with_which_outcome() -> None:
    document = read(verdict("N4"))
    assert document["schema_version"] == 1
    assert (document["bookdelivery"], document["system"], document["seed"]) == (__version__, "bookstore", 5)
    assert document["status"] == document["verdicts"][0]["status"] == "met"


def test_every_finding_has_its_bound_estimate_interval_and_sample() -> None:
    staleness = read(verdict("N4"))["verdicts"][0]["findings"][0]
    assert (staleness["criterion"], staleness["bound"], staleness["unit"]) == ("staleness", 1.0, "s")
    assert (staleness["estimate"], staleness["sample_size"], staleness["status"]) == (0.25, 6, "met")
    assert staleness["interval"] == {"low": 0.25, "high": 0.25, "method": "order statistics over replications"}


def test_cases_have_no_interval_and_their_counterexamples_a_trail() -> None:
    found = read(verdict("F1"))["verdicts"][0]
    assert found["settings"] is None
    assert found["findings"][0]["interval"] is None
    assert found["findings"][0]["counterexamples"] == [
        {"invariant": "outboxes_drain", "why": "3 events", "order_id": 7, "run": "r", "trail": ["+0.000 s order: ㅁ"]}
    ]


def test_what_is_not_finite_is_null() -> None:
    for figure in (inf, nan):
        finding = read(verdict("N4", figure))["verdicts"][0]["findings"][0]
        assert finding["estimate"] is None
        assert finding["interval"]["high"] is None


def test_it_is_the_same_to_the_byte_with_sorted_keys_and_korean_as_it_is() -> None:
    text = render_verdicts(judgement(verdict("F1"), verdict("N4")))
    assert text == render_verdicts(judgement(verdict("F1"), verdict("N4")))
    assert "고객" in text
    assert text.endswith("}\n")
    document = json.loads(text)
    assert list(document) == sorted(document)
