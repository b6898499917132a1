"""Faults planned before a run: the nth time that something is about to be done, or was done, this happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

Port = TypeVar("Port")
Happening = BaseException | Callable[[], Awaitable[None]]
"""What happens: an error to raise, or something to do."""


class Faults:
    """A plan of faults, and how often each point was passed so far.

    Points are called `label.method:before` and `label.method:after`, as in `order.store.commit:after`.

    Args:
        plan: what happens at which point, the how-manieth time (from 1).
    """

    def __init__(self, plan: Mapping[tuple[str, int], Happening] | None = None) -> None:
        self.plan = dict(plan or {})
        self.passed: Counter[str] = Counter()

    def next_time(self, point: str, happening: Happening, times: int = 1) -> None:
        """Plan for the next times that a point is passed."""
        for ahead in range(1, times + 1):
            self.plan[point, self.passed[point] + ahead] = happening

    def heal(self) -> None:
        """Forget all that is planned."""
        self.plan.clear()

    async def pass_by(self, point: str) -> None:
        """Let happen what is planned for now."""
        self.passed[point] += 1
        happening = self.plan.pop((point, self.passed[point]), None)
        if isinstance(happening, BaseException):
            raise happening
        if happening is not None:
            await happening()

    def around(self, port: Port, label: str) -> Port:
        """Put these faults around every coroutine method of an adapter."""
        return cast(Port, _Faulty(port, label, self))


class _Faulty:
    def __init__(self, port: Any, label: str, faults: Faults) -> None:
        self._port = port
        self._label = label
        self._faults = faults

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)
        point = f"{self._label}.{name}"

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._faults.pass_by(f"{point}:before")
            result = await method(*args, **kwargs)
            await self._faults.pass_by(f"{point}:after")
            # A subscription is a port of its own, reached through the broker.
            return self._faults.around(result, self._label) if name == "subscribe" else result

        return call
