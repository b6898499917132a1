"""The pieces that every path of an OpenAPI document is put together from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "names the kind of problem"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "what would be allowed instead"},
        "errors": {"type": "array", "items": {"type": "string"}, "description": "every field that is wrong, and why"},
    },
    "required": ["title", "status"],
}

LINKS: dict[str, Any] = {
    "title": "Links",
    "description": "Where to go on from here (HAL, draft-kelly-json-hal): `self`, and the resource by its own name.",
    "type": "object",
    "properties": {"self": {"$ref": "#/components/schemas/Links/$defs/link"}},
    "additionalProperties": {"$ref": "#/components/schemas/Links/$defs/link"},
    "required": ["self"],
    "$defs": {"link": {"type": "object", "properties": {"href": {"type": "string"}}, "required": ["href"]}},
}

RETRY_AFTER: dict[str, Any] = {
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}
}
ASKS_FOR_TOKEN: dict[str, Any] = {
    "WWW-Authenticate": {"description": "What is asked for (RFC 6750, section 3).", "schema": {"type": "string"}}
}
LOCATION: dict[str, Any] = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
PUT_OFF = {**LOCATION, **RETRY_AFTER}

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key again has the same answer and no second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

PAGING: list[dict[str, Any]] = [
    {
        "name": "after",
        "in": "query",
        "description": "Begin after this one; `_links.next` has it.",
        "schema": {"type": "integer", "minimum": 0, "default": 0},
    },
    {
        "name": "size",
        "in": "query",
        "description": "How many at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    },
]

_PROBLEMS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "400": ("What was sent cannot be read.", {}),
    "401": ("No token, or none that is good.", ASKS_FOR_TOKEN),
    "403": ("The token is not for this.", ASKS_FOR_TOKEN),
    "404": ("It is not known here (yet).", {}),
    "409": ("Refused by a rule of the business; says what would be allowed.", {}),
    "422": ("A field holds a value it must not hold.", {}),
    "429": ("Too much is asked for.", RETRY_AFTER),
    "503": ("Not available just now.", RETRY_AFTER),
    "504": ("It took longer than the caller waits.", {}),
}


def problems(*statuses: str) -> dict[str, Any]:
    """Describe what may go wrong, by HTTP status."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {}
    for status in statuses:
        words, headers = _PROBLEMS[status]
        found[status] = {"description": words, "content": content, **({"headers": headers} if headers else {})}
    return found


def answer(words: str, schema: str, *, headers: Mapping[str, Any] | None = None, live: bool = False) -> dict[str, Any]:
    """Describe an answer.

    Args:
        words: what it says.
        schema: the name of its schema.
        headers: what else it carries.
        live: whether it can also be had as a stream of server-sent events, one each time it changes.
    """
    form = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    content: dict[str, Any] = {"application/hal+json": form, "application/json": form}
    if live:
        words = f"{words} As a stream: again each time it changes."
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {"description": words, **({"headers": dict(headers)} if headers else {}), "content": content}


def body(schema: str, *, required: bool = True) -> dict[str, Any]:
    """Describe the body of a request."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"required": required, "content": content}


def path_parameter(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Describe what identifies a resource in its path."""
    own = schema["properties"].get(name, {"type": "integer"})
    return {"name": name, "in": "path", "required": True, "schema": own}


def with_links(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema of a resource its links."""
    properties = {**schema["properties"], "_links": {"$ref": "#/components/schemas/Links"}}
    return {**schema, "properties": properties, "required": [*schema["required"], "_links"]}


def extended(name: str, reply: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema of a resource together with what the command answered."""
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}, reply]}


def page(collection: str, name: str) -> dict[str, Any]:
    """Give the schema of a page of a collection; `_links.next` is there as long as there are more."""
    listed = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    embedded = {"type": "object", "properties": {collection: listed}, "required": [collection]}
    properties = {"_embedded": embedded, "_links": {"$ref": "#/components/schemas/Links"}}
    return {"type": "object", "properties": properties, "required": ["_embedded", "_links"]}


def capital(name: str) -> str:
    """Begin a name with a capital letter."""
    return name[:1].upper() + name[1:]
