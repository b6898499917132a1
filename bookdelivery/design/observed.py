"""A recorded run held against the design: what was declared and never seen, what was seen and never declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import uuid4

import attrs
import pandas as pd

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Store

REQUEST = ""
"""What an event is caused by that no other event caused: a request from outside, or a deadline."""


class Recorded(Protocol):
    """A simulation's result, as far as it is needed here (`bookdelivery.simulation.Result`)."""

    @property
    def events(self) -> pd.DataFrame:
        """One row an event, with type, source, message_id and causation_id."""
        ...

    @property
    def views(self) -> pd.DataFrame:
        """One row each time an event was shown in a view, with its type."""
        ...

    @property
    def calls(self) -> pd.DataFrame:
        """One row a synchronous call, with caller, callee and command."""
        ...

    @property
    def operations(self) -> pd.DataFrame:
        """One row an operation (a command's name, `context.policy` or `context.view`), with its outcome."""
        ...


@attrs.frozen(kw_only=True)
class Observation:
    """What was seen of a run.

    Attributes:
        stated: how often each event was stated, by its source (a context) and type.
        caused: how often an event (or `REQUEST`) was the direct cause of an event of another context or its own.
        shown: how often an event was folded into a view; None where nobody looked.
        called: how often a context called a command of another; None where nobody looked.
        done: how often each operation (a command's name, `context.policy`) was done; None where nobody looked.
    """

    stated: Mapping[tuple[str, str], int]
    caused: Mapping[tuple[str, str], int]
    shown: Mapping[str, int] | None = None
    called: Mapping[tuple[str, str], int] | None = None
    done: Mapping[str, int] | None = None

    @classmethod
    def of_envelopes(cls, envelopes: Iterable[Envelope]) -> Observation:
        """Read messages as a broker carried them or a store logged them; each id counts once."""
        once = {envelope.id: envelope for envelope in envelopes}
        rows = [(one.source, one.type, one.id, one.causation_id or "") for one in once.values()]
        return cls(stated=_stated(rows), caused=_caused(rows))

    @classmethod
    async def of_stores(cls, stores: Iterable[Store]) -> Observation:
        """Read the logs of the stores of all contexts, such as those of an application that ran.

        Raises:
            Unavailable, UnusableStore: a store cannot be read.
        """
        envelopes: list[Envelope] = []
        for store in stores:
            position = 0
            while page := await store.log(after=position):
                position = page[-1].position
                envelopes.extend(outgoing.envelope for outgoing in page)
        return cls.of_envelopes(envelopes)

    @classmethod
    async def of_topic(cls, broker: Broker) -> Observation:
        """Read all that a topic has kept, as a group of its own that acknowledges nothing.

        Raises:
            Unavailable: the broker cannot be reached.
        """
        group = f"observed-{uuid4().hex}"
        envelopes: list[Envelope] = []
        member = await broker.subscribe(group)
        try:
            seen, kept = 0, await broker.lag(group)
            while seen < kept:
                deliveries = await member.fetch()
                seen += len(deliveries)
                envelopes += [one.content for one in deliveries if isinstance(one.content, Envelope)]
        finally:
            await member.close()
        return cls.of_envelopes(envelopes)

    @classmethod
    def of_result(cls, result: Recorded) -> Observation:
        """Read the tables of a simulation."""
        events = result.events
        columns = [events[name].tolist() for name in ("source", "type", "message_id", "causation_id")]
        rows = list(zip(*columns, strict=True))
        calls, operations = result.calls, result.operations
        return cls(
            stated=_stated(rows),
            caused=_caused(rows),
            shown=Counter(result.views["type"].tolist()),
            called=Counter(zip(calls["caller"].tolist(), calls["command"].tolist(), strict=True)),
            done=Counter(operations.loc[operations["outcome"] == "done", "operation"].tolist()),
        )


def _stated(rows: Sequence[tuple[str, str, str, str]]) -> Mapping[tuple[str, str], int]:
    return Counter((source, kind) for source, kind, _, _ in rows)


def _caused(rows: Sequence[tuple[str, str, str, str]]) -> Mapping[tuple[str, str], int]:
    kinds = {id: kind for _, kind, id, _ in rows}
    return Counter((kinds.get(cause, REQUEST), kind) for _, kind, _, cause in rows)


@attrs.frozen(kw_only=True)
class Surprise:
    """Something seen that the design does not know.

    Attributes:
        cause: the event, context or request that it came from.
        effect: the event or command.
        times: how often it was seen.
        because: what is wrong with it.
    """

    cause: str
    effect: str
    times: int
    because: str


@attrs.frozen(kw_only=True)
class Comparison:
    """A run held against the design.

    Attributes:
        seen: the declared edges that were seen, each with how often; an edge between two that several ways join is
            counted for each of them.
        never: the declared edges that could have been seen and were not.
        surprises: what was seen and is not declared.
    """

    seen: Mapping[Edge, int]
    never: tuple[Edge, ...]
    surprises: tuple[Surprise, ...]

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))

    def to_pandas(self) -> pd.DataFrame:
        """Give a table: source, target, kind, times (0: never), declared."""
        rows = [(edge.source, edge.target, str(edge.kind), times, True) for edge, times in self.seen.items()]
        rows += [(edge.source, edge.target, str(edge.kind), 0, True) for edge in self.never]
        rows += [(one.cause, one.effect, "", one.times, False) for one in self.surprises]
        return pd.DataFrame(rows, columns=["source", "target", "kind", "times", "declared"])


