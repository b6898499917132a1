"""Several contexts at work together in one process, on whatever adapters they were given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from bookdelivery.application.composition import Composition, compose
from bookdelivery.application.reactions import Replayed
from bookdelivery.application.service import ContextService
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField, NotAnswered, NotRunning, Refused, Unavailable, UnusableStore
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import DeadLetter, Purged, Requests, Store
from bookdelivery.resilience import within

Reply = TypeVar("Reply")


class LocalRequests:
    """Carries calls to contexts of the same process (the `Requests` port).

    Args:
        services: where each context is found, by name.
        composition: says which context handles a command.
    """

    def __init__(self, composition: Composition, services: Mapping[str, ContextService]) -> None:
        self._composition = composition
        self._services = services

    def request(
        self,
        command: Command[Reply],
        *,
        idempotency_key: str,  # noqa: ARG002
        timeout_s: float,  # noqa: ARG002
    ) -> Coroutine[Any, Any, Reply]:
        """Hand the command over; see `Requests.request`."""
        # The caller's own time limit is around this already, and one inside it would only cost time.
        return self._services[self._composition.home(command)].submit(command)


class HereOrElsewhere:
    """Carries calls to contexts of the same process, and has those to others carried (the `Requests` port).

    Args:
        composition: says which context handles a command.
        services: where each context of this process is found, by name.
        elsewhere: carries calls to the others.
    """

    def __init__(self, composition: Composition, services: Mapping[str, ContextService], elsewhere: Requests) -> None:
        self._composition = composition
        self._services = services
        self._elsewhere = elsewhere

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:
        """Hand the command over, or pass it on; see `Requests.request`."""
        service = self._services.get(self._composition.home(command))
        if service is not None:
            return await service.submit(command)
        return await self._elsewhere.request(command, idempotency_key=idempotency_key, timeout_s=timeout_s)


class Application:
    """Several contexts in one process. Use it as an asynchronous context manager.

    Args:
        contexts: the bounded contexts; checked against one another.
        surroundings: makes the surroundings of each, from the context and the port for its calls.
        only: the names of those that run in this process; None: all of them.
        elsewhere: carries calls to those that do not.

    Raises:
        WronglyDeclared: the contexts do not fit together.
        InvalidField: one that is to run is none of them.
    """

    def __init__(
        self,
        contexts: Iterable[Context] | Composition,
        surroundings: Callable[[Context, Requests], Surroundings],
        *,
        only: Collection[str] | None = None,
        elsewhere: Requests | None = None,
    ) -> None:
        self.composition = compose(contexts)
        self._progress = Signal()
        self.services: dict[str, ContextService] = {}
        here = LocalRequests(self.composition, self.services)
        requests = here if elsewhere is None else HereOrElsewhere(self.composition, self.services, elsewhere)
        for name in self.composition.wired if only is None else only:
            wired = self.composition.wired.get(name)
            if wired is None:
                raise InvalidField("application", "only", name, f"one of {', '.join(self.composition.wired)}")
            self.services[name] = ContextService(wired, surroundings(wired.context, requests), self._progress)
        self._open_to_people: dict[type[Any], ContextService] = {
            handler.command: service
            for service in self.services.values()
            for handler in service.context.handlers
            if handler.actor is not None
        }
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="bookdelivery")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            try:
                await running
            except asyncio.CancelledError:
                if not running.cancelled():
                    raise

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as at_work:
            for name, service in self.services.items():
                at_work.create_task(service.run(), name=name)

    async def watch(self) -> None:
        """Wait for the contexts to end by themselves, which nothing but an error that nobody foresaw makes them do.

        Raises:
            NotRunning: they are not running.
            Exception: that error.
        """
        if self._running is None:
            raise NotRunning
        await asyncio.shield(self._running)

    async def send(self, command: Command[Reply]) -> Reply:
        """Send a command as the person who issues it, and wait for its answer.

        Raises:
            UnknownCommand: no context here handles it.
            Refused: the domain says no, or it is a command that only contexts send one another.
            Conflict: somebody else changed the same aggregate again and again.
            Unavailable, UnusableStore: a store cannot be reached or used.
        """
        service = self._open_to_people.get(type(command))
        if service is None:
            self.composition.home(command)
            allowed = sorted(kind.__name__ for kind in self._open_to_people)
            raise Refused(type(command).__name__, "nobody outside may issue it, it follows from events", allowed)
        self._check_running()
        return await service.submit(command)

    def _check_running(self) -> None:
        if self._running is None:
            raise NotRunning
        if self._running.done():
            self._running.result()

    async def settle(self, timeout_s: float = 60.0) -> None:
        """Wait until no event is left to publish or handle, and no deadline is due.

        Deadlines to come are not waited for.

        Args:
            timeout_s: seconds after which to give up.

        Raises:
            NotAnswered: something was still left to do; says where.
            UnusableStore: a store cannot be used at all, so that nothing goes on.
        """
        try:
            await within(timeout_s, self._settle)
        except NotAnswered as error:
            busy = [name for name, service in self.services.items() if not await _is_idle(service)]
            raise NotAnswered(f"after {timeout_s} s there is still something to do for {', '.join(busy)}") from error

    async def _settle(self) -> None:
        # What went wrong before may be mended by now; whether it is shows when it is tried again.
        before = {name: service.trouble.last for name, service in self.services.items()}
        while True:
            self._check_running()
            self._progress.clear()
            # Asked one after the other, an event may have slipped from one context to another in between: ask again.
            if await self._are_idle() and await self._are_idle():
                return
            for name, service in self.services.items():
                last = service.trouble.last
                if isinstance(last, UnusableStore) and last is not before[name]:
                    raise last
            await self._progress.wait(0.02)

    async def _are_idle(self) -> bool:
        for service in self.services.values():
            if not await _is_idle(service):
                return False
        return True

    async def read(self, view: str, key: int) -> Any:
        """Read a view's row by its correlation key, None if there is none; see `ContextService.look`."""
        return await self._home_of(view).look(view, key)

    async def read_all(self, view: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Any]:
        """Read a view's rows by ascending key, beginning after a key; only one owner's, if given.

        See `ContextService.look_through`.
        """
        return await self._home_of(view).look_through(view, owner=owner, after=after, limit=limit)

    def _home_of(self, name: str) -> ContextService:
        views = {view.name: service for service in self.services.values() for view in service.context.views}
        if name not in views:
            raise InvalidField(
                "application", "view", name, f"one of {', '.join(views) or 'none: no context has a view'}"
            )
        return views[name]

    async def rebuild(self, view: str) -> int:
        """Fold a view anew from the logs of all contexts.

        Say how many messages were handled. See `ContextService.rebuild`.
        """
        return await self._home_of(view).rebuild(view, self._logs())

    def _logs(self) -> Sequence[Store]:
        return [service.store for service in self.services.values() if service.context.events]

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up by any context, the oldest first."""
        letters = [letter for service in self.services.values() for letter in await service.dead_letters()]
        return sorted(letters, key=lambda letter: letter.at)

    async def replay(self, message_id: str | None = None) -> Replayed:
        """Handle dead letters after all; see `ContextService.replay`."""
        answers = [await service.replay(message_id) for service in self.services.values()]
        return Replayed(
            sum(answer.handled for answer in answers), tuple(failure for answer in answers for failure in answer.failed)
        )

    async def purge(self, older_than_s: float) -> Purged:
        """Remove sent events and inbox marks older than this many seconds, in all contexts.

        See `ContextService.purge`.
        """
        purged = [await service.purge(older_than_s) for service in self.services.values()]
        return Purged(sum(one.outbox for one in purged), sum(one.inbox for one in purged))


async def _is_idle(service: ContextService) -> bool:
    """Say whether nothing is left to do; of a store or broker that is away, nobody can say that."""
    try:
        return await service.is_idle()
    except Unavailable:
        return False
