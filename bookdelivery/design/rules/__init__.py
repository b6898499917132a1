"""Design rules, checked on the model; each with its reason, a specimen that breaks it, and a fix."""

from bookdelivery.design.rules.baseline import Baseline, UnreadableBaseline
from bookdelivery.design.rules.checking import RULES, Report, check
from bookdelivery.design.rules.rule import Finding, Found, Rule, Severity
from bookdelivery.design.rules.sarif import to_sarif

__all__ = [
    "RULES",
    "Baseline",
    "Finding",
    "Found",
    "Report",
    "Rule",
    "Severity",
    "UnreadableBaseline",
    "check",
    "to_sarif",
]
