"""What `bookdelivery verify` needs besides the judge: the bookstore to be judged, and where the report goes."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from bookdelivery.application.application import Application
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.application.system import System
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.kernel.ports import Clock
from bookdelivery.requirements.judge import Judgement, Subject
from bookdelivery.requirements.report import render_report
from bookdelivery.requirements.verdict import Status
from bookdelivery.requirements.verdicts_json import render_verdicts
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM, Bookstore

SEED = 1
"""Of message ids and jitter in the functional cases; what the cases do is drawn from the judge's seed."""


class UnwritableReport(BookdeliveryError, OSError):
    """The directory for the report cannot be made or written to."""


@asynccontextmanager
async def in_memory(
    system: System, *, clock: Clock, provider: PaymentProvider, settings: EngineSettings
) -> AsyncIterator[Application]:
    """Open a system in memory; see `Opener`."""
    shop = Bookstore.open(system=system, clock=clock, provider=provider, settings=settings, rng=random.Random(SEED))
    async with shop:
        yield shop


@asynccontextmanager
async def in_a_file(
    system: System, *, clock: Clock, provider: PaymentProvider, settings: EngineSettings
) -> AsyncIterator[Application]:
    """Open a system on a SQLite file of its own, which is removed afterwards; see `Opener`."""
    with tempfile.TemporaryDirectory(prefix="bookdelivery-verify-") as directory:
        shop = Bookstore.open(
            f"sqlite:///{directory}/shop.db",
            system=system,
            clock=clock,
            provider=provider,
            settings=settings,
            rng=random.Random(SEED),
        )
        async with shop:
            yield shop


def bookstore() -> System:
    """Give the bookstore as it is."""
    return BOOKSTORE_SYSTEM


SUBJECT = Subject(system=bookstore, openers={"memory": in_memory, "SQLite": in_a_file})
"""The bookstore on everything that is embedded."""


@attrs.frozen
class ReportFiles:
    """Where a report was written.

    Attributes:
        report: the page for people.
        verdicts: the file for programs.
    """

    report: Path
    verdicts: Path


def prepare(directory: Path) -> None:
    """Make the directory for a report and see that it can be written to, before the work begins.

    Raises:
        UnwritableReport: it cannot; says why.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise UnwritableReport(f"cannot write a report to {directory}: {error.strerror or error}") from error


def write_report(judgement: Judgement, directory: Path) -> ReportFiles:
    """Write report.html and verdicts.json; a file is there whole, or as it was before.

    Raises:
        UnwritableReport: they cannot be written; says why.
    """
    files = ReportFiles(directory / "report.html", directory / "verdicts.json")
    for path, content in ((files.verdicts, render_verdicts(judgement)), (files.report, render_report(judgement))):
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_text(content, encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise UnwritableReport(f"cannot write {path}: {error.strerror or error}") from error
    return files


EXIT_STATUS = {Status.MET: 0, Status.VIOLATED: 1, Status.UNDECIDED: 3}


def exit_status(judgement: Judgement) -> int:
    """Give the exit status: 1 if a requirement is violated, else 3 if one is undecided, else 0."""
    return EXIT_STATUS[judgement.status]
