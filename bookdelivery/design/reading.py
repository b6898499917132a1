"""Reading a design off the declarations of contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.source import NOWHERE, Place, doc_of, fields_read, may_return_none, place_of, place_of_context
from bookdelivery.kernel.aggregate import Aggregate
from bookdelivery.kernel.context import Actor, Call, Context, ExternalSystem, Handler, Performs, Policy, View
from bookdelivery.kernel.lifecycle import Lifecycle
from bookdelivery.kernel.messages import Command, Message
from bookdelivery.kernel.ports import Broker, Requests, Store
from bookdelivery.kernel.resources import Endpoint, endpoints, opens
from bookdelivery.kernel.wire_fields import wire_name
from bookdelivery.kernel.wire_schema import reply_schema_of, schema_of

REQ_RES, PUB_SUB, STORAGE = "req/res", "pub/sub", "store"
"""The styles of a port: it waits for an answer, it passes messages on, or it keeps data."""


class Reader:
    """Turns contexts into nodes and edges, in the order in which they are declared.

    Args:
        contexts: whether or not they could be composed; what they only mention becomes a node without a context.
        topic: what the topic is called.
    """

    def __init__(self, contexts: Sequence[Context], topic: str) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: dict[tuple[str, str, str], Edge] = {}
        self._mentioned: dict[str, type[Message]] = {}
        self._languages = {context.name: context.language for context in contexts}
        self._topic = self._add(NodeKind.TOPIC, topic)
        for context in contexts:
            self._context(context)
        for id, message in self._mentioned.items():
            if id not in self._nodes:
                self._message(message, None, {})

    @property
    def language(self) -> Mapping[str, str]:
        """What all contexts call their words in Korean; where two differ, as the first has it."""
        merged: dict[str, str] = {}
        for language in self._languages.values():
            merged = {**language, **merged}
        return merged

    @property
    def nodes(self) -> Sequence[Node]:
        """All nodes."""
        return tuple(self._nodes.values())

    @property
    def edges(self) -> Sequence[Edge]:
        """All edges."""
        return tuple(self._edges.values())

    # --- one declaration each -----------------------------------------------------------------------------------------

    def _context(self, context: Context) -> None:
        self._add(
            NodeKind.CONTEXT,
            context.name,
            context=context.name,
            korean=context.korean,
            place=place_of_context(context),
            facts={
                "subdomain": str(context.subdomain),
                "uptime_goal": context.uptime_goal,
                "cadence": context.cadence,
                "team": context.team,
                "former_teams": list(context.former_teams),
                "relationships": {name: str(how) for name, how in context.relationships.items()},
                "rejected_events": dict(context.rejected_events),
                "open_questions": dict(context.open_questions),
                "terms": _plain(context.terms),
            },
        )
        self._add(NodeKind.STORE, context.name, context=context.name, facts={"sort": context.store})
        self._ports(context)
        offers = {endpoint.of: _offer(endpoint) for endpoint in endpoints(context)}
        for aggregate in context.aggregates:
            self._aggregate(aggregate, context, offers[aggregate])
        for handler in context.handlers:
            self._handler(handler, context)
        for event in context.events:
            self._message(event, context, {})
        for system in context.external_systems:
            self._external(system, context)
        for policy in context.policies:
            self._policy(policy, context)
        for view in context.views:
            self._view(view, context, offers[view.row])
        for chore in context.chores:
            self._chore(chore, context)
        self._deadlines(context)

    def _ports(self, context: Context) -> None:
        id = id_of(NodeKind.CONTEXT, context.name)
        if context.handlers:
            self._port(context, "Commands", "inbound", REQ_RES)
        if context.views:
            self._port(context, "Views", "inbound", REQ_RES)
        if context.policies or context.views:
            self._port(context, "Events", "inbound", PUB_SUB)
            self._join(self._topic, id, EdgeKind.SUBSCRIBES)
        if context.events:
            self._port(context, "Broker", "outbound", PUB_SUB, Broker)
            self._join(id, self._topic, EdgeKind.PUBLISHES)
        if context.calls:
            self._port(context, "Requests", "outbound", REQ_RES, Requests)
        if context.aggregates or context.views:
            self._port(context, "Store", "outbound", STORAGE, Store)

    def _port(self, context: Context, name: str, direction: str, style: str, port: type[Any] | None = None) -> str:
        facts = {"direction": direction, "style": style}
        id = self._add(NodeKind.PORT, name, context=context.name, within=context.name, thing=port, facts=facts)
        self._join(id_of(NodeKind.CONTEXT, context.name), id, EdgeKind.HAS)
        return id

    def _aggregate(self, aggregate: type[Aggregate], context: Context, offer: Mapping[str, Any]) -> None:
        facts: dict[str, Any] = {
            "correlation_key": aggregate.correlation_key,
            "wake_at": aggregate.wake_at,
            "offers": offer,
        }
        lifecycle = getattr(aggregate, "lifecycle", None)
        if lifecycle is not None:
            facts["lifecycle"] = _lifecycle(lifecycle)
        id = self._add(
            NodeKind.AGGREGATE,
            aggregate.__name__,
            context=context.name,
            within=context.name,
            thing=aggregate,
            schema=_schema(aggregate),
            facts=facts,
        )
        self._join(id, id_of(NodeKind.STORE, context.name), EdgeKind.KEEPS_IN)

    def _handler(self, handler: Handler, context: Context) -> None:
        steps = isinstance(handler, Performs)
        facts: dict[str, Any] = {
            "creates": handler.creates,
            "opens": opens(handler),
            "steps": "several" if steps else "one",
            "reply": reply_schema_of(handler.command),
        }
        if handler.undone_by is not None:
            facts["undone_by"] = self._mention(handler.undone_by)
        command = self._message(handler.command, context, facts)
        if handler.actor is not None:
            self._join(self._actor(handler.actor), command, EdgeKind.ISSUES)
        aggregate = id_of(NodeKind.AGGREGATE, handler.on.__name__, context.name)
        if handler.on not in context.aggregates:
            self._add(NodeKind.AGGREGATE, handler.on.__name__, within=context.name, thing=handler.on)
        place = place_of(handler.by)
        self._join(command, aggregate, EdgeKind.HANDLES, facts={"file": place.file, "line": place.line})
        for event in handler.emits:
            self._join(command, self._mention(event), EdgeKind.EMITS, via=aggregate)
        if isinstance(handler, Performs):
            self._reaches_out(handler, command, context)

    def _reaches_out(self, handler: Performs, command: str, context: Context) -> None:
        declared = {call.command: call for call in context.calls}
        for called in handler.calls:
            facts = _call_facts(declared[called]) if called in declared else {}
            self._join(command, self._mention(called), EdgeKind.CALLS, facts=facts)
        for system in context.external_systems:
            if system.port in handler.uses:
                external = id_of(NodeKind.EXTERNAL, system.name)
                self._join(command, external, EdgeKind.CALLS, facts={"timeout_s": system.timeout_s})

    def _external(self, system: ExternalSystem, context: Context) -> None:
        port = self._port(context, system.port.__name__, "outbound", REQ_RES, system.port)
        external = self._add(NodeKind.EXTERNAL, system.name, thing=system.port)
        self._join(port, external, EdgeKind.REACHES, facts={"timeout_s": system.timeout_s})

    def _policy(self, policy: Policy, context: Context) -> None:
        id = self._add(
            NodeKind.POLICY,
            policy.name,
            context=context.name,
            within=context.name,
            thing=policy.by,
            facts={"deadline": False, "sometimes": may_return_none(policy.by)},
        )
        self._join(self._mention(policy.on), id, EdgeKind.TRIGGERS, facts={"reads": fields_read(policy.by, policy.on)})
        self._join(id, self._mention(policy.issues), EdgeKind.ISSUES)

    def _view(self, view: View, context: Context, offer: Mapping[str, Any]) -> None:
        id = self._add(
            NodeKind.VIEW,
            view.name,
            context=context.name,
            within=context.name,
            thing=view.row,
            schema=_schema(view.row),
            facts={"row": view.row.__name__, "correlation_key": view.row.correlation_key, "offers": offer},
        )
        for event, fold in view.projects.items():
            facts = {"reads": fields_read(fold, event)}
            self._join(self._mention(event), id, EdgeKind.PROJECTS, facts=facts)
        self._join(id, id_of(NodeKind.STORE, context.name), EdgeKind.KEEPS_IN)

    def _chore(self, chore: Policy, context: Context) -> None:
        actors = [handler.actor for handler in context.handlers if handler.command is chore.issues and handler.actor]
        via = self._actor(actors[0]) if actors else ""
        facts = {"habit": chore.name}
        self._join(self._mention(chore.on), self._mention(chore.issues), EdgeKind.PROMPTS, via=via, facts=facts)

    def _deadlines(self, context: Context) -> None:
        for wake_up in context.wake_ups:
            aggregate = wake_up.aggregate
            id = self._add(
                NodeKind.POLICY,
                f"when {aggregate.__name__}.{wire_name(aggregate.wake_at)} has come",
                context=context.name,
                within=context.name,
                thing=wake_up.by,
                facts={"deadline": True, "sometimes": False},
            )
            self._join(id_of(NodeKind.AGGREGATE, aggregate.__name__, context.name), id, EdgeKind.TRIGGERS)
            self._join(id, self._mention(wake_up.issues), EdgeKind.ISSUES)

    def _actor(self, actor: Actor) -> str:
        return self._add(NodeKind.ACTOR, actor.name, korean=actor.korean)

    def _mention(self, message: type[Message]) -> str:
        id = id_of(_kind_of(message), message.__name__)
        self._mentioned.setdefault(id, message)
        return id

    def _message(self, message: type[Message], context: Context | None, facts: Mapping[str, Any]) -> str:
        known = {"correlation_key": message.correlation_key, "schema_version": message.schema_version}
        return self._add(
            _kind_of(message),
            message.__name__,
            context=None if context is None else context.name,
            thing=message,
            schema=_schema(message),
            facts={**known, **facts},
        )

    # --- nodes and edges ----------------------------------------------------------------------------------------------

    def _add(
        self,
        kind: NodeKind,
        name: str,
        *,
        context: str | None = None,
        within: str = "",
        korean: str = "",
        thing: Any = None,
        place: Place = NOWHERE,
        schema: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        id = id_of(kind, name, within)
        if id not in self._nodes:
            if thing is not None:
                place = place_of(thing)
            self._nodes[id] = Node(
                id=id,
                kind=kind,
                name=name,
                context=context,
                korean=korean or self._korean(name, context or ""),
                doc="" if thing is None else doc_of(thing),
                file=place.file,
                line=place.line,
                schema=schema,
                facts=facts or {},
            )
        return id

    def _korean(self, word: str, context: str) -> str:
        # Each context has the first say about its own words.
        languages = [self._languages.get(context, {}), *self._languages.values()]
        return next((language[word] for language in languages if word in language), "")

    def _join(
        self, source: str, target: str, kind: EdgeKind, *, via: str = "", facts: Mapping[str, Any] | None = None
    ) -> None:
        edge = Edge(source=source, target=target, kind=kind, via=via, facts=facts or {})
        self._edges.setdefault((source, target, edge.key), edge)


def id_of(kind: NodeKind, name: str, within: str = "") -> str:
    """Give the id of a node.

    Args:
        kind: what it is.
        name: its name in the code.
        within: the context whose name it is, for names that other contexts may have too.
    """
    return f"{kind}:{within}.{name}" if within else f"{kind}:{name}"


def _offer(endpoint: Endpoint) -> Mapping[str, Any]:
    return {
        "collection": endpoint.collection,
        "member": endpoint.member,
        "status": endpoint.status,
        "posts": [command.__name__ for command in endpoint.posts],
        "actions": {verb: command.__name__ for verb, command in endpoint.actions.items()},
        "assumes": dict(endpoint.assumes),
    }


def _call_facts(call: Call) -> Mapping[str, Any]:
    facts: dict[str, Any] = {"timeout_s": call.timeout_s, "fallback": call.fallback}
    if call.still_emits is not None:
        facts["still_emits"] = [id_of(NodeKind.EVENT, event.__name__) for event in call.still_emits]
    return facts


def _lifecycle(lifecycle: Lifecycle) -> Mapping[str, Any]:
    steps = [
        {"trigger": trigger, "source": source, "dest": str(dest), "guards": [str(name) for name, _ in guards]}
        for (source, trigger), steps in lifecycle.table.items()
        for guards, dest in steps
    ]
    states = [str(state) for state in lifecycle.states]
    return {"initial": str(lifecycle.initial), "states": states, "transitions": steps}


def _kind_of(message: type[Message]) -> NodeKind:
    return NodeKind.COMMAND if issubclass(message, Command) else NodeKind.EVENT


def _schema(cls: type[Any]) -> Mapping[str, Any] | None:
    # What has no form on the wire is refused when it is composed; a design of it can be drawn all the same.
    return schema_of(cls) if attrs.has(cls) else None


def _plain(terms: Any) -> Mapping[str, Any]:
    if terms is None or not attrs.has(type(terms)):
        return {}
    return {wire_name(field.name): getattr(terms, field.name) for field in attrs.fields(type(terms))}
