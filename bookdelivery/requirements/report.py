"""report.html: the judgement for people, in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, isinf, isnan, log10

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined

from bookdelivery._version import __version__
from bookdelivery.requirements.figures import plots_of
from bookdelivery.requirements.judge import CasesPlayed, Judgement
from bookdelivery.requirements.plot import Plot
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement
from bookdelivery.requirements.verdict import Finding, Status, Verdict

SHARES = {Measure.PROPORTION, Measure.SHARE, Measure.AVAILABILITY}
"""Measures that are told in percent."""


@attrs.frozen(kw_only=True)
class Section:
    """What the page says about one requirement.

    Attributes:
        verdict: the verdict.
        story: what happened in the experiment; empty for cases.
        runs: how often it was run; 0 for cases.
        plots: from the first run.
        cases: each case's title, and on what it failed.
    """

    verdict: Verdict
    story: str
    runs: int
    plots: Sequence[Plot]
    cases: Sequence[tuple[str, Sequence[str]]]

    @property
    def requirement(self) -> Requirement:
        """The requirement."""
        return self.verdict.requirement


def render_report(judgement: Judgement) -> str:
    """Write a judgement as one HTML page: the table of verdicts first, then each requirement with all it rests on."""
    environment = Environment(
        loader=PackageLoader("bookdelivery.requirements"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(estimate=estimate, interval=interval, bound=bound, word=str)
    return environment.get_template("report.html.j2").render(
        judgement=judgement,
        version=__version__,
        headline=headline(judgement),
        sections=[_section(verdict, judgement) for verdict in judgement.verdicts],
        key=key_figure,
    )


def headline(judgement: Judgement) -> str:
    """Say in a sentence what came out."""
    count = {status: sum(verdict.status is status for verdict in judgement.verdicts) for status in Status}
    all_ = len(judgement.verdicts)
    if count[Status.MET] == all_:
        return "The requirement is met" if all_ == 1 else f"All {all_} requirements are met"
    parts = [f"{number} {status}" for status, number in count.items() if number]
    return f"Of {all_} requirements: " + ", ".join(parts)


def _section(verdict: Verdict, judgement: Judgement) -> Section:
    id_ = verdict.requirement.id
    observations = judgement.observations.get(id_, ())
    return Section(
        verdict=verdict,
        story=judgement.story(id_),
        runs=len(observations),
        plots=(observations[0].plots or plots_of(id_, observations[0])) if observations else (),
        cases=_cases(judgement.played.get(id_, ())),
    )


def _cases(played: Sequence[CasesPlayed]) -> Sequence[tuple[str, Sequence[str]]]:
    titles = dict.fromkeys(title for one in played for title in one.cases)
    return [
        (
            title,
            [one.place for one in played if any(problem.run.startswith(f"{title}, on") for problem in one.problems)],
        )
        for title in titles
    ]


def key_figure(verdict: Verdict) -> Finding:
    """Give the finding to put into the table: the one that decides, or else the first that has a unit of its own."""
    decisive = [finding for finding in verdict.findings if finding.status is verdict.status]
    return (decisive or list(verdict.findings))[0]


def _number(value: float) -> str:
    if isnan(value):
        return "nothing measured"
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1
    return f"{value:,.{digits}f}"


def _percent(share: float) -> str:
    if 0.99 < share < 1:
        # As many digits as tell it from 1: five nines are not 100 %.
        return f"{100 * share:.{max(1, ceil(-log10(1 - share)) - 1)}f}".rstrip("0").rstrip(".") + "%"
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def estimate(finding: Finding) -> str:
    """Write a finding's estimate with its unit."""
    measure, size = finding.criterion.measure, finding.sample_size
    if not isfinite(finding.estimate):
        return _number(finding.estimate)
    if measure is Measure.CASES:
        return f"{size - finding.estimate:.0f} of {size} cases hold"
    if measure is Measure.COUNTEREXAMPLES:
        return f"{round(finding.estimate * size)} of {size} runs"
    if measure in SHARES:
        return _percent(finding.estimate)
    return f"{_number(finding.estimate)}\u00a0{finding.criterion.unit}"


def interval(finding: Finding) -> str:
    """Write a finding's interval."""
    if finding.interval is None:
        return "–"
    low, high, unit = finding.interval.low, finding.interval.high, finding.criterion.unit
    if isinf(low) and isinf(high) and low < high:
        return "too few runs for one"
    confidence = f"({finding.interval.confidence:.0%})"
    if finding.criterion.measure is Measure.COUNTEREXAMPLES and low <= 0:
        return f"at most {_percent(high)} of runs {confidence}"
    if finding.criterion.measure in {Measure.COUNTEREXAMPLES, Measure.PROPORTION}:
        return f"{_percent(low)} to {_percent(high)} of runs {confidence}"
    if finding.criterion.measure in SHARES:
        return f"{_percent(low)} to {_percent(high)} {confidence}"
    return f"{_number(low)} to {_number(high)}\u00a0{unit} {confidence}"


def bound(criterion: Criterion) -> str:
    """Write a criterion's bound."""
    if criterion.measure in {Measure.CASES, Measure.COUNTEREXAMPLES}:
        return "none"
    amount = _percent(criterion.bound) if criterion.measure in SHARES else f"{criterion.bound:,g}"
    return f"{criterion.sense} {amount}\u00a0{criterion.unit}"
