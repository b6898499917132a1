"""What becomes of everything when something is gone: what stops at once, waits, goes stale or is unharmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import attrs
import pandas as pd

from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnknownElement
from bookdelivery.design.model import DesignModel
from bookdelivery.design.workings import Lack, Workings


class Effect(StrEnum):
    """What becomes of something, from bad to good."""

    STOPS = "stops"
    """Whoever asks for it is turned away at once."""
    WAITS = "waits"
    """It does not happen for now, and is made up for once the rest is back."""
    STALE = "stale"
    """It works, but on what was known before."""
    UNHARMED = "unharmed"


@attrs.frozen(kw_only=True)
class Consequence:
    """What becomes of one thing.

    Attributes:
        node: the thing.
        effect: what becomes of it.
        because: why, in a sentence; empty for what is simply unharmed.
        path: the ids from the thing to what is gone, each hindered by the next.
    """

    node: Node
    effect: Effect
    because: str = ""
    path: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Impact:
    """What becomes of everything when something is gone.

    Attributes:
        asked: what was asked about, in the asker's words.
        gone: the ids of what is gone.
        consequences: by id, for each command, event, policy, view, aggregate, external system and context, in the order
            declared.
    """

    asked: str
    gone: tuple[str, ...]
    consequences: Mapping[str, Consequence]

    def __getitem__(self, id: str) -> Effect:
        return self.consequences[id].effect

    def of(self, *effects: Effect) -> Sequence[Consequence]:
        """Give those of these effects."""
        return [consequence for consequence in self.consequences.values() if consequence.effect in effects]

    def harmed(self) -> Sequence[Consequence]:
        """Give those that are not unharmed, the worst first."""
        order = list(Effect)
        return sorted(self.of(Effect.STOPS, Effect.WAITS, Effect.STALE), key=lambda one: order.index(one.effect))

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))

    def to_pandas(self) -> pd.DataFrame:
        """Give a table: id, kind, name, context, effect, because, path (ids joined by " <- ")."""
        rows = [
            (
                one.node.id,
                str(one.node.kind),
                one.node.name,
                one.node.context or "",
                str(one.effect),
                one.because,
                " <- ".join(one.path),
            )
            for one in self.consequences.values()
        ]
        return pd.DataFrame(rows, columns=["id", "kind", "name", "context", "effect", "because", "path"])


def impact(model: DesignModel, *asked: str, workings: Workings | None = None) -> Impact:
    """Say what becomes of everything when these are gone.

    Args:
        model: the design.
        asked: what is gone: contexts, events, topics, stores, adapters, ports, external systems, commands, policies, by
            name or id; or a field of an event or command, as on the wire (`OrderPlaced.paymentId`, or `paymentId` for
            all messages that carry it), with which goes everything that reads it.
        workings: those of the model, if they are at hand already.

    Raises:
        UnknownElement: there is nothing of such a name.
    """
    resolved = {one: resolve(model, one) for one in asked}
    gone = tuple(dict.fromkeys(id for ids in resolved.values() for id in ids))
    found = _Assessment(model, frozenset(gone), workings or Workings(model)).impact(" and ".join(asked), gone)
    readers = {id: field for field, ids in resolved.items() if ids == _readers(model, field) for id in ids}
    told = {
        id: attrs.evolve(one, because=f"it reads {readers[id]}, which is gone") if id in readers else one
        for id, one in found.consequences.items()
    }
    return attrs.evolve(found, consequences=told)


_LIKELY = (
    NodeKind.CONTEXT,
    NodeKind.EVENT,
    NodeKind.COMMAND,
    NodeKind.EXTERNAL,
    NodeKind.TOPIC,
    NodeKind.VIEW,
    NodeKind.AGGREGATE,
    NodeKind.POLICY,
    NodeKind.ADAPTER,
    NodeKind.PORT,
    NodeKind.STORE,
)


def resolve(model: DesignModel, asked: str) -> tuple[str, ...]:
    """Give the ids of what goes when what somebody named goes.

    An adapter takes with it what it stands for, and one that several contexts share (asked for by its URL, or by what
    it is called, such as `Redis`) that of all of them; a port takes what lies behind it, a field whatever reads it.

    Raises:
        UnknownElement: there is nothing of such a name.
    """
    shared = [
        adapter
        for adapter in model.nodes(NodeKind.ADAPTER)
        if asked.casefold() in (adapter.name.casefold(), str(adapter.facts.get("url", "")).casefold())
    ]
    if shared:
        return tuple(dict.fromkeys(id for adapter in shared for id in _behind(model, adapter)))
    try:
        node = model.find(asked, *_LIKELY)
    except UnknownElement:
        readers = _readers(model, asked)
        if not readers:
            raise
        return readers
    return _behind(model, node)


def _behind(model: DesignModel, node: Node) -> tuple[str, ...]:
    if node.kind is NodeKind.ADAPTER:
        reached = model.successors(node.id, EdgeKind.REACHES)
        ports = model.successors(node.id, EdgeKind.IMPLEMENTS)
        return tuple(one.id for one in reached) or tuple(id for port in ports for id in _behind(model, port))
    if node.kind is NodeKind.PORT:
        return _behind_port(model, node)
    if node.kind is NodeKind.AGGREGATE:
        return tuple(one.id for one in model.predecessors(node.id, EdgeKind.HANDLES)) or (node.id,)
    return (node.id,)


def _behind_port(model: DesignModel, port: Node) -> tuple[str, ...]:
    context = port.context or ""
    reached = tuple(one.id for one in model.successors(port.id, EdgeKind.REACHES))
    kinds = {"Commands": NodeKind.COMMAND, "Views": NodeKind.VIEW, "Events": NodeKind.POLICY, "Broker": NodeKind.EVENT}
    if reached or port.name == "Store":
        return reached or (f"{NodeKind.STORE}:{context}",)
    if port.name == "Requests":
        callees = [edge.target for edge in model.edges(EdgeKind.CALLS) if model.node(edge.source).context == context]
        return tuple(dict.fromkeys(id for id in callees if model.node(id).kind is NodeKind.COMMAND))
    if port.name not in kinds:
        return (port.id,)
    behind = model.nodes(kinds[port.name], context=context)
    return tuple(node.id for node in behind if not node.facts.get("deadline"))


def _readers(model: DesignModel, asked: str) -> tuple[str, ...]:
    """Give what reads a field: `Message.field`, or `field` of any message."""
    message, _, field = asked.rpartition(".")
    readers: dict[str, None] = {}
    for node in (*model.nodes(NodeKind.EVENT), *model.nodes(NodeKind.COMMAND)):
        if message and node.name.casefold() != message.casefold():
            continue
        if field not in (node.schema or {}).get("properties", {}):
            continue
        if node.kind is NodeKind.COMMAND:
            readers[node.id] = None
        for edge in model.outgoing(node.id, EdgeKind.TRIGGERS, EdgeKind.PROJECTS):
            if field in edge.facts.get("reads", [field]):
                readers[edge.target] = None
    return tuple(readers)


class _Assessment:
    """Turns what hinders things into what becomes of them."""

    def __init__(self, model: DesignModel, gone: frozenset[str], workings: Workings) -> None:
        self._model = model
        self._gone = gone
        self._workings = workings
        self._hindrances = workings.hindrances(gone)
        self._done: dict[str, Consequence] = {}

    def impact(self, asked: str, gone: tuple[str, ...]) -> Impact:
        assess = {
            NodeKind.COMMAND: self._command,
            NodeKind.EVENT: self._event,
            NodeKind.POLICY: self._policy,
            NodeKind.VIEW: self._view,
            NodeKind.EXTERNAL: self._thing,
            NodeKind.AGGREGATE: self._aggregate,
            NodeKind.CONTEXT: self._context,
        }
        for kind, one_of_kind in assess.items():
            for node in self._model.nodes(kind):
                if node.context is not None or kind is NodeKind.EXTERNAL:
                    self._done[node.id] = one_of_kind(node)
        ordered = {node.id: self._done[node.id] for node in self._model.nodes() if node.id in self._done}
        return Impact(asked=asked, gone=gone, consequences=ordered)

    def _to_the_root(self, id: str) -> tuple[str, ...]:
        path = [id]
        while path[-1] not in self._gone and path[-1] in self._hindrances:
            cause = self._hindrances[path[-1]].cause
            if not cause or cause in path:
                break
            path.append(cause)
        if path[-1] not in self._gone:
            # What does not answer may stand, while what it needs itself is gone.
            path += self._deeper(path[-1], frozenset(path))
        return tuple(path)

    def _deeper(self, callee: str, seen: frozenset[str]) -> list[str]:
        node = self._model.node(callee)
        down = self._workings.down(node, self._gone)
        if down is not None:
            return [down.cause]
        for called in self._model.successors(callee, EdgeKind.CALLS):
            if called.id in self._gone:
                return [called.id]
            if called.id not in seen:
                deeper = self._deeper(called.id, seen | {called.id})
                if deeper:
                    return [called.id, *deeper]
        return []

    def _consequence(self, node: Node, effect: Effect) -> Consequence:
        hindrance = self._hindrances[node.id]
        return Consequence(node=node, effect=effect, because=hindrance.because, path=self._to_the_root(node.id))

    def _command(self, node: Node) -> Consequence:
        if node.id not in self._hindrances:
            return self._without_answers(node)
        asked_for = any(
            issuer.kind is not NodeKind.POLICY
            for issuer in self._model.predecessors(node.id, EdgeKind.ISSUES, EdgeKind.CALLS)
        )
        stops = asked_for and self._hindrances[node.id].lack is not Lack.CAUSE
        return self._consequence(node, Effect.STOPS if stops else Effect.WAITS)

    def _without_answers(self, node: Node) -> Consequence:
        for call in self._workings.falls_back(node.id, self._gone):
            still = call.facts.get("still_emits")
            lost = still is not None and any(
                event.id not in still for event in self._model.successors(node.id, EdgeKind.EMITS)
            )
            because = f"no answer from {self._model.node(call.target).name}: {call.facts['fallback']}"
            path = (node.id, call.target, *self._deeper(call.target, frozenset()))
            effect = Effect.WAITS if lost else Effect.UNHARMED
            return Consequence(node=node, effect=effect, because=because, path=path)
        return Consequence(node=node, effect=Effect.UNHARMED)

    def _event(self, node: Node) -> Consequence:
        if node.id in self._hindrances:
            return self._consequence(node, Effect.WAITS)
        if not self._workings.carried(self._gone):
            topic = self._model.nodes(NodeKind.TOPIC)[0].id
            because = "it is stated, but stays in its outbox: the topic is gone"
            return Consequence(node=node, effect=Effect.WAITS, because=because, path=(node.id, topic))
        return Consequence(node=node, effect=Effect.UNHARMED)

    def _policy(self, node: Node) -> Consequence:
        if node.id not in self._hindrances:
            return Consequence(node=node, effect=Effect.UNHARMED)
        gone_itself = self._hindrances[node.id].lack is Lack.ITSELF
        return self._consequence(node, Effect.STOPS if gone_itself else Effect.WAITS)

    def _view(self, node: Node) -> Consequence:
        down = self._workings.down(node, self._gone)
        if node.id in self._gone or down is not None:
            because = f"{node.name} is gone" if down is None else down.because
            path = (node.id,) if down is None else (node.id, down.cause)
            return Consequence(node=node, effect=Effect.STOPS, because=because, path=path)
        events = self._model.predecessors(node.id, EdgeKind.PROJECTS)
        missing = [event for event in events if self._effect(event) is not Effect.UNHARMED]
        if not missing:
            return Consequence(node=node, effect=Effect.UNHARMED)
        because = f"no news of {', '.join(event.name for event in missing)}"
        return Consequence(
            node=node, effect=Effect.STALE, because=because, path=(node.id, *self._done[missing[0].id].path)
        )

    def _effect(self, node: Node) -> Effect:
        return self._done[node.id].effect if node.id in self._done else Effect.UNHARMED

    def _aggregate(self, node: Node) -> Consequence:
        down = self._workings.down(node, self._gone)
        if down is not None:
            return Consequence(node=node, effect=Effect.STOPS, because=down.because, path=(node.id, down.cause))
        for command in self._model.predecessors(node.id, EdgeKind.HANDLES):
            if self._effect(command) is not Effect.UNHARMED:
                because = f"{command.name} {self._effect(command)}"
                path = (node.id, *self._done[command.id].path)
                return Consequence(node=node, effect=Effect.STALE, because=because, path=path)
        return Consequence(node=node, effect=Effect.UNHARMED)

    def _context(self, node: Node) -> Consequence:
        down = self._workings.down(node, self._gone)
        if down is not None:
            return Consequence(node=node, effect=Effect.STOPS, because=down.because, path=(node.id, down.cause))
        offered = [*operations(self._model, node.name)]
        inside = [one for one in self._done.values() if one.node.context == node.name]
        for effect, concerned in (
            (Effect.STOPS, offered),
            (Effect.WAITS, offered),
            (Effect.STALE, [one.node for one in inside]),
        ):
            for one in concerned:
                found = self._done[one.id]
                if found.effect is effect or (effect is Effect.STALE and found.effect is not Effect.UNHARMED):
                    as_a_whole = Effect.WAITS if effect is Effect.STOPS else effect
                    because = f"{one.name} {found.effect}"
                    return Consequence(node=node, effect=as_a_whole, because=because, path=(node.id, *found.path))
        return Consequence(node=node, effect=Effect.UNHARMED)

    def _thing(self, node: Node) -> Consequence:
        if node.id in self._gone:
            return Consequence(node=node, effect=Effect.STOPS, because=f"{node.name} is gone", path=(node.id,))
        return Consequence(node=node, effect=Effect.UNHARMED)


def operations(model: DesignModel, context: str | None = None) -> Iterable[Node]:
    """Give what a system, or one context of it, offers to people: the commands they issue, the views they read."""
    for node in model.nodes(NodeKind.COMMAND, context=context):
        if any(issuer.kind is NodeKind.ACTOR for issuer in model.predecessors(node.id, EdgeKind.ISSUES)):
            yield node
    yield from model.nodes(NodeKind.VIEW, context=context)
