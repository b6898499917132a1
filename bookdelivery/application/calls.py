"""Synchronous calls to other contexts and external systems, each with its time limit, the former behind a breaker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import attrs

from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.context import Call, Context
from bookdelivery.kernel.errors import NotAnswered, Refused, Unavailable, WronglyDeclared
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Requests
from bookdelivery.resilience import BreakerConfig, CircuitBreaker, CountWindow, Guard, within

Reply = TypeVar("Reply")


def is_failure(error: Exception) -> bool:
    """Say whether an error speaks against the callee's health: a refusal is an answer like any other."""
    return not isinstance(error, Refused)


def default_breaker(call: Call) -> BreakerConfig:
    """Make the breaker of a call for which nobody configured one.

    Half of the last 50 calls failed or slow (slow: 80 % of the time limit), judged from 20 calls on; 5 s of rest,
    then 5 probes.
    """
    return BreakerConfig(
        window=CountWindow(50),
        min_calls=20,
        slow_call_duration_s=0.8 * call.timeout_s,
        slow_call_rate_threshold_percent=80.0,
        wait_open_s=5.0,
        half_open_permits=5,
        longest_half_open_s=4 * call.timeout_s,
        records=is_failure,
    )


def _told_of_failures_only(config: BreakerConfig) -> BreakerConfig:
    """Have a breaker that somebody configured take a refusal for the answer it is, too."""
    records = config.records
    return attrs.evolve(config, records=lambda error: is_failure(error) and records(error))


class Calls:
    """The calls that a context declares, ready to be made."""

    def __init__(self, context: Context, surroundings: Surroundings) -> None:
        self._requests: Requests = surroundings.requests
        self._guards: dict[type[Command[Any]], Guard] = {}
        self._timeouts_s: dict[type[Command[Any]], float] = {}
        for call in context.calls:
            name = call.command.__name__
            config = _told_of_failures_only(surroundings.settings.breakers.get(name) or default_breaker(call))
            breaker = CircuitBreaker(config, name=name, on_event=surroundings.on_breaker)
            self._guards[call.command] = Guard(breaker, call.timeout_s)
            self._timeouts_s[call.command] = call.timeout_s

    @property
    def breakers(self) -> Mapping[str, CircuitBreaker]:
        """The breakers, by the command's name."""
        return {command.__name__: guard.breaker for command, guard in self._guards.items()}

    async def call(self, command: Command[Reply], *, idempotency_key: str) -> Reply:
        """Make a call; see `Scope.call`."""
        guard = self._guards.get(type(command))
        if guard is None:
            raise WronglyDeclared(f"call of {type(command).__name__}", "the context declares no such call")
        timeout_s = self._timeouts_s[type(command)]
        try:
            return await guard.call(
                self._requests.request, command, idempotency_key=idempotency_key, timeout_s=timeout_s
            )
        except Unavailable as error:
            raise NotAnswered(f"{type(command).__name__}: {error}") from error


class Limited:
    """An external system's adapter whose every call is given up after a time limit.

    Args:
        adapter: implements the port.
        timeout_s: the limit, in seconds.
    """

    def __init__(self, adapter: Any, timeout_s: float) -> None:
        self._adapter = adapter
        self._timeout_s = timeout_s

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._adapter, name)

        async def limited(*args: Any, **kwargs: Any) -> Any:
            return await within(self._timeout_s, method, *args, **kwargs)

        self.__dict__[name] = limited
        return limited


def limited_externals(context: Context, adapters: Mapping[type[Any], Any]) -> dict[type[Any], Any]:
    """Put each external system's time limit around the adapter behind its port.

    Raises:
        WronglyDeclared: there is no adapter for a declared port.
    """
    externals = {}
    for system in context.external_systems:
        if system.port not in adapters:
            where = f"context {context.name}, external system {system.name!r}"
            raise WronglyDeclared(where, f"no adapter is given for its port {system.port.__name__}")
        externals[system.port] = Limited(adapters[system.port], system.timeout_s)
    return externals
