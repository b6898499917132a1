"""A scenario with one thing changed, named by its path: `deployment.order.replicas`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.deployment import Deployment

T = TypeVar("T")

_UNNAMED = {"deployment": Deployment, "terms": dict}
"""What stands for entries of a scenario's mappings that are not written down."""


def changed(whole: T, path: str, value: Any) -> T:
    """Give a copy of a scenario, or of any attrs object, in which the thing at a path has another value.

    Fields are named, entries of mappings by their key, and those of sequences by their place from 0:
    `load.per_second`, `deployment.order.replicas`, `terms.order.pay_within_s`, `faults.0.lasts`. A context that the
    deployment does not name starts from the default one.

    Raises:
        InvalidField: there is no such thing, or it does not allow the value; names what there is.
    """
    steps = path.split(".")
    if not all(steps):
        raise InvalidField("path", "path", path, "words with dots between, such as load.per_second")
    return _changed(whole, steps, 0, value)  # type: ignore[no-any-return]


def _changed(thing: Any, steps: list[str], at: int, value: Any) -> Any:
    if at == len(steps):
        return value
    step = steps[at]
    if attrs.has(type(thing)):
        there = [field.alias or field.name for field in attrs.fields(type(thing)) if field.init]
        if step not in there:
            _refuse(steps, at, there)
        return attrs.evolve(thing, **{step: _changed(getattr(thing, step), steps, at + 1, value)})
    if isinstance(thing, Mapping):
        last = at + 1 == len(steps)
        default = _UNNAMED.get(steps[at - 1]) if at else None
        if step not in thing and not last and default is None:
            _refuse(steps, at, [str(key) for key in thing])
        inner = thing[step] if step in thing else default() if default is not None else None
        return {**thing, step: _changed(inner, steps, at + 1, value)}
    if isinstance(thing, list | tuple):
        if not step.isdigit() or int(step) >= len(thing):
            _refuse(steps, at, [str(place) for place in range(len(thing))])
        place = int(step)
        return (*thing[:place], _changed(thing[place], steps, at + 1, value), *thing[place + 1 :])
    return _refuse(steps, at, [])


def _refuse(steps: list[str], at: int, there: list[str]) -> None:
    owner = ".".join(["scenario", *steps[:at]])
    allowed = f"one of {', '.join(sorted(there))}" if there else f"left out: there is nothing inside of {owner}"
    raise InvalidField(owner, "path", steps[at], allowed)
