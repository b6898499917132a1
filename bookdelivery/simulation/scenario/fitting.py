"""Whether a scenario and a system fit together: everything the one speaks of, the other has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from bookdelivery.application.protections import LOOK
from bookdelivery.contexts.people import DELIVERING, PACKING, TAKING
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation import distributions
from bookdelivery.simulation._checks import known
from bookdelivery.simulation.distributions import Distribution
from bookdelivery.simulation.faults import ErrorRate

if TYPE_CHECKING:
    from bookdelivery.simulation.scenario.model import Scenario


def fitted(scenario: Scenario, contexts: Sequence[Context]) -> tuple[Context, ...]:
    """Give the contexts with a scenario's terms and time limits.

    Raises:
        InvalidField: it speaks of a context, operation, term or call that does not exist; says which there are.
    """
    _check_contexts(scenario, [context.name for context in contexts])
    _check_operations(scenario, contexts)
    for below, part in _parts(scenario):
        _check_durations(part, below.removeprefix("."))
    calls = [call.command.__name__ for context in contexts for call in context.calls]
    for name in scenario.call_timeouts_s:
        known("Scenario", "call_timeouts_s", name, calls)
    # The bookstore's own have fields of their own.
    ours = (TAKING, PACKING, DELIVERING)
    chores = [chore.name for context in contexts for chore in context.chores if chore not in ours]
    for name in scenario.people.chores_s if scenario.people is not None else ():
        known("People", "chores_s", name, chores)
    return tuple(_with_terms(scenario, context) for context in contexts)


def _check_contexts(scenario: Scenario, names: list[str]) -> None:
    by_context: dict[str, Iterable[str]] = {
        "deployment": scenario.deployment,
        "resilience": scenario.resilience,
        "terms": scenario.terms,
    }
    for field, mapping in by_context.items():
        for name in mapping:
            known("Scenario", field, name, names)
    for rollout in scenario.rollouts:
        known("Rollout", "context", rollout.context, names)
    for maintenance in scenario.maintenance:
        known("Maintenance", "context", maintenance.context, names)
    for fault in scenario.faults:
        fault.check(names)
    for link in scenario.network.links:
        link.check(names)


def _check_operations(scenario: Scenario, contexts: Sequence[Context]) -> None:
    there = {context.name: operations_of(context) for context in contexts}
    for name, deployment in scenario.deployment.items():
        for field in ("operations", "cpu_operations"):
            for operation in getattr(deployment, field):
                known("Scenario", f"deployment[{name!r}].{field}", operation, there[name])
    for fault in scenario.faults:
        if isinstance(fault, ErrorRate):
            for operation in fault.operations:
                known("ErrorRate", "operations", operation, there[fault.context])


_TRIED = 1_000
"""How many values of a distribution of somebody's own are looked at before a run begins."""


def _check_durations(thing: object, key: str) -> None:
    """See that distributions that somebody wrote give durations: this library's own have been checked when made."""
    if isinstance(thing, Distribution):
        if type(thing).__module__.startswith(distributions.__name__):
            return
        draw = thing.draws(np.random.default_rng(0))
        for _ in range(_TRIED):
            if not is_number(value := draw()) or value < 0:
                raise InvalidField("Scenario", key, thing, f"a duration, never negative, but it gave {value!r}")
    for below, part in _parts(thing):
        _check_durations(part, key + below)


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    if attrs.has(type(thing)):
        yield from ((f".{field.name}", getattr(thing, field.name)) for field in attrs.fields(type(thing)))
    elif isinstance(thing, Mapping):
        yield from ((f"[{name!r}]", each) for name, each in thing.items())
    elif isinstance(thing, tuple | list):
        yield from ((f"[{place}]", each) for place, each in enumerate(thing))


def operations_of(context: Context) -> list[str]:
    """Name the operations that a context's pods do."""
    reactions = [*(policy.name for policy in context.policies), *(view.name for view in context.views)]
    looks = [LOOK] if context.views else []
    commands = [command.__name__ for command in context.commands]
    return [*commands, *looks, *(f"{context.name}.{reaction}" for reaction in reactions)]


def _with_terms(scenario: Scenario, context: Context) -> Context:
    changes = scenario.terms.get(context.name, {})
    there = [] if context.terms is None else [field.name for field in attrs.fields(type(context.terms))]
    for term in changes:
        known("Scenario", f"terms[{context.name!r}]", term, there)
    if changes:
        context = context.with_terms(**changes)
    calls = tuple(
        attrs.evolve(call, timeout_s=scenario.call_timeouts_s.get(call.command.__name__, call.timeout_s))
        for call in context.calls
    )
    return attrs.evolve(context, calls=calls)
