"""What goes over the topic, as AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

from typing import Any

from bookdelivery.design.contracts.schemas import described
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

BINDING = "0.5.0"
"""Of the Kafka bindings (asyncapi/bindings, kafka)."""

HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 in binary mode, with W3C trace context.",
    "properties": {
        "content-type": {"const": "application/json"},
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "the same however often the message is delivered"},
        "ce_source": {"type": "string", "description": "the context that published it"},
        "ce_type": {"type": "string", "description": "the event's name"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_correlationid": {"type": "string", "description": "the id of the message that began the conversation"},
        "ce_causationid": {"type": "string", "description": "the id of the message that directly caused this one"},
        "ce_partitionkey": {"type": "string", "description": "the correlation key, on which the order is kept"},
        "ce_schemaversion": {"type": "string", "description": "of the body, where it is not 1"},
        "traceparent": {"type": "string"},
    },
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
}
"""What `bookdelivery.kernel.wire` writes beside the body."""


def asyncapi(model: DesignModel, context: str | None = None, *, version: str = "1.0.0") -> dict[str, Any]:
    """Describe the events on the topic: who sends which, and who receives them as which consumer group.

    Args:
        model: the design.
        context: only what this context sends and receives, by name.
        version: of the document.

    Raises:
        UnknownElement: there is no such context.
    """
    contexts = model.contexts() if context is None else (model.find(context, NodeKind.CONTEXT),)
    operations: dict[str, Any] = {}
    concerned: dict[str, Node] = {}
    for one in contexts:
        sent = list(model.nodes(NodeKind.EVENT, context=one.name))
        received = _received(model, one.name)
        concerned |= {event.name: event for event in (*sent, *received)}
        if sent:
            operations[f"{one.name}Sends"] = _operation(model, one, "send", sent)
        if received:
            operations[f"{one.name}Receives"] = _operation(model, one, "receive", received)
    topic = model.nodes(NodeKind.TOPIC)[0].name
    names = [event.name for event in model.nodes(NodeKind.EVENT) if event.name in concerned]
    title = model.name if context is None else f"{model.name}: {context}"
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": title,
            "version": version,
            "description": f"The events of {title}, as its code declares them.",
        },
        "defaultContentType": "application/json",
        "channels": {
            topic: {
                "address": topic,
                "description": "Ordered by correlation key; at least once.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": {"kafka": {"topic": topic, "bindingVersion": BINDING}},
            }
        },
        "operations": operations,
        "components": {
            "messages": {name: _message(concerned[name]) for name in names},
            "schemas": {**{name: described(concerned[name]) for name in names}, "Headers": HEADERS},
            "correlationIds": {
                "conversation": {
                    "description": "The id of the message that began the conversation.",
                    "location": "$message.header#/ce_correlationid",
                }
            },
        },
    }


def _received(model: DesignModel, context: str) -> list[Node]:
    received = {
        edge.source
        for kind in (EdgeKind.TRIGGERS, EdgeKind.PROJECTS)
        for edge in model.edges(kind)
        if model.node(edge.target).context == context
    }
    return [event for event in model.nodes(NodeKind.EVENT) if event.id in received]


def _operation(model: DesignModel, context: Node, action: str, events: list[Node]) -> dict[str, Any]:
    topic = model.nodes(NodeKind.TOPIC)[0].name
    verb = "states" if action == "send" else "follows"
    binding: dict[str, Any] = {"bindingVersion": BINDING}
    if action == "receive":
        binding["groupId"] = {"type": "string", "enum": [context.name]}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": f"What {context.name} {verb}.",
        "tags": [{"name": context.name}, {"name": context.facts["subdomain"]}],
        "messages": [{"$ref": f"#/channels/{topic}/messages/{event.name}"} for event in events],
        "bindings": {"kafka": binding},
    }


def _message(event: Node) -> dict[str, Any]:
    return {
        "name": event.name,
        "title": event.korean or event.english,
        "summary": event.summary,
        "contentType": "application/json",
        "correlationId": {"$ref": "#/components/correlationIds/conversation"},
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{event.name}"},
        "tags": [{"name": event.context or "unknown"}],
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": BINDING}},
    }
