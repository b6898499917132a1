"""The command `drill`: what happens while it does, then the verdicts, the figures, and the exit status."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bookdelivery.kernel.errors import BookdeliveryError, InvalidField
from bookdelivery.requirements.judge import Judgement
from bookdelivery.requirements.report import headline
from bookdelivery.requirements.verdict import Status
from bookdelivery.requirements.verdicts_json import render_verdicts
from bookdelivery.services.config_loading import Flags, load_config
from bookdelivery.services.drill.built_in import KILLS, load_drill
from bookdelivery.services.drill.entrance import Asked
from bookdelivery.services.drill.places import Places, with_topic
from bookdelivery.services.drill.staging import Outcome, Plan, Say, stage
from bookdelivery.services.drill.verdicts import count, judge
from bookdelivery.services.verify import exit_status, prepare, write_report
from bookdelivery.services.verify_command import counterexamples, table

SECONDS_PER_KILL = 60.0
"""For how long at most visitors come, for each process to be killed."""


def run_drill(
    scenario: str | None,
    *,
    file: Path | None,
    flags: Flags,
    run: Mapping[str, str],
    kills: int,
    seed: int | None,
    report: Path | None,
    as_json: bool,
) -> int:
    """Run a drill and tell; give the exit status.

    Args:
        scenario: a built-in drill's name or a TOML file; None with `kills`.
        file: the services' configuration file.
        flags: what flags say instead of it.
        run: the command of each server that the drill runs and may kill.
        kills: how many processes to kill one after the other.
        seed: of everything that chance decides; None for the scenario's.
        report: the directory for report.html and verdicts.json, None for no report.
        as_json: print the verdicts as JSON, and nothing else, to stdout.

    Raises:
        InvalidField: something is not allowed, or cannot be done for real.
        BookdeliveryError: the services, stores or servers cannot be brought up.
    """
    if kills < 0 or (scenario is None and not kills):
        raise InvalidField("drill", "kills", kills, "a whole number above 0 where no scenario is given")
    told, requirements = load_drill(scenario or KILLS)
    told = attrs.evolve(told, seed=told.seed if seed is None else seed)
    if kills:
        told = attrs.evolve(told, lasts=SECONDS_PER_KILL * kills)
    if report is not None:
        prepare(report)
    directory = Path(tempfile.mkdtemp(prefix="bookdelivery-drill-"))
    config = load_config(file, flags).config
    is_default = "data.url" not in load_config(file, flags).sources
    places = Places(
        url=f"sqlite:///{directory}/shop.db" if is_default else config.data.url,
        broker_url=with_topic(config.data.broker_url or None, told),
        stores=config.data.stores,
        run=run,
    )
    plan = Plan(
        scenario=told,
        places=places,
        directory=directory,
        config="" if file is None else str(file.absolute()),
        kills=kills,
    )
    console = Console(stderr=True)
    try:
        outcome = asyncio.run(_staged(plan, lambda line: console.print(Text(line), soft_wrap=True)))
    except asyncio.CancelledError:
        console.print("asked to end; its processes have ended")
        return 128 + signal.SIGTERM
    except BaseExceptionGroup as errors:
        raise _first(errors) from errors
    judgement = judge(outcome.seen, requirements, seed=told.seed, told=told.story.strip())
    if report is not None:
        write_report(judgement, report)
        (report / "requests.json").write_bytes(orjson.dumps([attrs.asdict(one) for one in outcome.seen.asked]))
    if as_json:
        sys.stdout.write(render_verdicts(judgement))
    else:
        _tell(judgement, outcome)
    if judgement.status is Status.MET:
        shutil.rmtree(directory)
    else:
        console.print(Text(f"What the processes said and left is in {directory}."), soft_wrap=True)
    return exit_status(judgement)


async def _staged(plan: Plan, say: Say) -> Outcome:
    """Run a drill that ends its processes also when it is asked to end itself."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    return await stage(plan, say)


def _tell(judgement: Judgement, outcome: Outcome) -> None:
    console = Console()
    console.print(_requests(outcome.seen.asked))
    console.print(table(judgement))
    for line in counterexamples(judgement):
        console.print(line)
    for name, number in count(outcome.seen).items():
        console.print(f"{name}: {number:,}")
    if outcome.killed:
        killed = sum(outcome.killed.values())
        console.print(
            f"SIGKILLs: {killed:,}; paused (SIGSTOP): {outcome.pauses}; crash points missed: {outcome.missed}"
        )
        for where, number in sorted(outcome.killed.items()):
            console.print(f"  {where}: {number:,}")
    style = "bold" if judgement.status is Status.MET else "bold red"
    console.print(Text(headline(judgement) + ".", style=style))


def _requests(asked: Sequence[Asked]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("Request", "Outcome"):
        shown.add_column(name)
    for name in ("Number", "50 %", "99 %", "Longest"):
        shown.add_column(name, justify="right")
    for kind, outcome in sorted({(one.kind, one.outcome) for one in asked}):
        took_s = [one.took_s for one in asked if (one.kind, one.outcome) == (kind, outcome)]
        times = [f"{1000 * float(np.quantile(took_s, part)):,.0f} ms" for part in (0.5, 0.99, 1.0)]
        shown.add_row(kind, outcome, f"{len(took_s):,}", *times)
    return shown


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give one of several errors, one of ours if there is one."""
    flat = _flat(errors)
    return next((one for one in flat if isinstance(one, BookdeliveryError)), flat[0])


def _flat(errors: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in errors.exceptions:
        found += _flat(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found
