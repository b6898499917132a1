"""A drill from its first process to what is left of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs

from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import BreakerState
from bookdelivery.services.bookstore import Bookstore
from bookdelivery.services.drill import judging
from bookdelivery.services.drill.breakers import BreakerWatch
from bookdelivery.services.drill.cast import PATIENCE_S, Cast, cast
from bookdelivery.services.drill.crash_points import CONTEXTS
from bookdelivery.services.drill.entrance import Entrance
from bookdelivery.services.drill.fleet import Process
from bookdelivery.services.drill.kills import Killer
from bookdelivery.services.drill.levers import RealLevers
from bookdelivery.services.drill.load import arrivals_s, bring, come_and_go
from bookdelivery.services.drill.passes import Passes
from bookdelivery.services.drill.people import PeopleForReal
from bookdelivery.services.drill.places import Places
from bookdelivery.services.drill.playable import check
from bookdelivery.services.drill.ports import HOST
from bookdelivery.services.drill.provider import Conduct
from bookdelivery.services.drill.verdicts import Seen
from bookdelivery.simulation import ClosedLoop, Fault, Rollout, Scenario
from bookdelivery.simulation.streams import Streams

_END_WITHIN_S = 60.0

Say = Callable[[str], None]


@attrs.frozen(kw_only=True)
class Plan:
    """What a drill does.

    Attributes:
        scenario: who comes, and what goes wrong.
        places: where data and topic are.
        directory: of the drill's own files and logs.
        config: the configuration file of the services; "" for none.
        kills: how many processes to kill one after the other, besides what the scenario says; visitors come until then.
    """

    scenario: Scenario
    places: Places
    directory: Path
    config: str = ""
    kills: int = 0


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a drill.

    Attributes:
        seen: what is to be judged.
        killed: how many processes died by SIGKILL, by where.
        missed: crash points that were not reached.
        pauses: how often a process was stopped for a while.
    """

    seen: Seen
    killed: Mapping[str, int]
    missed: int
    pauses: int


async def stage(plan: Plan, say: Say) -> Outcome:
    """Run a drill.

    Args:
        plan: what to do.
        say: is told what happens, a line each.

    Raises:
        InvalidField: the scenario says what cannot be done for real, or the data are not a drill's own.
        ProcessFailed: a service or server does not come up.
        Unavailable, UnusableStore: the stores or the broker cannot be reached or used.
    """
    scenario, directory = plan.scenario, plan.directory
    check(scenario, plan.places.by_context(plan.places.servers(directory), CONTEXTS).keys())
    (directory / "scenario.toml").write_text(scenario.to_toml())
    usual = Conduct(
        latency_s=scenario.provider.latency_s.mean_s,
        declines=scenario.provider.declines,
        silent_before=scenario.provider.silent_before,
        silent_after=scenario.provider.silent_after,
        at_once=scenario.provider.at_once,
    )
    usual.write(directory / "provider.json")
    servers = plan.places.servers(directory)
    async with _running(list(servers.values())), _looking_in(plan) as shop:
        if not await judging.is_fresh(shop):
            allowed = "a place of the drill's own: there are data already"
            raise InvalidField("drill", "url", plan.places.url, allowed)
        performers = cast(places=plan.places, scenario=scenario, directory=directory, config=plan.config)
        async with AsyncExitStack() as leaving:
            for balancer in performers.balancers:
                await leaving.enter_async_context(balancer)
            await leaving.enter_async_context(_running(performers.everybody()))
            say(f"the services run; their logs are in {directory}")
            return await _Performance(plan, shop, performers, servers, usual, say).play()


