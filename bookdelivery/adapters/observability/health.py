"""How a process is: whether it lives, and whether it is ready to be asked things.

A probe is answered by really asking what the process depends on, within a time limit, and not more often than once a
second or so however many ask. What gives no answer in time is asked no second time until the first has come to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any

import attrs

from bookdelivery.kernel.errors import BookdeliveryError, UnusableStore

Ask = Callable[[], Awaitable[object]]
"""Asks something; raises an error of ours if it cannot be reached or used."""


class Phase(Enum):
    """What a process is at."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


@attrs.frozen
class Finding:
    """What came of asking.

    Attributes:
        problem: what stands against it, in words without secrets; None: nothing.
        took_s: how long the answer took, in seconds.
        is_hopeless: whether waiting does not help: a wrong password, a schema of a newer release.
    """

    problem: str | None
    took_s: float
    is_hopeless: bool = False


class Check:
    """One thing that a process depends on.

    Args:
        ask: asks it.
        timeout_s: seconds after which it counts as not there.
        fresh_s: seconds for which an answer is told again.
    """

    def __init__(self, ask: Ask, timeout_s: float, fresh_s: float) -> None:
        self._ask = ask
        self._timeout_s = timeout_s
        self._fresh_s = fresh_s
        self._asking: asyncio.Task[Finding] | None = None
        self._found: Finding | None = None
        self._at_s = 0.0

    async def find_out(self) -> Finding:
        """Say how it is now, or was a moment ago."""
        loop = asyncio.get_running_loop()
        if self._found is not None and loop.time() - self._at_s < self._fresh_s:
            return self._found
        if self._asking is None:
            self._asking = loop.create_task(self._once(), name="health check")
        asking = self._asking
        await asyncio.wait((asking,), timeout=self._timeout_s)
        if not asking.done():
            silence = f"no answer within {self._timeout_s:g} s"
            before = None if self._found is None else self._found.problem
            return Finding(silence if before is None else f"{silence}; before that: {before}", self._timeout_s)
        if self._asking is asking:
            self._asking, self._found, self._at_s = None, asking.result(), loop.time()
        return asking.result()

    async def _once(self) -> Finding:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            await self._ask()
        except BookdeliveryError as error:
            return Finding(str(error), loop.time() - began_s, isinstance(error, UnusableStore))
        return Finding(None, loop.time() - began_s)


class Health:
    """How a process is.

    Args:
        checks: what it depends on, by the name under which it is told.
        timeout_s: seconds after which what gives no answer counts as not there.
        fresh_s: seconds for which an answer is told again.

    Attributes:
        phase: what it is at; whoever runs it sets it.
    """

    def __init__(
        self, checks: Mapping[str, Ask] | None = None, *, timeout_s: float = 2.0, fresh_s: float = 1.0
    ) -> None:
        self.phase = Phase.STARTING
        self._timeout_s = timeout_s
        self._fresh_s = fresh_s
        self._checks: dict[str, Check] = {}
        for name, ask in (checks or {}).items():
            self.add(name, ask)

    def add(self, name: str, ask: Ask) -> None:
        """Add something that the process depends on."""
        self._checks[name] = Check(ask, self._timeout_s, self._fresh_s)

    async def findings(self) -> Mapping[str, Finding]:
        """Ask everything at once."""
        found = await asyncio.gather(*(check.find_out() for check in self._checks.values()))
        return dict(zip(self._checks, found, strict=True))

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Say whether the process may be asked things, and why, as a document."""
        found = await self.findings()
        ready = self.phase is Phase.SERVING and all(finding.problem is None for finding in found.values())
        checks = {
            name: {"ok": finding.problem is None, "ms": round(finding.took_s * 1000, 1)}
            | ({} if finding.problem is None else {"problem": finding.problem})
            for name, finding in found.items()
        }
        return ready, {"ready": ready, "phase": self.phase.value, "checks": checks}
