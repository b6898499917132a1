"""What a bounded context is made of, declared as data beside its code.

The runtime wires from these declarations, the simulation deploys them, the design kit draws them: there is no second
    copy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decide, Row
from bookdelivery.kernel.messages import Command, Envelope, Event


class Subdomain(StrEnum):
    """How much a context matters to the business (Evans, Domain-Driven Design, chapter 15)."""

    CORE = "core"
    SUPPORTING = "supporting"
    GENERAL = "general"


@attrs.frozen
class Actor:
    """A person who issues commands.

    Args:
        name: in English.
        korean: in the business's language.
    """

    name: str
    korean: str


@attrs.frozen(kw_only=True)
class Decides:
    """A command answered by one pure decision on one aggregate: load, decide, commit.

    Args:
        command: the command handled.
        on: the aggregate it is decided on, found by the command's correlation key.
        by: the decision.
        emits: every event the decision may return.
        creates: whether the decision also works where no aggregate exists yet; otherwise the command is refused there.
        actor: the person who issues it, if one does.
        undone_by: the command of this context that undoes what it did, if there is one (its compensation).
    """

    command: type[Command[Any]]
    on: type[Aggregate]
    by: Decide
    emits: tuple[type[Event], ...] = ()
    creates: bool = False
    actor: Actor | None = None
    undone_by: type[Command[Any]] | None = None


@attrs.frozen(kw_only=True)
class Performs:
    """A command that takes several steps: decisions with calls to other contexts or external systems between them.

    Args:
        command: the command handled.
        on: the aggregate the steps are decided on.
        by: the coroutine function; it gets the command and a scope (see `bookdelivery.kernel.ports.Scope`).
        emits: every event its decisions may return.
        calls: the commands of other contexts it sends synchronously.
        creates: whether a step that finds no aggregate is given a fresh id to create one with.
        actor: the person who issues it, if one does.
        undone_by: the command of this context that undoes what it did, if there is one (its compensation).
        uses: the ports of the external systems it asks.
    """

    command: type[Command[Any]]
    on: type[Aggregate]
    by: Callable[[Any, Any], Awaitable[Any]]
    emits: tuple[type[Event], ...] = ()
    calls: tuple[type[Command[Any]], ...] = ()
    creates: bool = False
    actor: Actor | None = None
    undone_by: type[Command[Any]] | None = None
    uses: tuple[type[Any], ...] = ()


Handler = Decides | Performs


@attrs.frozen(kw_only=True)
class Policy:
    """Whenever that event happens, then this command: how contexts react to one another.

    Args:
        name: a short phrase in the business's words, unique within the context.
        on: the event reacted to, this context's or another's.
        issues: the command issued, one that this context decides (`Decides`).
        by: makes the command from the event; None means that this event calls for nothing.
        passes_over_unknown: whether the event may be of something that this context never had, and then calls for
            nothing; otherwise its message is set aside, as what it is about should be there.
    """

    name: str
    on: type[Event]
    issues: type[Command[Any]]
    by: Callable[[Any], Command[Any] | None]
    passes_over_unknown: bool = False


Fold = Callable[[Any, Any, Envelope], Any]
"""The row (None at first), the event and its envelope give the new row."""


@attrs.frozen(kw_only=True)
class View:
    """A read model folded from events of any context.

    Args:
        name: the view's name, unique within the context.
        row: the class of its rows.
        projects: for each event, the fold.
    """

    name: str
    row: type[Row]
    projects: Mapping[type[Event], Fold]


@attrs.frozen(kw_only=True)
class Call:
    """A synchronous request to another context, and what happens when it gets no answer.

    Args:
        command: the command of the other context.
        timeout_s: seconds after which the answer is given up.
        fallback: what the business does instead, in a sentence.
        still_emits: the events its caller may state all the same; None for all of those it declares.
    """

    command: type[Command[Any]]
    timeout_s: float
    fallback: str
    still_emits: tuple[type[Event], ...] | None = None


@attrs.frozen(kw_only=True)
class ExternalSystem:
    """A system of somebody else's, reached through a port of this context's.

    Args:
        name: what the business calls it.
        port: the Protocol that an adapter to it implements.
        timeout_s: seconds after which its answer is given up.
    """

    name: str
    port: type[Any]
    timeout_s: float


@attrs.frozen(kw_only=True)
class WakeUp:
    """A deadline: when an aggregate's `wake_at` has come, it is sent this command.

    Args:
        aggregate: the aggregate that has deadlines.
        issues: the command sent.
        by: makes the command from the aggregate.
    """

    aggregate: type[Aggregate]
    issues: type[Command[Any]]
    by: Callable[[Any], Command[Any]]


@attrs.frozen(kw_only=True)
class Resource:
    """How an aggregate is asked for over HTTP, where that does not follow from its handlers.

    What follows: a collection (`/orders`), to which the command that people open a case with is posted; for each other
    command of theirs an action (`/orders/{orderId}/cancel`). See `bookdelivery.kernel.resources.endpoints`.

    Args:
        of: the aggregate.
        posts: what a POST to its collection issues instead, one command after the other.
        assumes: what such a POST is taken to say where it says nothing, by the wire's names.
        also: further actions by their verbs, also for commands that otherwise follow from events.
        status: what the field that says where it stands is called, by default `orderStatus` for `Order`.
    """

    of: type[Aggregate]
    posts: tuple[type[Command[Any]], ...] = ()
    assumes: Mapping[str, Any] = attrs.field(factory=dict)
    also: Mapping[str, type[Command[Any]]] = attrs.field(factory=dict)
    status: str = ""


class Relationship(StrEnum):
    """How the teams of two contexts deal with one another (Evans, Domain-Driven Design, chapter 14)."""

    PUBLISHED_LANGUAGE = "published language"
    """The downstream translates what the upstream publishes into commands of its own."""
    CONFORMIST = "conformist"
    """The downstream takes the upstream's words over as they are."""
    CUSTOMER_SUPPLIER = "customer/supplier"
    """The upstream plans for what the downstream, its customer, needs."""
    ANTICORRUPTION_LAYER = "anticorruption layer"
    """A port of the downstream's own keeps the upstream's language out."""


