"""A lifecycle, declared once with `transitions`: what runs, what is drawn and what the docs show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

import attrs
from transitions import Machine, MachineError, Transition

from bookdelivery.kernel.errors import Refused, WronglyDeclared

Guard = str | Callable[..., bool | None]
Step = tuple[tuple[tuple[Guard, bool], ...], StrEnum]
"""The guards (each a name on the aggregate, and the truth value it must have) and the state they lead to."""


@attrs.frozen(eq=False, slots=False)
class Lifecycle:
    """The states of an aggregate and the triggers that lead from one to another.

    Args:
        name: whose lifecycle this is, for error messages.
        states: an enumeration of all states; its values are what goes over the wire.
        initial: the state a new aggregate begins in.
        transitions: as `transitions.Machine` takes them: dicts with `trigger`, `source`, `dest` and, optionally,
            `conditions` and `unless` (names of properties or methods without arguments on the aggregate).

    A `transitions.Machine` reads and holds the declaration (one per lifecycle, bound to no model). What is asked on
    every message is a table compiled from that machine, as a look-up costs a hundredth of an event triggered.

    Raises:
        WronglyDeclared: a state or source is unknown, a state cannot be reached, or a transition has a callback other
            than its guards. Found by `check`.
    """

    name: str
    states: type[StrEnum]
    initial: StrEnum
    transitions: Sequence[Mapping[str, Any]]

    @cached_property
    def machine(self) -> Machine:
        """The declaration as `transitions` holds it; draw it, or read its events and states."""
        try:
            machine = Machine(
                model=None,
                states=[state.value for state in self.states],
                initial=self.initial.value,
                transitions=[{name: _plain(value) for name, value in given.items()} for given in self.transitions],
                auto_transitions=False,
            )
        except (ValueError, MachineError, KeyError, TypeError) as error:
            raise WronglyDeclared(f"lifecycle of {self.name}", str(error)) from error
        for trigger, event in machine.events.items():
            for source, transitions in event.transitions.items():
                for transition in transitions:
                    self._check(trigger, source, transition)
        return machine

    def _check(self, trigger: str, source: str, transition: Transition) -> None:
        known = {state.value for state in self.states}
        for state in (source, transition.dest or source):
            if state not in known:
                raise WronglyDeclared(
                    f"lifecycle of {self.name}", f"transition {trigger!r} names {state!r}, which is no state of it"
                )
        for word in ("prepare", "before", "after"):
            if getattr(transition, word):
                problem = f"transition {trigger!r} has {word!r}; nothing runs but conditions and unless"
                raise WronglyDeclared(f"lifecycle of {self.name}", problem)

    @cached_property
    def table(self) -> Mapping[tuple[str, str], tuple[Step, ...]]:
        """For each state and trigger, the steps to try in order."""
        return {
            (source, trigger): tuple(
                (
                    tuple((guard.func, guard.target) for guard in transition.conditions),
                    self.states(transition.dest or source),
                )
                for transition in transitions
            )
            for trigger, event in self.machine.events.items()
            for source, transitions in event.transitions.items()
        }

    def check(self) -> None:
        """See that every state can be reached from the initial one.

        Raises:
            WronglyDeclared: one cannot, or the declaration cannot be read at all.
        """
        reached: set[str] = {self.initial}
        edge: list[str] = [self.initial]
        while edge:
            state = edge.pop()
            for (source, _), steps in self.table.items():
                if source == state:
                    fresh = {destination for _, destination in steps} - reached
                    reached |= fresh
                    edge.extend(fresh)
        lost = [state.value for state in self.states if state not in reached]
        if lost:
            raise WronglyDeclared(f"lifecycle of {self.name}", f"no transition leads to {', '.join(lost)}")

    def after(self, state: StrEnum, trigger: str, model: object = None) -> Any:
        """Give the state that the trigger leads to from this one, its guards asked on the model; None if nowhere."""
        # A member of a StrEnum hashes and compares as its value does.
        for guards, destination in self.table.get((state, trigger), ()):
            if not guards or all(_holds(model, name) is wanted for name, wanted in guards):
                return destination
        return None

    def triggers(self, state: StrEnum) -> tuple[str, ...]:
        """Name the triggers this state knows."""
        return tuple(trigger for source, trigger in self.table if source == state)

    def next(self, state: StrEnum, trigger: str, model: object = None, asked: str = "", key: int | None = None) -> Any:
        """Give the state that the trigger leads to.

        Args:
            state: the present state.
            trigger: what happens.
            model: the aggregate on which guards are asked.
            asked: how to call the request in the refusal: the command's name; by default the trigger.
            key: the case it is about, if any.

        Raises:
            Refused: the trigger leads nowhere from this state; says which triggers would.
        """
        destination = self.after(state, trigger, model)
        if destination is None:
            what = asked or trigger
            raise Refused(
                what if key is None else f"{what} for {key}", f"the {self.name} is {state.value}", self.triggers(state)
            )
        return destination


def _holds(model: object, name: Guard) -> bool:
    guard = getattr(model, name) if isinstance(name, str) else name
    return bool(guard() if callable(guard) else guard)


def _plain(value: Any) -> Any:
    # `transitions` takes a member of an enumeration by its name; the wire and the table speak of its value.
    if isinstance(value, StrEnum):
        return value.value
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def to(destination: str, on: str, *sources: str, **guards: str) -> dict[str, Any]:
    """Write one transition the short way: `to("packed", "pack", "received", "taken")`."""
    return {"trigger": on, "source": list(sources), "dest": destination, **guards}
