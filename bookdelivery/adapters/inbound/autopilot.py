"""Stands in for the people who do the shop's work, in demonstrations and simulations."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs

from bookdelivery.kernel.context import Policy
from bookdelivery.kernel.errors import Conflict, InvalidField, NotFound, Refused, UnusableStore
from bookdelivery.kernel.messages import Command, Envelope, Message
from bookdelivery.kernel.ports import Broker, Delivery, Subscription
from bookdelivery.kernel.values import duration_s

log = logging.getLogger("bookdelivery.autopilot")

_NO_ANSWER = (ConnectionError, TimeoutError, UnusableStore, Conflict)
"""What may be over soon: the shop's side cannot be reached, does not answer or is at odds with itself."""


@attrs.frozen
class Chore:
    """Something a person does whenever an event calls for it.

    Attributes:
        policy: the event, and the command that says it is done.
        takes_s: gives the seconds of work for the next one.
        work: does so many seconds of work; by default whoever is wanted is there at once, and works around the clock.
        first: another way of doing it, tried once before, in its own time. Whatever comes of that, this command is sent
            as well: it is refused if the other way has brought it about already.
    """

    policy: Policy
    takes_s: Callable[[], float]
    work: Callable[[float], Awaitable[Any]] = asyncio.sleep
    first: Chore | None = None


