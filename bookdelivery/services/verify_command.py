"""The command `verify`: progress while the judge works, then a table, a report, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import REQUIREMENTS
from bookdelivery.requirements.figures import plots_of
from bookdelivery.requirements.judge import Judgement, Subject, judge
from bookdelivery.requirements.report import estimate, headline, interval
from bookdelivery.requirements.requirement import select
from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.verdict import Status
from bookdelivery.requirements.verdicts_json import render_verdicts
from bookdelivery.services.verify import SUBJECT, exit_status, prepare, write_report
from bookdelivery.simulation import InvalidScenario, Scenario
from bookdelivery.simulation.scenario.problems import Problem
from bookdelivery.simulation.scenarios import load_scenario

COLOURS = {Status.MET: "green", Status.VIOLATED: "bold red", Status.UNDECIDED: "yellow"}


def run_verify(
    *,
    requirements: str | None,
    seed: int,
    report: Path | None,
    as_json: bool,
    quick: bool = False,
    scenario: Path | None = None,
    subject: Subject = SUBJECT,
    replications: Mapping[str, int] | None = None,
) -> int:
    """Judge the bookstore and tell; give the exit status.

    Args:
        requirements: ids with commas between; None for all.
        seed: of everything that chance decides.
        report: the directory for report.html and verdicts.json, None for no report.
        as_json: print the verdicts as JSON, and nothing else, to stdout.
        quick: see `judge`.
        scenario: a TOML file that is judged instead of the built-in scenario that `requirements` names.
        subject: what is judged.
        replications: how often each experiment is run, where that differs.

    Raises:
        InvalidField: an id is unknown, the seed negative, or it is not one built-in scenario that another stands for.
        InvalidScenario: the file does not describe a scenario that the bookstore can play.
        UnreadableFile: the file cannot be read.
        UnwritableReport: the directory cannot be made or written to.
    """
    chosen = REQUIREMENTS if requirements is None else select(requirements.split(","), REQUIREMENTS)
    if scenario is not None:
        subject = _told_with(scenario, requirements or "", subject)
    if report is not None:
        prepare(report)
    errors = Console(stderr=True)
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task("judging", total=None)

        def on_progress(done: int, total: int, label: str) -> None:
            progress.update(bar, completed=done, total=total, description=f"judged {label}")

        judgement = judge(
            subject,
            chosen,
            seed=seed,
            workers=os.cpu_count() or 1,
            replications=replications,
            quick=quick,
            draw=None if report is None else plots_of,
            progress=on_progress,
        )
    files = None if report is None else write_report(judgement, report)
    if as_json:
        sys.stdout.write(render_verdicts(judgement))
        return exit_status(judgement)
    console = Console()
    console.print(table(judgement))
    for line in counterexamples(judgement):
        console.print(line)
    console.print(Text(headline(judgement) + ".", style="bold"))
    if files is not None:
        console.print(
            Text(f"The report is {files.report}, the verdicts for programs {files.verdicts}."), soft_wrap=True
        )
    return exit_status(judgement)


def _told_with(scenario: Path, requirement: str, subject: Subject) -> Subject:
    if requirement not in STORIES:
        raise InvalidField("verify", "requirements", requirement, f"one of {', '.join(STORIES)}, to go with --scenario")
    told = Scenario.from_toml(scenario)
    try:
        told.fit(subject.system().contexts)
    except InvalidField as error:
        raise InvalidScenario(
            str(scenario), [Problem(f"{error.owner}.{error.field}", error.value, error.allowed)]
        ) from error
    if load_scenario(requirement).faults and not told.faults:
        allowed = f"what goes wrong, as {requirement} is judged by what follows from it"
        raise InvalidScenario(str(scenario), [Problem("faults", told.faults, allowed)])
    return attrs.evolve(subject, scenarios={requirement: told})


def table(judgement: Judgement) -> Table:
    """Show the verdicts, a line a requirement or criterion."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0), expand=True)
    table.add_column("")
    table.add_column("Requirement", ratio=5)
    table.add_column("Estimate", no_wrap=True)
    table.add_column("Interval", ratio=3)
    table.add_column("Verdict", no_wrap=True, min_width=9)
    for verdict in judgement.verdicts:
        requirement, findings = verdict.requirement, verdict.findings
        if len(findings) > 1:
            table.add_row(requirement.id, requirement.text, "", "", _said(verdict.status))
        for finding in findings:
            several = len(findings) > 1
            table.add_row(
                "" if several else requirement.id,
                Text(f"  {finding.criterion.metric}" if several else requirement.text, style="dim" if several else ""),
                Text(estimate(finding)),
                Text("" if finding.interval is None else interval(finding), style="dim"),
                _said(finding.status, dim=several),
            )
    return table


def _said(status: Status, *, dim: bool = False) -> Text:
    return Text(str(status), style="dim" if dim and status is Status.MET else COLOURS[status])


def counterexamples(judgement: Judgement) -> list[Text]:
    """Show what broke requirements, a line each."""
    return [
        Text(f"{verdict.requirement.id} {one}", style="red")
        for verdict in judgement.verdicts
        for finding in verdict.findings
        for one in finding.counterexamples
    ]
