"""Which requirements the design covers, told by the model: every requirement is traced to causes and effects in it.

A requirement is covered when each of its claims holds. A claim is about the model (this leads to that, without waiting;
this goes on without that), so that a tick is derived and never typed, and it names the things it rests on, so that it
can be shown on the board.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import attrs

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnknownElement
from bookdelivery.design.impact import Effect, impact
from bookdelivery.design.model import DesignModel

if TYPE_CHECKING:  # the judge and the simulation come with it, and none of them is needed here
    from bookdelivery.requirements.requirement import Requirement

MACHINES = (EdgeKind.ISSUES, EdgeKind.CALLS, EdgeKind.EMITS, EdgeKind.TRIGGERS, EdgeKind.PROJECTS)
"""The causes and effects that need no person in between, except to begin."""


@attrs.frozen(kw_only=True)
class Evidence:
    """What a claim came to.

    Attributes:
        holds: whether the model bears it out.
        because: what is there, or what is missing, in a sentence.
        nodes: the ids of the things it rests on, in the order in which they lead to one another.
        edges: the edges it rests on.
    """

    holds: bool
    because: str
    nodes: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()


class Claim(Protocol):
    """Something said about a design."""

    def check(self, model: DesignModel) -> Evidence:
        """Hold it against the model.

        Raises:
            UnknownElement: it is about something that the model does not have.
        """
        ...


@attrs.frozen
class Leads:
    """One thing leads to another, over however many steps that need no person.

    Attributes:
        begins: where it begins, by id or name; an actor begins with the commands they issue.
        ends: where it ends.
        waits: True where an answer must be waited for on the way, False where none may be, None where it is all one.
    """

    begins: str
    ends: str
    waits: bool | None = None

    def check(self, model: DesignModel) -> Evidence:
        """Look for the shortest way."""
        begins, ends = model.find(self.begins, *_BEGINNINGS), model.find(self.ends, *_ENDS)
        kinds = [kind for kind in MACHINES if self.waits is not False or kind is not EdgeKind.CALLS]
        way = _shortest(model, begins.id, ends.id, kinds)
        how = {None: "", True: " with an answer waited for", False: " without waiting"}[self.waits]
        if way is None:
            return Evidence(holds=False, because=f"{begins.name} does not lead to {ends.name}{how}", nodes=(begins.id,))
        waited = any(edge.kind is EdgeKind.CALLS for edge in way)
        nodes = (begins.id, *(edge.target for edge in way))
        if self.waits and not waited:
            because = f"{begins.name} leads to {ends.name}, but without waiting for an answer"
            return Evidence(holds=False, because=because, nodes=nodes, edges=way)
        return Evidence(holds=True, because=f"{begins.name} leads to {ends.name}{how}", nodes=nodes, edges=way)


@attrs.frozen
class ShowsEverything:
    """A view shows every event of some contexts.

    Attributes:
        view: by id or name.
        contexts: by name.
    """

    view: str
    contexts: tuple[str, ...]

    def check(self, model: DesignModel) -> Evidence:
        """Look for events that it leaves out."""
        view = model.find(self.view, NodeKind.VIEW)
        homes = {model.find(name, NodeKind.CONTEXT).name for name in self.contexts}
        shown = {edge.source: edge for edge in model.incoming(view.id, EdgeKind.PROJECTS)}
        events = [event for event in model.nodes(NodeKind.EVENT) if event.context in homes]
        missing = [event.name for event in events if event.id not in shown]
        edges = tuple(shown[event.id] for event in events if event.id in shown)
        because = f"{view.name} shows every event of {', '.join(sorted(homes))}"
        if missing or not events:
            because = f"{view.name} does not show {', '.join(missing) or 'any event'}"
        nodes = (*(edge.source for edge in edges), view.id)
        return Evidence(holds=bool(events) and not missing, because=because, nodes=nodes, edges=edges)


@attrs.frozen
class Withstands:
    """Something goes on, at worst on what was known before, while something else is gone.

    Attributes:
        what: by id or name.
        without: what is gone, by id or name.
    """

    what: str
    without: str

    def check(self, model: DesignModel) -> Evidence:
        """Ask what becomes of it."""
        node = model.find(self.what, NodeKind.COMMAND, NodeKind.VIEW, NodeKind.EVENT, NodeKind.CONTEXT)
        consequence = impact(model, self.without).consequences[node.id]
        goes_on = consequence.effect in {Effect.UNHARMED, Effect.STALE}
        because = f"{node.name} goes on without {self.without}" if goes_on else consequence.because
        return Evidence(holds=goes_on, because=because, nodes=(node.id,))


@attrs.frozen
class FallsBack:
    """A call that gets no answer in time has a fallback.

    Attributes:
        caller: a command, by id or name.
        called: the command it waits for.
    """

    caller: str
    called: str

    def check(self, model: DesignModel) -> Evidence:
        """Look for the time limit and the fallback of the call."""
        caller, called = (model.find(name, NodeKind.COMMAND) for name in (self.caller, self.called))
        for edge in model.outgoing(caller.id, EdgeKind.CALLS):
            if edge.target == called.id:
                limit, fallback = edge.facts.get("timeout_s"), edge.facts.get("fallback")
                holds = limit is not None and bool(fallback)
                because = (
                    f"after {limit:g} s, {fallback}" if holds else f"{caller.name} has no fallback for {called.name}"
                )
                return Evidence(holds=holds, because=because, nodes=(caller.id, called.id), edges=(edge,))
        return Evidence(holds=False, because=f"{caller.name} does not call {called.name}", nodes=(caller.id,))


@attrs.frozen
class NeverWithout:
    """An event is stated only by who waited for another one, or was set off by it.

    Attributes:
        event: what is stated, by id or name.
        other: what must come before it.
    """

    event: str
    other: str

    def check(self, model: DesignModel) -> Evidence:
        """Look at everybody who states it."""
        event, other = (model.find(name, NodeKind.EVENT) for name in (self.event, self.other))
        nodes, edges, free = [other.id], [], []
        for stating in model.incoming(event.id, EdgeKind.EMITS):
            grounds = self._grounds(model, stating.source, other)
            if not grounds:
                free.append(model.node(stating.source).name)
            nodes += [end for edge in grounds for end in (edge.source, edge.target)]
            nodes.append(stating.source)
            edges += [*grounds, stating]
        nodes.append(event.id)
        stated = bool(model.incoming(event.id, EdgeKind.EMITS))
        because = f"whoever states {event.name} has waited for {other.name} or follows from it"
        if free or not stated:
            because = f"{', '.join(free) or 'nobody'} states {event.name} without {other.name}"
        return Evidence(
            holds=stated and not free, because=because, nodes=tuple(dict.fromkeys(nodes)), edges=tuple(edges)
        )

    @staticmethod
    def _grounds(model: DesignModel, command: str, other: Node) -> list[Edge]:
        """Give the edges that tie a command to the other event; none if it can run without it."""
        for call in model.outgoing(command, EdgeKind.CALLS):
            for emits in model.outgoing(call.target, EdgeKind.EMITS):
                if emits.target == other.id:
                    return [call, emits]
        grounds: list[Edge] = []
        for issues in model.incoming(command, EdgeKind.ISSUES):
            triggers = [edge for edge in model.incoming(issues.source, EdgeKind.TRIGGERS) if edge.source == other.id]
            if not triggers:
                return []
            grounds += [*triggers, issues]
        return grounds


@attrs.frozen
class CallsNobody:
    """A context answers without asking any other.

    Attributes:
        context: by name.
    """

    context: str

    def check(self, model: DesignModel) -> Evidence:
        """Look for its calls."""
        context = model.find(self.context, NodeKind.CONTEXT)
        calls = [edge for edge in model.edges(EdgeKind.CALLS) if model.node(edge.source).context == context.name]
        asked = ", ".join(model.node(edge.target).name for edge in calls)
        because = f"{context.name} asks for {asked}" if calls else f"{context.name} answers without asking anybody"
        return Evidence(holds=not calls, because=because, edges=tuple(calls))


@attrs.frozen(kw_only=True)
class Coverage:
    """How a design covers one requirement.

    Attributes:
        requirement: the wish.
        evidence: what each claim came to; none where nobody has traced it.
    """

    requirement: Requirement
    evidence: tuple[Evidence, ...]

    @property
    def covered(self) -> bool:
        """Whether it is traced and every claim holds."""
        return bool(self.evidence) and all(one.holds for one in self.evidence)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids of all things it rests on, each once."""
        return tuple(dict.fromkeys(id for one in self.evidence for id in one.nodes))

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges it rests on."""
        edges = [edge for one in self.evidence for edge in one.edges]
        return tuple({(edge.source, edge.target, edge.key): edge for edge in edges}.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, in sentences."""
        if not self.evidence:
            return ("nobody has said what covers it",)
        return tuple(one.because for one in self.evidence if not one.holds)


