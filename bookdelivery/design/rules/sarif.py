"""A report as SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), which code hosts show beside the code."""

from __future__ import annotations

from typing import Any

import orjson

from bookdelivery._version import __version__
from bookdelivery.design.rules.checking import Report
from bookdelivery.design.rules.rule import Finding, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(report: Report) -> str:
    """Write a report as a SARIF log of one run; accepted findings are suppressed with their reason (section 3.35)."""
    indexes = {rule.id: index for index, rule in enumerate(report.rules)}
    run = {
        "tool": {
            "driver": {
                "name": "bookdelivery design check",
                "version": __version__,
                "rules": [_rule(rule) for rule in report.rules],
            }
        },
        "results": [_result(finding, indexes[finding.rule.id]) for finding in report.findings],
        "columnKind": "unicodeCodePoints",
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.rationale},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"tags": [f"checkpoint-{number}" for number in rule.checkpoints]},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.node.id, "kind": "element"}]}
    if finding.node.file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": finding.node.file},
            "region": {"startLine": finding.node.line},
        }
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": str(finding.rule.severity),
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"design/v1": finding.fingerprint},
    }
    if finding.accepted:
        result["suppressions"] = [{"kind": "external", "justification": finding.accepted}]
    return result
