"""The business's requirements as data, and the judge that says met, violated or undecided, with the evidence.

Needs the `sim` extra.
"""

from bookdelivery.requirements.catalogue import REQUIREMENTS
from bookdelivery.requirements.decide import Decision, decide, demand
from bookdelivery.requirements.judge import Judgement, Subject, judge
from bookdelivery.requirements.one_run import verdicts
from bookdelivery.requirements.report import render_report
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense, UnknownRequirement, select
from bookdelivery.requirements.shop import Opener, Shop
from bookdelivery.requirements.uptime import judge_uptime, uptime_requirement
from bookdelivery.requirements.verdict import Counterexample, Finding, Status, Verdict
from bookdelivery.requirements.verdicts_json import render_verdicts

__all__ = [
    "REQUIREMENTS",
    "Counterexample",
    "Criterion",
    "Decision",
    "Finding",
    "Judgement",
    "Measure",
    "Opener",
    "Requirement",
    "Sense",
    "Shop",
    "Status",
    "Subject",
    "UnknownRequirement",
    "Verdict",
    "decide",
    "demand",
    "judge",
    "judge_uptime",
    "render_report",
    "render_verdicts",
    "select",
    "uptime_requirement",
    "verdicts",
]
