"""The front door: a scenario in, a result out."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any

from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.ports import DeadLetter, Store
from bookdelivery.simulation._garbage import rarely_sought
from bookdelivery.simulation.result import Result, WorldFacts
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.states import States, at_once
from bookdelivery.simulation.world import World

DEFAULT_SYSTEM = System(name="bookstore", contexts=BOOKSTORE)
"""The bookstore as it is."""

_LARGE = 500_000
"""So many events make a world large."""


def simulate(
    scenario: Scenario, system: System = DEFAULT_SYSTEM, *, externals: Mapping[type[Any], Any] | None = None
) -> Result:
    """Run a scenario in virtual time. The same scenario and system give the same result, to the last byte.

    Args:
        scenario: the load, the deployment, the people and the troubles.
        system: whose code runs in the pods; the bookstore's by default.
        externals: adapters behind ports of external systems that the bookstore does not have.

    Returns:
        Every order's story as tables; say `result.drained` before you trust that all had come to an end.

    Raises:
        InvalidField: the scenario speaks of something that the system does not have.
        WronglyDeclared: the system's contexts do not fit together.
        UnknownCommand: visitors ask for something that no context of the system handles.
    """
    world = World(scenario, system, externals)
    with rarely_sought():
        world.run()
    result = result_of(world, drained=world.drained)
    if len(world.recording.log) > _LARGE:
        # What of it nobody reads any more lies in cycles: it is to be gone before tables are made.
        del world
        gc.collect()
    return result


def result_of(world: World, *, drained: bool) -> Result:
    """Read a world off, once it has been run.

    Args:
        world: the world.
        drained: whether everything had settled at its end.
    """
    return Result(world.scenario, world.system, drained, _facts(world), world.recording)


def _facts(world: World) -> WorldFacts:
    records: dict[str, dict[str, Sequence[Any]]] = {}
    letters: dict[str, Sequence[DeadLetter]] = {}
    stores: dict[str, Store] = {}
    for name, host in world.hosts.items():
        stores[name] = host.store
        records[name] = {}
        for filing in host.wired.filings.values():
            records[name][filing.kind] = States(host.store, filing.kind)
        letters[name] = at_once(host.store.dead_letters())
    return WorldFacts(
        records=records,
        ledger=world.provider.ledger.entries,
        dead_letters=letters,
        errors=[(at, where, f"{type(error).__name__}: {error}") for at, where, error in world.errors],
        ended_s=world.env.now,
        steps={name: host.steps for name, host in world.hosts.items()},
        stores=stores,
        deleted_unread=dict(world.broker.deleted_unread),
    )
