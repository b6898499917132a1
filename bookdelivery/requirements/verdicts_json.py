"""verdicts.json: the judgement for programs. The same judgement gives the same bytes."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from bookdelivery._version import __version__
from bookdelivery.requirements.judge import Judgement
from bookdelivery.requirements.proofs import PROOFS
from bookdelivery.requirements.verdict import Counterexample, Finding, Verdict
from bookdelivery.simulation.statistics import Interval

SCHEMA_VERSION = 1
"""Counts up when a field changes its meaning or goes; fields may come at any time."""


def render_verdicts(judgement: Judgement) -> str:
    """Write a judgement as JSON: keys sorted, numbers that are not finite as null.

    Top level: `schema_version`, `bookdelivery` (the version that judged), `system`, `seed`, `quick` (whether at a
    glance), `status` (the worst of all verdicts), and `verdicts`, one a requirement in the catalogue's order: `id`,
    `text`, `korean`, `status`, `settings` (the experiment's story and replications, null for functional ones) and
    `findings`, one a criterion: `criterion`, `metric`, `unit`, `sense`, `bound`, `confidence`, `status`, `estimate`,
    `interval` (`low`, `high`, `method`; null for written-down cases), `sample_size`, `evidence`, `counterexamples`
    (`invariant`, `why`, `order_id`, `run`, `trail`).
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "bookdelivery": __version__,
        "system": judgement.system,
        "seed": judgement.seed,
        "quick": judgement.quick,
        "status": str(judgement.status),
        "verdicts": [_verdict(verdict, judgement) for verdict in judgement.verdicts],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _verdict(verdict: Verdict, judgement: Judgement) -> dict[str, Any]:
    requirement = verdict.requirement
    runs = judgement.observations.get(requirement.id, ())
    return {
        "id": requirement.id,
        "text": requirement.text,
        "korean": requirement.korean,
        "status": str(verdict.status),
        "settings": {"story": judgement.story(requirement.id), "replications": len(runs)}
        if requirement.id in PROOFS
        else None,
        "findings": [_finding(finding) for finding in verdict.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    criterion = finding.criterion
    return {
        "criterion": criterion.name,
        "metric": criterion.metric,
        "unit": criterion.unit,
        "sense": str(criterion.sense),
        "bound": criterion.bound,
        "confidence": criterion.confidence,
        "status": str(finding.status),
        "estimate": _number(finding.estimate),
        "interval": None if finding.interval is None else _interval(finding.interval),
        "sample_size": finding.sample_size,
        "evidence": list(finding.evidence),
        "counterexamples": [_counterexample(one) for one in finding.counterexamples],
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {"low": _number(interval.low), "high": _number(interval.high), "method": interval.method}


def _counterexample(one: Counterexample) -> dict[str, Any]:
    return {
        "invariant": one.invariant,
        "why": one.why,
        "order_id": one.order_id,
        "run": one.run,
        "trail": list(one.trail),
    }


def _number(value: float) -> float | None:
    # Twelve digits are more than any measurement has, and the same on every machine.
    return float(f"{value:.12g}") if isfinite(value) else None
