"""The event catalogue for people: who states which fact, who follows it, and what it looks like on the topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bookdelivery.design.contracts.asyncapi import asyncapi
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.glossary import glossary
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.wire_fields import wire_name


def event_catalogue(model: DesignModel, *, contracts: str = "") -> str:
    """Write the page of a system's events, as Markdown.

    Args:
        model: the design.
        contracts: where the documents for programs are, from this page; empty if they are nowhere.
    """
    return "\n".join([*_head(model, contracts), *_topic(model), *_events(model)]) + "\n"


def _head(model: DesignModel, contracts: str) -> Iterator[str]:
    yield f"# Events of {model.name}"
    yield ""
    yield "Every fact that one context states for others to follow, read from the declarations."
    asyncapi_at = f"[AsyncAPI 3]({contracts}/asyncapi.yaml)" if contracts else "AsyncAPI 3"
    schemas_at = f"[JSON Schemas]({contracts}/schemas.json)" if contracts else "JSON Schemas"
    yield f"For programs the same is written as {asyncapi_at} and as {schemas_at} (`bookdelivery design asyncapi`,"
    yield "`bookdelivery design schemas`)."
    yield ""
    yield "| event | | stated by | followed by |"
    yield "| --- | --- | --- | --- |"
    for event in _stated(model):
        followers = dict.fromkeys(node.context or node.name for node in _followers(model, event))
        name = f"[{event.name}](#{event.name.lower()})"
        yield f"| {name} | {event.korean} | {event.context} | {', '.join(followers)} |"
    yield ""


def _topic(model: DesignModel) -> Iterator[str]:
    document = asyncapi(model)
    (topic,) = document["channels"]
    yield "## The topic"
    yield ""
    yield f"All events go over one topic, `{topic}`. Messages of one case keep their order, as the case's key is the"
    yield "message's key; each may come more than once. Each context reads as a consumer group of its own name."
    yield ""
    yield "| context | | events |"
    yield "| --- | --- | --- |"
    for operation in document["operations"].values():
        names = [reference["$ref"].rpartition("/")[2] for reference in operation["messages"]]
        yield f"| {operation['tags'][0]['name']} | {operation['action']}s | {', '.join(names)} |"
    yield ""
    yield "The body is JSON; what is about the message, not about the case, travels in its headers (CloudEvents 1.0 in"
    yield "binary mode, W3C trace context):"
    yield ""
    yield from _table("header", document["components"]["schemas"]["Headers"], {})


def _events(model: DesignModel) -> Iterator[str]:
    korean = {term.code: term.korean for term in glossary(model).terms}
    for event in _stated(model):
        yield f"## {event.name}"
        yield ""
        title = f"**{event.korean}.** " if event.korean else ""
        yield f"{title}{event.summary}"
        yield ""
        commands = ", ".join(f"`{one.name}`" for one in model.predecessors(event.id, EdgeKind.EMITS))
        yield f"Stated by *{event.context}* when it decides {commands}. It is about the case `{_key(event)}`."
        yield ""
        for follower in _followers(model, event):
            what = "shows it" if follower.kind is NodeKind.VIEW else _reaction(model, follower)
            yield f"- *{follower.context}*: {follower.name} ({what})"
        for edge in model.outgoing(event.id, EdgeKind.PROMPTS):
            yield f"- people: {edge.facts['habit']} (`{model.node(edge.target).name}`)"
        yield ""
        yield from _table("field", event.schema or {}, korean)


def _reaction(model: DesignModel, policy: Node) -> str:
    return ", ".join(f"`{command.name}`" for command in model.successors(policy.id, EdgeKind.ISSUES))


def _table(what: str, schema: Mapping[str, Any], korean: Mapping[str, str]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    words = "" if what == "header" else " | Korean"
    yield f"| {what} | holds | required{words} |"
    yield "| --- | --- | ---" + (" | ---" if words else "") + " |"
    for name, one in schema.get("properties", {}).items():
        last = f" | {korean.get(name, '')}" if words else ""
        yield f"| `{name}` | {_holds(one)} | {'yes' if name in required else ''}{last} |"
    yield ""


def _holds(schema: Mapping[str, Any]) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_holds(one) for one in schema["anyOf"])
    kind = _KINDS.get(schema.get("type", ""), schema.get("type", "anything"))
    limits = _range(schema, "minimum", "maximum", "") or _range(schema, "minLength", "maxLength", " characters")
    pattern = f", as `{schema['pattern']}`".replace("|", "\\|") if schema.get("pattern", r"\S") != r"\S" else ""
    description = f" ({schema['description']})" if "description" in schema else ""
    return f"{kind}{limits}{pattern}{description}"


def _range(schema: Mapping[str, Any], least: str, most: str, unit: str) -> str:
    if least in schema and most in schema:
        return f", {schema[least]:,} to {schema[most]:,}{unit}"
    if least in schema:
        return f", at least {schema[least]:,}{unit}"
    return f", at most {schema[most]:,}{unit}" if most in schema else ""


_KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "nothing",
    "array": "list",
    "object": "object",
}


def _stated(model: DesignModel) -> Sequence[Node]:
    return [event for event in model.nodes(NodeKind.EVENT) if event.context is not None]


def _followers(model: DesignModel, event: Node) -> Sequence[Node]:
    return [
        *model.successors(event.id, EdgeKind.TRIGGERS),
        *model.successors(event.id, EdgeKind.PROJECTS),
    ]


def _key(event: Node) -> str:
    return wire_name(event.facts["correlation_key"])