class _Performance:
    """The drill while everything runs."""

    def __init__(
        self,
        plan: Plan,
        shop: Bookstore,
        performers: Cast,
        servers: Mapping[str, Process],
        usual: Conduct,
        say: Say,
    ) -> None:
        self._plan = plan
        self._shop = shop
        self._cast = performers
        self._servers = servers
        self._say = say
        self._streams = Streams(plan.scenario.seed)
        self._arrivals_s = self._draw_arrivals()
        self._began_s = asyncio.get_running_loop().time()
        self._passes = Passes(performers.issuer)
        self._entrance = Entrance(performers.address, self._began_s, self._passes)
        self._fetched = {task.name: task.fetched for replicas in performers.tasks.values() for task in replicas}
        self._levers = RealLevers(
            performers.members,
            plan.places.by_context(servers, CONTEXTS),
            plan.directory / "provider.json",
            usual,
            self._began_s,
            lambda name: _size(self._fetched[name]),
            say,
        )
        callers = [context.name for context in BOOKSTORE if context.calls]
        self._breakers = BreakerWatch([f"http://{HOST}:{performers.tasks[name][0].port}" for name in callers])
        self._before: dict[str, int] = {}

    async def play(self) -> Outcome:
        """Have people come and things go wrong; wait until it is at rest; gather what is left."""
        plan, scenario = self._plan, self._plan.scenario
        people = (
            PeopleForReal(scenario.people, self._entrance, self._streams.numpy("people")) if scenario.people else None
        )
        if people is not None:
            self._entrance.on_standing = people.see_to
        killer = self._killer()
        over = asyncio.Event()
        try:
            async with self._breakers, asyncio.TaskGroup() as at_work:
                at_work.create_task(self._bring(over))
                for place, fault in enumerate(scenario.faults):
                    at_work.create_task(self._strike(fault, place))
                for rollout in scenario.rollouts:
                    at_work.create_task(self._roll_out(rollout))
                if plan.kills:
                    await killer.kill(plan.kills)
                    over.set()
            self._say("nobody comes any more; waiting for everything to come to rest")
            for process in self._cast.everybody():
                process.release()
                await process.ready(PATIENCE_S)
            unfinished = 0 if people is None else await people.finish(PATIENCE_S)
            rested_at = await judging.come_to_rest(self._shop, PATIENCE_S)
            shown = await judging.shown(self._entrance)
        finally:
            if people is not None:
                await people.stop()
            await self._entrance.close()
            await self._passes.close()
            for process in self._cast.everybody():
                await process.end(_END_WITHIN_S)
        remains = await judging.remains(
            self._shop, plan.directory / "books.db", self._entrance, shown, rested_at=rested_at
        )
        fetched = {name: (self._before.get(name, 0), _size(path)) for name, path in self._fetched.items()}
        killed = dict(killer.killed)
        if self._levers.kills:
            killed["by the scenario"] = self._levers.kills
        return Outcome(
            seen=Seen(
                remains=remains,
                asked=self._entrance.asked,
                unfinished=unfinished,
                fetched=fetched,
                opened=frozenset(self._breakers.opened),
                open_still=frozenset(
                    name for name, state in self._breakers.standing.items() if state is not BreakerState.CLOSED
                ),
            ),
            killed=killed,
            missed=killer.missed,
            pauses=killer.pauses + self._levers.pauses,
        )

    async def _bring(self, over: asyncio.Event) -> None:
        scenario = self._plan.scenario
        visitor = scenario.customers.prepare(self._streams.numpy("customers"))
        number = 0

        async def visit() -> None:
            nonlocal number
            number += 1
            await visitor(number, self._entrance)

        if isinstance(scenario.load, ClosedLoop):
            until_s = self._began_s + scenario.lasts
            await come_and_go(scenario.load, visit, until_s, self._streams.numpy("arrivals"), over)
        else:
            await bring([self._began_s + at_s for at_s in self._arrivals_s], visit, over)

    def _draw_arrivals(self) -> Sequence[float]:
        scenario = self._plan.scenario
        if isinstance(scenario.load, ClosedLoop):
            return ()
        return arrivals_s(scenario.load, scenario.lasts, self._streams.numpy("arrivals"))

    async def _strike(self, fault: Fault, place: int) -> None:
        begins_s, _ = fault.window(self._plan.scenario.lasts)

        async def note() -> None:
            await self._levers.until(begins_s)
            for name, path in self._fetched.items():
                self._before.setdefault(name, _size(path))
            self._say(f"{begins_s:5.0f} s: {fault.label}")

        noting = asyncio.create_task(note())
        await fault.strike(self._levers, self._plan.scenario.lasts, self._streams.numpy("fault", str(place)))
        await noting

    async def _roll_out(self, rollout: Rollout) -> None:
        await self._levers.until(rollout.at)
        for process in self._cast.members[rollout.context]:
            self._say(f"{process.name} is asked to end, and another one started in its place")
            await process.renew(PATIENCE_S)

    def _killer(self) -> Killer:
        def told(number: int, what: str) -> None:
            if number % 10 == 0 or number == self._plan.kills:
                self._say(f"{number} killed, the last {what}; {len(self._entrance.standing)} orders acknowledged")

        return Killer(
            members={name: (self._cast.members[name][0], self._cast.tasks[name][0]) for name in CONTEXTS},
            gateway=self._cast.gateway,
            servers=self._servers,
            rng=random.Random(self._plan.scenario.seed),
            patience_s=PATIENCE_S,
            told=told,
        )


@asynccontextmanager
async def _running(processes: Sequence[Process]) -> AsyncIterator[None]:
    for process in processes:
        process.start()
    try:
        for process in processes:
            await process.ready(PATIENCE_S)
        yield
    finally:
        for process in processes:
            await process.end(_END_WITHIN_S)


@asynccontextmanager
async def _looking_in(plan: Plan) -> AsyncIterator[Bookstore]:
    """Open the stores and the broker to look into them; nothing is run here."""
    places = plan.places
    system = System("bookstore", plan.scenario.fit(BOOKSTORE))
    async with AsyncExitStack() as leaving:
        shop = Bookstore.open(places.url, broker_url=places.broker_url, stores=places.stores or None, system=system)
        leaving.push_async_exit(shop)
        yield shop


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
