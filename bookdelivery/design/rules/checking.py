"""Checking a design against the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import orjson
import pandas as pd

from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules import aggregates, calls, contexts, events, policies, words
from bookdelivery.design.rules.baseline import Baseline
from bookdelivery.design.rules.rule import Finding, Rule, Severity

RULES: tuple[Rule, ...] = (
    *aggregates.RULES,
    *events.RULES,
    *policies.RULES,
    *calls.RULES,
    *contexts.RULES,
    *words.RULES,
)
"""All rules, in the order of their ids."""


@attrs.frozen(kw_only=True)
class Report:
    """What a check found.

    Attributes:
        model: the design's name.
        rules: the rules that were checked.
        findings: where they are broken, the worst first; accepted ones too.
        outdated: fingerprints in the baseline that nothing has any more.
    """

    model: str
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    outdated: tuple[str, ...] = ()

    @property
    def fresh(self) -> tuple[Finding, ...]:
        """The findings that the baseline does not accept."""
        return tuple(finding for finding in self.findings if not finding.accepted)

    @property
    def clean(self) -> bool:
        """Whether nothing is broken but what is accepted. A note breaks nothing."""
        return all(finding.rule.severity is Severity.NOTE for finding in self.fresh)

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))

    def to_pandas(self) -> pd.DataFrame:
        """Give a table, one row a finding: rule, severity, node, message, file, line, accepted, fingerprint."""
        columns = ["rule", "severity", "node", "message", "file", "line", "accepted", "fingerprint"]
        rows = [_row(finding) for finding in self.findings]
        return pd.DataFrame([[row[column] for column in columns] for row in rows], columns=columns)

    def to_json(self) -> str:
        """Write it as JSON; the same design gives the same bytes."""
        document = {
            "model": self.model,
            "clean": self.clean,
            "rules": [rule.id for rule in self.rules],
            "findings": [_row(finding) for finding in self.findings],
            "outdated": list(self.outdated),
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def check(model: DesignModel, *, rules: Sequence[Rule] = RULES, baseline: Baseline | None = None) -> Report:
    """Check a design against rules.

    Args:
        model: the design.
        rules: which; all by default. Your own go beside them: `check(model, rules=(*RULES, MINE))`.
        baseline: the findings that the team lives with.
    """
    accepted = {} if baseline is None else baseline.accepted
    findings = [
        Finding(rule=rule, node=found.node, message=found.message, about=found.about)
        for rule in rules
        for found in rule.check(model)
    ]
    findings = [attrs.evolve(finding, accepted=accepted.get(finding.fingerprint, "")) for finding in findings]
    order = list(Severity)
    findings.sort(key=lambda one: (order.index(one.rule.severity), one.rule.id, one.node.id, one.about))
    there = {finding.fingerprint for finding in findings}
    outdated = tuple(sorted(print_ for print_ in accepted if print_ not in there))
    return Report(model=model.name, rules=tuple(rules), findings=tuple(findings), outdated=outdated)


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": str(finding.rule.severity),
        "node": finding.node.id,
        "message": finding.message,
        "file": finding.node.file,
        "line": finding.node.line,
        "accepted": finding.accepted,
        "fingerprint": finding.fingerprint,
    }
