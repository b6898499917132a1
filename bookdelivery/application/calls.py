"""Synchronous calls to other contexts and external systems, each with its time limit, the former behind a breaker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import attrs

from bookdelivery.application.surroundings import Surroundings
from bookdelivery.kernel.context import Call, Context
from bookdelivery.kernel.errors import HeldOff, NotAnswered, Refused, Unavailable, WronglyDeclared
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Requests
from bookdelivery.resilience import BreakerConfig, CircuitBreaker, CountWindow, Guard, Protection, Resilience, within

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


def told_of_failures_only(config: BreakerConfig) -> BreakerConfig:
    """Have a breaker that somebody configured take a refusal for the answer it is, too."""
    records = config.records
    return attrs.evolve(config, records=lambda error: is_failure(error) and records(error))


class Calls:
    """The calls that a context declares, ready to be made."""

    def __init__(self, context: Context, surroundings: Surroundings) -> None:
        self._requests: Requests = surroundings.requests
        self._guards: dict[type[Command[Any]], Guard | Protection] = {}
        self._timeouts_s: dict[type[Command[Any]], float] = {}
        for call in context.calls:
            name = call.command.__name__
            policies = surroundings.resilience.calls.get(name)
            timeout_s = call.timeout_s
            config = told_of_failures_only(surroundings.settings.breakers.get(name) or default_breaker(call))
            if policies is None:
                breaker = CircuitBreaker(config, name=name, on_event=surroundings.on_breaker)
                self._guards[call.command] = Guard(breaker, timeout_s)
            else:
                timeout_s = call.timeout_s if policies.timeout_s is None else policies.timeout_s
                self._guards[call.command] = _protection(name, policies, config, timeout_s, surroundings)
            self._timeouts_s[call.command] = timeout_s

    @property
    def breakers(self) -> Mapping[str, CircuitBreaker]:
        """The breakers, by the command's name; calls without one are left out."""
        guards = {command.__name__: guard.breaker for command, guard in self._guards.items()}
        return {name: breaker for name, breaker in guards.items() if breaker is not None}

    @property
    def protections(self) -> Mapping[str, Protection]:
        """The protections, by the command's name, of the calls that a deployment gave policies."""
        return {command.__name__: guard for command, guard in self._guards.items() if isinstance(guard, Protection)}

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
        except HeldOff:
            # Here or there, and an overloaded callee is unavailable, too: nothing was done, and it is known when to
            # ask again.
            raise
        except Unavailable as error:
            raise NotAnswered(f"{type(command).__name__}: {error}") from error


def _protection(
    name: str,
    policies: Resilience,
    declared: BreakerConfig | None,
    timeout_s: float,
    surroundings: Surroundings,
) -> Protection:
    """Make the protection of a call, with what is declared where its policies leave it open."""
    breaker = policies.breaker
    if breaker is None:
        breaker = declared
    elif breaker is not False:
        breaker = told_of_failures_only(breaker)
    policies = attrs.evolve(policies, breaker=breaker, timeout_s=timeout_s)
    return Protection(policies, name=name, rng=surroundings.rng_for(policies), on_breaker=surroundings.on_breaker)


class Limited:
    """An external system's adapter whose every call is made within limits.

    Args:
        adapter: implements the port.
        make: makes a call within them; it is given the adapter's method and the arguments.
    """

    def __init__(self, adapter: Any, make: Callable[..., Awaitable[Any]]) -> None:
        self._adapter = adapter
        self._make = make

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._adapter, name)

        def limited(*args: Any, **kwargs: Any) -> Awaitable[Any]:
            return self._make(method, *args, **kwargs)

        setattr(self, name, limited)
        return limited


def external_protections(context: Context, surroundings: Surroundings) -> dict[str, Protection]:
    """Make the protections of the external systems that a deployment gave policies, by the system's name."""
    protections = {}
    for system in context.external_systems:
        policies = surroundings.resilience.calls.get(system.name)
        if policies is not None:
            timeout_s = system.timeout_s if policies.timeout_s is None else policies.timeout_s
            protections[system.name] = _protection(system.name, policies, None, timeout_s, surroundings)
    return protections


def limited_externals(
    context: Context, adapters: Mapping[type[Any], Any], protections: Mapping[str, Protection]
) -> dict[type[Any], Any]:
    """Put each external system's protection, or else its time limit, around the adapter behind its port.

    Raises:
        WronglyDeclared: there is no adapter for a declared port.
    """
    externals = {}
    for system in context.external_systems:
        if system.port not in adapters:
            where = f"context {context.name}, external system {system.name!r}"
            raise WronglyDeclared(where, f"no adapter is given for its port {system.port.__name__}")
        protection = protections.get(system.name)
        make = partial(within, system.timeout_s) if protection is None else protection.call
        externals[system.port] = Limited(adapters[system.port], make)
    return externals
