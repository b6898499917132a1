"""What can still happen when something is gone: a model read as a machine of conditions.

Each command, event and policy has a condition: an event needs a command that states it, a policy an event that sets it
off, a command somebody to begin it and an answer to each call without a fallback. What can happen is the least set that
fulfils its own conditions, so that nothing holds itself up; what hinders the rest is found in layers, the closest cause
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property

import attrs

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

Possible = Callable[[str], bool]


class Lack(StrEnum):
    """What something lacks."""

    HOME = "home"
    """Its context is down, or cannot keep anything."""
    ANSWER = "answer"
    """A call that it cannot do without is not answered."""
    CAUSE = "cause"
    """Nothing begins it."""
    ITSELF = "itself"
    """It is gone itself."""


@attrs.frozen
class Hindrance:
    """Why something cannot happen.

    Attributes:
        lack: what it lacks.
        cause: the id of what stands in its way.
        because: the same in a sentence.
    """

    lack: Lack
    cause: str
    because: str


@attrs.frozen(eq=False, slots=False)
class Workings:
    """The conditions of a model, ready to be asked.

    Args:
        model: the model.
    """

    model: DesignModel

    def possible(self, gone: Iterable[str] = ()) -> frozenset[str]:
        """Give the ids of the commands, events and policies that still can happen, again and again, for new cases.

        Args:
            gone: the ids of what is gone: contexts, stores, topics, external systems, commands, events, policies.
        """
        gone = frozenset(gone)
        can: set[str] = set()
        waiting = list(self._moving)
        while True:
            still = [node for node in waiting if self.hindrance(node, gone, can.__contains__) is not None]
            # A pass looks at what was possible before it, or the order of declaration would decide how far it gets.
            fresh = set(waiting) - set(still)
            if not fresh:
                return frozenset(node.id for node in self._moving if node.id in can)
            can.update(node.id for node in fresh)
            waiting = still

    def hindrances(self, gone: Iterable[str]) -> Mapping[str, Hindrance]:
        """Say of everything that could happen before and cannot any more what hinders it, the closest cause first.

        Following the causes from one to the next leads to what is gone.
        """
        gone = frozenset(gone)
        lost = self._usually - self.possible(gone)
        found: dict[str, Hindrance] = {}
        while fresh := self._hindered(lost - found.keys(), gone, self._usually - found.keys()):
            found.update(fresh)
        # Those that are left only hold one another up.
        found.update(self._hindered(lost - found.keys(), gone, self._usually - lost))
        return found

    def _hindered(
        self, asked: frozenset[str], gone: frozenset[str], possible: frozenset[str]
    ) -> Mapping[str, Hindrance]:
        hindrances = {
            node.id: self.hindrance(node, gone, possible.__contains__) for node in self._moving if node.id in asked
        }
        return {id: hindrance for id, hindrance in hindrances.items() if hindrance is not None}

    def hindrance(self, node: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        """Say what hinders one thing, where these others are possible; None if nothing does."""
        if node.id in gone:
            return Hindrance(Lack.ITSELF, node.id, f"{node.name} is gone")
        if node.kind is NodeKind.EVENT:
            return self._no_statement(node, gone, possible)
        down = self.down(node, gone)
        if down is not None:
            return down
        if node.kind is NodeKind.POLICY:
            return self._no_trigger(node, gone, possible)
        unanswered = self._first_unanswered(node.id, gone)
        if unanswered is not None:
            name = self.model.node(unanswered.target).name
            return Hindrance(Lack.ANSWER, unanswered.target, f"it waits for {name}, which does not answer")
        return self._no_beginning(node, gone, possible)

    # --- conditions ---------------------------------------------------------------------------------------------------

    def down(self, node: Node, gone: frozenset[str]) -> Hindrance | None:
        """Say whether the context of something is down, or its store, without which it can do nothing."""
        if node.context is None:
            return None
        home, store = f"{NodeKind.CONTEXT}:{node.context}", f"{NodeKind.STORE}:{node.context}"
        if home in gone:
            return Hindrance(Lack.HOME, home, f"{node.context} is down")
        if store in gone:
            return Hindrance(Lack.HOME, store, f"{node.context} has no store")
        return None

    def carried(self, gone: frozenset[str]) -> bool:
        """Say whether events come through: whether the topic is there."""
        return not any(topic.id in gone for topic in self.model.nodes(NodeKind.TOPIC))

    def falls_back(self, command: str, gone: frozenset[str]) -> Sequence[Edge]:
        """Give the calls of a command that are not answered and have a fallback."""
        return [
            call
            for call in self._calls.get(command, ())
            if call.facts.get("fallback") and not self._answers(call, gone)
        ]

    def _answers(self, call: Edge, gone: frozenset[str], seen: frozenset[str] = frozenset()) -> bool:
        if call.target in gone or call.target in seen:
            return False
        callee = self.model.node(call.target)
        if callee.kind is NodeKind.EXTERNAL:
            return True
        if self.down(callee, gone) is not None:
            return False
        inner = [one for one in self._calls.get(callee.id, ()) if not one.facts.get("fallback")]
        return all(self._answers(one, gone, seen | {callee.id}) for one in inner)

    def _first_unanswered(self, command: str, gone: frozenset[str]) -> Edge | None:
        for call in self._calls.get(command, ()):
            if not call.facts.get("fallback") and not self._answers(call, gone):
                return call
        return None

    def _no_statement(self, event: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        hindered: Hindrance | None = None
        for command in self._emitters.get(event.id, ()):
            hindrance = self._not_stated_by(event, command, gone, possible)
            if hindrance is None:
                return None
            hindered = hindered or hindrance
        return hindered or _NOTHING

    def _not_stated_by(self, event: Node, command: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        if not possible(command.id):
            return Hindrance(Lack.CAUSE, command.id, f"{command.name} does not happen")
        for call in self.falls_back(command.id, gone):
            still = call.facts.get("still_emits")
            if still is not None and event.id not in still:
                name = self.model.node(call.target).name
                return Hindrance(Lack.ANSWER, call.target, f"{command.name} gets no answer from {name}")
        if command.id in self._finishing:
            # A deadline finishes what another command has begun.
            others = [one for one in self._emitters[event.id] if one.id not in self._finishing]
            if others and not any(possible(one.id) for one in others):
                return Hindrance(Lack.CAUSE, others[0].id, f"{others[0].name} does not happen")
        return None

    def _no_trigger(self, policy: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        # A policy that acts only now and then, to undo something, acts where there is something to undo.
        undone = self._undone.get(policy.id, ())
        if undone and not any(self._not_begun(one, gone, possible) is None for one in undone):
            return Hindrance(Lack.CAUSE, undone[0].id, f"there is nothing to undo: {undone[0].name} does not happen")
        hindered: Hindrance | None = None
        for source in self._triggers.get(policy.id, ()):
            if source.kind is NodeKind.AGGREGATE:
                at_work = self._worked_on.get(source.id, ())
                hindrance = self._none_of(at_work, f"nothing happens to {source.name}", possible)
            else:
                hindrance = self._not_heard(source, gone, possible)
            if hindrance is None:
                return None
            hindered = hindered or hindrance
        return hindered or _NOTHING

    def _not_heard(self, event: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        if not possible(event.id):
            return Hindrance(Lack.CAUSE, event.id, f"{event.name} does not happen")
        if not self.carried(gone):
            topic = self.model.nodes(NodeKind.TOPIC)[0]
            return Hindrance(Lack.CAUSE, topic.id, f"{event.name} waits in its outbox: the topic is gone")
        return None

    def _not_begun(self, command: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        return self.down(command, gone) or self._no_beginning(command, gone, possible)

    def _no_beginning(self, command: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        hindered: Hindrance | None = None
        for issuer in self._issuers.get(command.id, ()):
            if issuer.kind is NodeKind.ACTOR:
                hindrance = self._no_occasion(command, gone, possible)
            elif possible(issuer.id):
                hindrance = None
            else:
                hindrance = Hindrance(Lack.CAUSE, issuer.id, f"{issuer.name!r} has nothing to act on")
                if issuer.kind is NodeKind.COMMAND:
                    hindrance = Hindrance(Lack.CAUSE, issuer.id, f"{issuer.name} does not ask for it")
            if hindrance is None:
                return None
            hindered = hindered or hindrance
        return hindered or _NOTHING

    def _no_occasion(self, command: Node, gone: frozenset[str], possible: Possible) -> Hindrance | None:
        """Say what keeps a person from having any case to issue a command for."""
        prompts = self._prompts.get(command.id, ())
        if prompts:
            hindrances = [self._not_heard(event, gone, possible) for event in prompts]
            if None not in hindrances:
                return hindrances[0]
        openers = self._openers.get(command.id, ())
        return self._none_of(openers, "there is no new case to do it for", possible)

    def _none_of(self, commands: Sequence[Node], so: str, possible: Possible) -> Hindrance | None:
        if not commands or any(possible(one.id) for one in commands):
            return None
        return Hindrance(Lack.CAUSE, commands[0].id, f"{so}: {commands[0].name} does not happen")

    # --- what is looked up --------------------------------------------------------------------------------------------

    @cached_property
    def _moving(self) -> tuple[Node, ...]:
        kinds = (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.POLICY)
        return tuple(node for node in self.model.nodes() if node.kind in kinds and node.context is not None)

    @cached_property
    def _usually(self) -> frozenset[str]:
        return self.possible()

    def _sources(self, *kinds: EdgeKind) -> Mapping[str, list[Node]]:
        sources: dict[str, list[Node]] = {}
        for kind in kinds:
            for edge in self.model.edges(kind):
                sources.setdefault(edge.target, []).append(self.model.node(edge.source))
        return sources

    @cached_property
    def _emitters(self) -> Mapping[str, list[Node]]:
        return self._sources(EdgeKind.EMITS)

    @cached_property
    def _triggers(self) -> Mapping[str, list[Node]]:
        return self._sources(EdgeKind.TRIGGERS)

    @cached_property
    def _issuers(self) -> Mapping[str, list[Node]]:
        return self._sources(EdgeKind.ISSUES, EdgeKind.CALLS)

    @cached_property
    def _prompts(self) -> Mapping[str, list[Node]]:
        return self._sources(EdgeKind.PROMPTS)

    @cached_property
    def _calls(self) -> Mapping[str, list[Edge]]:
        calls: dict[str, list[Edge]] = {}
        for edge in self.model.edges(EdgeKind.CALLS):
            calls.setdefault(edge.source, []).append(edge)
        return calls

    @cached_property
    def _finishing(self) -> frozenset[str]:
        """The commands that nothing but deadlines issues."""
        return frozenset(
            command
            for command, issuers in self._issuers.items()
            if all(issuer.kind is NodeKind.POLICY and issuer.facts["deadline"] for issuer in issuers)
        )

    @cached_property
    def _worked_on(self) -> Mapping[str, list[Node]]:
        """For each aggregate, the commands on it that no deadline issues."""
        worked = self._sources(EdgeKind.HANDLES)
        return {
            aggregate: [command for command in commands if command.id not in self._finishing]
            for aggregate, commands in worked.items()
        }

    @cached_property
    def _openers(self) -> Mapping[str, list[Node]]:
        """For each command that needs a case to be there, the commands that open one.

        What only undoes another command opens none: where it creates something, that is to remember that there is
        nothing to be done.
        """
        handled = self._sources(EdgeKind.HANDLES)
        undoing = {node.facts.get("undone_by") for node in self.model.nodes(NodeKind.COMMAND)}
        openers: dict[str, list[Node]] = {}
        for commands in handled.values():
            opening = [one for one in commands if one.facts.get("opens") and one.id not in undoing]
            for command in commands:
                if not command.facts.get("opens"):
                    openers[command.id] = opening
        return openers

    @cached_property
    def _undone(self) -> Mapping[str, list[Node]]:
        """For each policy that acts only now and then, the commands that what it issues undoes."""
        undone: dict[str, list[Node]] = {}
        for policy in self.model.nodes(NodeKind.POLICY):
            issued = {edge.target for edge in self.model.outgoing(policy.id, EdgeKind.ISSUES)}
            if policy.facts["sometimes"]:
                commands = self.model.nodes(NodeKind.COMMAND)
                undone[policy.id] = [command for command in commands if command.facts.get("undone_by") in issued]
        return undone


_NOTHING = Hindrance(Lack.CAUSE, "", "nothing begins it")