def coverage(
    model: DesignModel, requirements: Iterable[Requirement], traces: Mapping[str, Sequence[Claim]]
) -> tuple[Coverage, ...]:
    """Say how a design covers requirements.

    Args:
        model: the design.
        requirements: the wishes, in the order in which they are told.
        traces: for each requirement's id, the claims that together cover it.
    """
    return tuple(
        Coverage(
            requirement=requirement,
            evidence=tuple(_evidence(model, claim) for claim in traces.get(requirement.id, ())),
        )
        for requirement in requirements
    )


def _evidence(model: DesignModel, claim: Claim) -> Evidence:
    try:
        return claim.check(model)
    except UnknownElement as error:
        # A claim about what is no longer there is not borne out; that is a finding, not a failure.
        return Evidence(holds=False, because=f"there is no {error.value} in the design")


_BEGINNINGS = (NodeKind.ACTOR, NodeKind.COMMAND, NodeKind.EVENT, NodeKind.POLICY)
_ENDS = (NodeKind.EVENT, NodeKind.COMMAND, NodeKind.VIEW)


def _shortest(model: DesignModel, begins: str, ends: str, kinds: Sequence[EdgeKind]) -> tuple[Edge, ...] | None:
    """Give the edges of the shortest way, the one declared first of several; None if there is none."""
    led_by: dict[str, Edge] = {}
    waiting = deque([begins])
    while waiting and ends not in led_by:
        for edge in model.outgoing(waiting.popleft(), *kinds):
            if edge.target not in led_by and edge.target != begins:
                led_by[edge.target] = edge
                waiting.append(edge.target)
    if ends not in led_by:
        return None
    way: list[Edge] = []
    at = ends
    while at != begins:
        way.append(led_by[at])
        at = led_by[at].source
    return tuple(reversed(way))
