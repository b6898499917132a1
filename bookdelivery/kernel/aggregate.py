"""What a context keeps, and how it decides: a command in, events out, a new state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import attrs

from bookdelivery.kernel.lifecycle import Lifecycle
from bookdelivery.kernel.messages import Carrier, Event


class Stored:
    """Anything a store keeps under a correlation key. Subclasses are frozen attrs classes.

    Attributes:
        correlation_key: the field that holds the key; a store keeps at most one of a kind for a key.
        identity: the field that holds its own business id, by default the key itself.
        owner: the field that names whose it is (a customer), so that one's own can be listed; empty if nobody's.
        wake_at: the field that says when somebody should look after it (seconds since the epoch, or None); empty if
            never.
    """

    __slots__ = ()
    correlation_key: ClassVar[str] = ""
    identity: ClassVar[str] = ""
    owner: ClassVar[str] = ""
    wake_at: ClassVar[str] = ""


class Aggregate(Stored):
    """The unit of consistency: its invariants hold after every commit. Pure: no I/O, clock, random number or id source.

    Attributes:
        lifecycle: the states and what leads from one to another, declared once.
        status: the field that holds the state the aggregate is in.
    """

    __slots__ = ()
    lifecycle: ClassVar[Lifecycle]
    status: Any


class Row(Stored):
    """One row of a view (a read model), folded from events."""

    __slots__ = ()


class Given(Carrier, frozen=True, gc=False):
    """What a decision may know beyond the command and the aggregate.

    It comes from outside, so that deciding stays pure.

    Attributes:
        now: the time, in seconds since the epoch.
        new_id: a fresh business id when the aggregate does not exist yet and the handler creates; else 0.
        terms: the context's business settings.
    """

    now: float
    new_id: int = 0
    terms: Any = None


AnyStored = TypeVar("AnyStored", bound=Stored)

_new, _set = object.__new__, object.__setattr__


def changed(state: AnyStored, **changes: Any) -> AnyStored:
    """Make a new aggregate or row with some fields changed: `attrs.evolve`, in a third of its time where it can.

    The fields are taken over as they are, since what is changed was checked when its message was made. A class with
    slots has no dictionary to copy, so it gets `attrs.evolve` itself; the bookstore's own are made with `slots=False`.

    Raises:
        AttributeError: there is no such field.
    """
    try:
        fields = state.__dict__
    except AttributeError:
        return attrs.evolve(state, **changes)  # type: ignore[misc]
    merged = fields | changes
    if len(merged) != len(fields):
        unknown = ", ".join(sorted(changes.keys() - fields.keys()))
        raise AttributeError(f"{type(state).__name__} has no field {unknown}")
    new = _new(type(state))
    _set(new, "__dict__", merged)
    return new


State = TypeVar("State", bound=Aggregate, covariant=True)


class Decision(Carrier, Generic[State], frozen=True, gc=False):
    """What a command came to: the aggregate as it is now, and the facts to publish.

    The very same aggregate and no event means that nothing happened, and nothing is saved.
    """

    state: State | None
    events: tuple[Event, ...] = ()


Decide = Callable[[Any, Any, Given], Decision[Any]]
"""A decision: the aggregate (None where there is none yet), the command, the givens."""