@attrs.frozen(kw_only=True)
class Context:
    """A bounded context: a team's own part of the system, with its own language, data and pace.

    Args:
        name: lower case; also its consumer group and the source of its events.
        korean: its name in the business's language.
        subdomain: core, supporting or general.
        uptime_goal: the share of a year it should be up (0.99999), None where a provider sets it.
        cadence: how often it is deployed.
        team: who owns it.
        store: the kind of store it uses by default.
        aggregates, handlers, events, policies, views, calls, external_systems, wake_ups: see their classes.
        terms: the business's settings; decisions see them as `given.terms`.
        rejected_events: events the team considered and dropped, with the reason.
        chores: policies that people follow: after that event, that person usually issues that command of this context.
            Nothing runs them but an autopilot in demos and simulations.
        resources: what it offers over HTTP, where that does not follow from the handlers.
        former_teams: the teams that shared its work before it had one of its own, each with a layer of it.
        relationships: how its team deals with that of a context it depends on, by that context's name, where it is not
            what follows from how they are joined (a call: customer/supplier, a policy: published language, a view:
            conformist, an external system: anticorruption layer).
        open_questions: what the team has not decided yet, by the code name of what it is about.
        language: the Korean name of each thing in its language, by its code name.
    """

    name: str
    korean: str
    subdomain: Subdomain
    uptime_goal: float | None
    cadence: str
    team: str
    store: str
    aggregates: tuple[type[Aggregate], ...] = ()
    handlers: tuple[Handler, ...] = ()
    events: tuple[type[Event], ...] = ()
    policies: tuple[Policy, ...] = ()
    views: tuple[View, ...] = ()
    calls: tuple[Call, ...] = ()
    external_systems: tuple[ExternalSystem, ...] = ()
    wake_ups: tuple[WakeUp, ...] = ()
    terms: Any = None
    rejected_events: Mapping[str, str] = attrs.field(factory=dict)
    chores: tuple[Policy, ...] = ()
    resources: tuple[Resource, ...] = ()
    former_teams: tuple[str, ...] = ()
    relationships: Mapping[str, Relationship] = attrs.field(factory=dict)
    open_questions: Mapping[str, str] = attrs.field(factory=dict)
    language: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def commands(self) -> tuple[type[Command[Any]], ...]:
        """The commands this context handles."""
        return tuple(handler.command for handler in self.handlers)

    def with_terms(self, **changes: Any) -> Context:
        """Make the same context with other business settings: `ORDER.with_terms(pay_within_s=60)`."""
        return attrs.evolve(self, terms=attrs.evolve(self.terms, **changes))
