"""One service of a drill, in a process of its own: what `bookdelivery serve` runs, with crash points around its ports.

SIGUSR1 has it read anew at which of them it is to die.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from bookdelivery.application.system import System
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Broker, Store
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM, Bookstore
from bookdelivery.services.config_loading import load_config
from bookdelivery.services.drill.crash_points import Crash, CrashPoint, Fuse
from bookdelivery.services.drill.fetched import NotedBroker
from bookdelivery.services.drill.provider import DrillProvider
from bookdelivery.services.serving import serve
from bookdelivery.simulation import Scenario

FAILED = 1
"""The exit status where something that is needed cannot be reached or used."""


@attrs.frozen(kw_only=True)
class Task:
    """What a process is told.

    Attributes:
        name: the process's; a second replica of a context has another.
        context: which it serves.
        port: where it listens.
        flags: what flags say to `bookdelivery serve`.
        directory: the drill's files.
        config: the configuration file; "" for none.
        seed: of what its payment provider does.
    """

    name: str
    context: str
    port: int
    flags: Mapping[str, Any]
    directory: str
    config: str = ""
    seed: int = 1

    @property
    def scenario(self) -> Path:
        """The scenario's file."""
        return Path(self.directory) / "scenario.toml"

    @property
    def crash(self) -> Path:
        """The file that says where it is to die."""
        return Path(self.directory) / f"{self.name}.crash"

    @property
    def fetched(self) -> Path:
        """The file that tells by its size how many messages it was given."""
        return Path(self.directory) / f"{self.name}.fetched"

    def command(self) -> list[str]:
        """Give the command that runs it."""
        return [sys.executable, "-m", "bookdelivery.services.drill.member", json.dumps(attrs.asdict(self))]

    def plan(self, crash: Crash) -> None:
        """Write down where it is to die; it reads that when it gets SIGUSR1."""
        self.crash.write_text(json.dumps({"point": crash.point, "occurrence": crash.occurrence, "where": crash.where}))

    def planned(self) -> Crash:
        """Read what `plan` wrote."""
        fields = json.loads(self.crash.read_text())
        return Crash(CrashPoint(fields["point"]), fields["occurrence"], fields["where"])


def run(task: Task) -> int:
    """Serve until asked to end, or dead; give the exit status."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    for name in ("httpx", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    fuse = Fuse()
    signal.signal(signal.SIGUSR1, lambda *_: fuse.arm(task.planned()))
    config = load_config(Path(task.config) if task.config else None, task.flags).config
    try:
        asyncio.run(serve([task.context], config, port=task.port, opener=partial(_open, task=task, fuse=fuse)))
    except (Unavailable, UnusableStore) as error:
        logging.getLogger(__name__).critical("%s cannot be served: %s", task.context, error)
        return FAILED
    return 0


def _open(url: str, *, task: Task, fuse: Fuse, system: System = BOOKSTORE_SYSTEM, **options: Any) -> Bookstore:
    scenario = Scenario.from_toml(task.scenario)
    directory = Path(task.directory)
    provider = DrillProvider(directory / "books.db", directory / "provider.json", f"{task.seed}/{task.name}")

    def wrap_store(context: Context, port: Store) -> Store:
        return fuse.around(system.wrap_store(context, port), context.name)

    def wrap_broker(context: Context, port: Broker) -> Broker:
        return fuse.around(NotedBroker(system.wrap_broker(context, port), task.fetched), context.name)

    return Bookstore.open(
        url,
        system=System("bookstore", scenario.fit(system.contexts), wrap_store, wrap_broker),
        provider=fuse.around(provider, "payment"),
        settings=scenario.engine,
        resilience=scenario.resilience,
        **options,
    )


if __name__ == "__main__":
    sys.exit(run(Task(**json.loads(sys.argv[1]))))
