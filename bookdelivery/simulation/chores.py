"""Who does which of the contexts' chores in the simulated shop, and for how long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bookdelivery.adapters.inbound.autopilot import Chore
from bookdelivery.contexts.people import DELIVERING, PACKING, TAKING
from bookdelivery.kernel.context import Actor, Context, Performs, Policy
from bookdelivery.simulation.deployment import People
from bookdelivery.simulation.distributions import Distribution, LogNormal
from bookdelivery.simulation.streams import Streams

Work = Callable[[float], Awaitable[Any]]
"""Does so many seconds of work."""

A_MINUTE = LogNormal(60.0, 0.4)
"""How long a chore takes of which nothing is said."""


def chores_of(
    contexts: Sequence[Context], people: People, streams: Streams, worker: Callable[[Actor], Work]
) -> Sequence[Chore]:
    """Give the chores of all contexts, in the order in which they are declared.

    Where two chores answer the same event, and the command of one calls that of the other, they are two ways of doing
    the same thing. People begin with the one that does more (an order is taken *with a coupon*), and do the plain one
    after it, so that what has to be done is done also where the other fails.

    Args:
        contexts: of the system.
        people: how they work.
        streams: where durations come from.
        worker: gives the person who issues a command.
    """
    times: dict[str, Distribution] = {
        **people.chores_s,
        TAKING.name: people.take_s,
        PACKING.name: people.pack_s,
        DELIVERING.name: people.deliver_s,
    }
    declared = {chore.name: chore for context in contexts for chore in context.chores}
    handlers = {handler.command: handler for context in contexts for handler in context.handlers}

    def chore_of(policy: Policy, first: Chore | None = None) -> Chore:
        actor = handlers[policy.issues].actor
        assert actor is not None  # `compose` refuses a chore that no person issues.
        draws = times.get(policy.name, A_MINUTE).draws(streams.numpy("people", policy.name))
        return Chore(policy, draws, worker(actor), first)

    richer = _richer(tuple(declared.values()), {command: _called(handler) for command, handler in handlers.items()})
    return [
        chore_of(policy, chore_of(richer[name]) if name in richer else None)
        for name, policy in declared.items()
        if policy not in richer.values()
    ]


def _called(handler: Any) -> tuple[type[Any], ...]:
    return handler.calls if isinstance(handler, Performs) else ()


def _richer(chores: Sequence[Policy], called: Mapping[type[Any], tuple[type[Any], ...]]) -> Mapping[str, Policy]:
    return {
        plain.name: chore
        for plain in chores
        for chore in chores
        if chore.on is plain.on and plain.issues in called[chore.issues]
    }