def _at_least_one(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number, 1 or more")


@attrs.frozen(kw_only=True)
class Habits:
    """How people behave towards the shop's computers.

    Attributes:
        at_once: how many of them send something at the same time.
        retry_after_s: seconds before they try again when they get no answer; doubles each time.
        retry_at_most_s: the longest such pause, in seconds.
        gives_up_after_s: for how many seconds somebody goes on asking for a case that is not known there (yet).
    """

    at_once: int = attrs.field(default=16, validator=_at_least_one)
    retry_after_s: float = attrs.field(default=0.5, validator=duration_s)
    retry_at_most_s: float = attrs.field(default=30.0, validator=duration_s)
    gives_up_after_s: float = attrs.field(default=3600.0, validator=duration_s)


class Autopilot:
    """Does people's chores: hears of events, works for a while, sends the command.

    There are as many people as there is work. They try again until the shop's side has answered, and take no for an
    answer. Events are acknowledged once their chores are done, so an autopilot that is restarted begins the chores
    anew that it had not finished; those that were done after all are refused.

    Args:
        broker: the topic, read as a consumer group of its own.
        chores: what is to be done.
        send: carries a command to the context that handles it, as `Application.send` does.
        habits: how people behave.
        group: the consumer group's name.
    """

    def __init__(
        self,
        broker: Broker,
        chores: Sequence[Chore],
        send: Callable[[Command[Any]], Awaitable[Any]],
        habits: Habits | None = None,
        group: str = "autopilot",
    ) -> None:
        self._broker = broker
        self._send = send
        self._habits = habits if habits is not None else Habits()
        self._group = group
        self._chores: dict[str, list[tuple[Chore, _Door]]] = defaultdict(list)
        for chore in chores:
            self._chores[chore.policy.on.__name__].append((chore, _Door(self._habits)))
        self._desks = asyncio.Semaphore(self._habits.at_once)
        self._pages: dict[int, deque[_Entry]] = defaultdict(deque)
        self._under_way: dict[tuple[str, str], list[_Entry]] = {}
        self.busy = 0
        """Chores begun and not finished."""
        self.done = 0
        """Chores finished."""
        self.refused = 0
        """Chores that turned out to be not wanted any more."""

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as at_work:
            while True:
                try:
                    await self._read(await self._broker.subscribe(self._group), at_work)
                except _NO_ANSWER as error:
                    log.info("the autopilot cannot read the topic: %s; trying again", error)
                    self._pages.clear()
                    await asyncio.sleep(self._habits.retry_after_s)

    async def _read(self, subscription: Subscription, at_work: asyncio.TaskGroup) -> None:
        try:
            while True:
                deliveries = await subscription.fetch()
                idle = [delivery for delivery in deliveries if not self._begin(delivery, subscription, at_work)]
                if idle:
                    await subscription.acknowledge(idle)
        finally:
            await subscription.close()

    def _begin(self, delivery: Delivery, subscription: Subscription, at_work: asyncio.TaskGroup) -> bool:
        content = delivery.content
        page = self._pages[delivery.partition]
        chores = self._chores.get(content.type, ()) if isinstance(content, Envelope) else ()
        if not chores and not page:
            return False
        entry = _Entry(delivery, page, subscription, len(chores))
        page.append(entry)
        for chore, door in chores:
            assert isinstance(content, Envelope)
            task = (chore.policy.name, content.id)
            if task in self._under_way:
                # The same message once more: nobody packs a parcel twice.
                self._under_way[task].append(entry)
                continue
            self._under_way[task] = [entry]
            self.busy += 1
            at_work.create_task(self._do(chore, door, content.message, task), name=chore.policy.name)
        return True

    async def _do(self, chore: Chore, door: _Door, event: Message, task: tuple[str, str]) -> None:
        command = chore.policy.by(event)
        if command is not None:
            if not await self._tried(chore.first, event):
                await chore.work(chore.takes_s())
            await self._insist(command, door)
        self.busy -= 1
        for entry in self._under_way.pop(task):
            entry.left -= 1
            await self._turn_over(entry)

    async def _tried(self, chore: Chore | None, event: Message) -> bool:
        """Say whether there was another way, on which the work has been done by now."""
        command = None if chore is None else chore.policy.by(event)
        if chore is None or command is None:
            return False
        await chore.work(chore.takes_s())
        async with self._desks:
            try:
                await self._send(command)
            except (NotFound, Refused, *_NO_ANSWER) as error:
                log.info("%s: %s; doing it the plain way", type(command).__name__, error)
        return True

    async def _turn_over(self, entry: _Entry) -> None:
        """Acknowledge what is done at the beginning of the page on which this entry stands."""
        page = entry.page
        finished: list[_Entry] = []
        while page and not page[0].left:
            finished.append(page.popleft())
        if finished:
            try:
                await entry.subscription.acknowledge([each.delivery for each in finished])
            except _NO_ANSWER as error:
                # Back on the page: whoever finishes next acknowledges them too.
                log.info("the autopilot cannot acknowledge: %s", error)
                page.extendleft(reversed(finished))

    async def _insist(self, command: Command[Any], door: _Door) -> None:
        now = asyncio.get_running_loop().time
        pause_s = self._habits.retry_after_s
        first_unknown_s: float | None = None
        while True:
            await door.passed()
            async with self._desks:
                try:
                    await self._send(command)
                except NotFound:
                    door.answered()
                    first_unknown_s = now() if first_unknown_s is None else first_unknown_s
                    if now() - first_unknown_s >= self._habits.gives_up_after_s:
                        self.refused += 1
                        return
                except Refused:
                    door.answered()
                    self.refused += 1
                    return
                except _NO_ANSWER as error:
                    log.info("%s: %s; trying again", type(command).__name__, error)
                    door.unanswered()
                    continue
                else:
                    door.answered()
                    self.done += 1
                    return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, self._habits.retry_at_most_s)


@attrs.define(eq=False)
class _Entry:
    """One message, where it stands, whom to tell when it is done, and how many of its chores are left to do."""

    delivery: Delivery
    page: deque[_Entry]
    subscription: Subscription
    left: int


class _Door:
    """Whether the side that a chore is sent to answers; while it does not, one knocks now and then, the others wait."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self._pause_s = habits.retry_after_s
        self._is_open = True
        self._is_knocking = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def passed(self) -> None:
        if not self._is_open:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    def answered(self) -> None:
        self._pause_s = self._habits.retry_after_s
        self._is_open = True
        while self._waiting:
            _let_go(self._waiting.popleft())

    def unanswered(self) -> None:
        self._is_open = False
        if not self._is_knocking:
            self._is_knocking = True
            asyncio.get_running_loop().call_later(self._pause_s, self._knock)
            self._pause_s = min(2 * self._pause_s, self._habits.retry_at_most_s)

    def _knock(self) -> None:
        self._is_knocking = False
        if self._waiting:
            _let_go(self._waiting.popleft())
        else:
            # Whoever comes next finds out.
            self._is_open = True


def _let_go(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