def compare(model: DesignModel, observation: Observation) -> Comparison:
    """Hold a run against the design.

    An event is recognised by its source and type, a reaction by which event caused which. What a deadline begins has no
    event as its cause, just as a request has none. A policy that leads to no event is told from one that never acted
    only where the recording has operations; views and calls are compared where it has them.
    """
    return _Comparing(model, observation).compare()


class _Comparing:
    def __init__(self, model: DesignModel, observation: Observation) -> None:
        self._model = model
        self._observation = observation
        self._times: dict[Edge, int] = {}
        self._explained: set[tuple[str, str]] = set()

    def compare(self) -> Comparison:
        self._reactions()
        self._requests()
        self._views()
        surprises = [*self._unknown_events(), *self._unknown_causes(), *self._unknown_calls()]
        return Comparison(
            seen={edge: times for edge, times in self._times.items() if times},
            never=tuple(edge for edge, times in self._times.items() if not times),
            surprises=tuple(surprises),
        )

    def _count(self, edges: Iterable[Edge], times: int) -> None:
        for edge in edges:
            self._times[edge] = self._times.get(edge, 0) + times

    def _emits(self, command: Node) -> Sequence[Edge]:
        return self._model.outgoing(command.id, EdgeKind.EMITS)

    def _reactions(self) -> None:
        for policy in self._model.nodes(NodeKind.POLICY):
            for issues in self._model.outgoing(policy.id, EdgeKind.ISSUES):
                triggers = self._model.incoming(policy.id, EdgeKind.TRIGGERS)
                acted = self._acted(policy, self._model.node(issues.target), triggers)
                if acted is not None:
                    self._count(triggers, acted)
                    self._count((issues,), acted)

    def _acted(self, policy: Node, command: Node, triggers: Sequence[Edge]) -> int | None:
        """Say how often a policy acted, None where that cannot be told; count the events it led to."""
        led_to = 0
        for emits in self._emits(command):
            for trigger in triggers:
                cause = REQUEST if policy.facts["deadline"] else _event(trigger.source)
                pair = (cause, _event(emits.target))
                self._explained.add(pair)
                times = self._observation.caused.get(pair, 0)
                self._count((emits,), times)
                led_to += times
        done = self._observation.done
        if done is None:
            return led_to if self._emits(command) else None
        # A policy that acts only now and then is done also where it had nothing to do.
        return (
            led_to if policy.facts["sometimes"] and self._emits(command) else done.get(_operation(policy, command), 0)
        )

    def _requests(self) -> None:
        """Count what people began, alone or through calls: an event whose cause is no event."""
        for command in self._model.nodes(NodeKind.COMMAND):
            begins = [
                edge
                for edge in self._model.incoming(command.id, EdgeKind.ISSUES, EdgeKind.CALLS)
                if self._model.node(edge.source).kind is not NodeKind.POLICY
            ]
            for emits in self._emits(command) if begins else ():
                pair = (REQUEST, _event(emits.target))
                self._explained.add(pair)
                self._count((emits,), self._observation.caused.get(pair, 0))
            for edge in begins:
                if edge.kind is EdgeKind.CALLS:
                    self._called(edge, command)
                elif self._observation.done is not None:
                    self._count((edge,), self._observation.done.get(command.name, 0))

    def _called(self, call: Edge, command: Node) -> None:
        if self._observation.called is not None:
            caller = self._model.node(call.source).context or ""
            self._count((call,), self._observation.called.get((caller, command.name), 0))

    def _views(self) -> None:
        if self._observation.shown is None:
            return
        for edge in self._model.edges(EdgeKind.PROJECTS):
            self._count((edge,), self._observation.shown.get(_event(edge.source), 0))

    def _unknown_events(self) -> Iterable[Surprise]:
        declared = {(node.context, node.name) for node in self._model.nodes(NodeKind.EVENT)}
        for (source, kind), times in self._observation.stated.items():
            if (source, kind) not in declared:
                because = f"{source} declares no event {kind}"
                yield Surprise(cause=source, effect=kind, times=times, because=because)

    def _unknown_causes(self) -> Iterable[Surprise]:
        known = {node.name for node in self._model.nodes(NodeKind.EVENT) if node.context is not None}
        for (cause, effect), times in self._observation.caused.items():
            if effect in known and (cause, effect) not in self._explained:
                because = f"no policy leads from {cause} to {effect}" if cause else f"nobody may ask for {effect}"
                yield Surprise(cause=cause or "a request", effect=effect, times=times, because=because)

    def _unknown_calls(self) -> Iterable[Surprise]:
        declared = {
            (self._model.node(edge.source).context, _event(edge.target)) for edge in self._model.edges(EdgeKind.CALLS)
        }
        contexts = {node.name for node in self._model.contexts()}
        for (caller, command), times in (self._observation.called or {}).items():
            if caller in contexts and (caller, command) not in declared:
                because = f"{caller} declares no call of {command}"
                yield Surprise(cause=caller, effect=command, times=times, because=because)


def _operation(policy: Node, command: Node) -> str:
    return command.name if policy.facts["deadline"] else f"{policy.context}.{policy.name}"


def _event(id: str) -> str:
    return id.partition(":")[2]
