"""What can be asked of a system, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0).

A command that opens a case is a POST to its aggregate's collection, any other a POST to the case with the command's
verb; a view is read with GET. What only contexts send one another is left out unless asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bookdelivery.design.contracts.schemas import described
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.wire_fields import wire_name

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "what would be allowed instead"},
    },
}

RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}}


def openapi(
    model: DesignModel, context: str | None = None, *, internal: bool = False, version: str = "1.0.0"
) -> dict[str, Any]:
    """Describe the commands that people issue and the views they read.

    Args:
        model: the design.
        context: only this context's, by name.
        internal: also the commands that contexts call of one another.
        version: of the document.

    Raises:
        UnknownElement: there is no such context.
    """
    contexts = model.contexts() if context is None else (model.find(context, NodeKind.CONTEXT),)
    names = {one.name for one in contexts}
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for command in model.nodes(NodeKind.COMMAND):
        if command.context in names and _is_offered(model, command, internal):
            paths.setdefault(_path(model, command), {})["post"] = _command(model, command)
            schemas[command.name] = described(command)
    for view in model.nodes(NodeKind.VIEW):
        if view.context in names:
            collection = f"/{_plural(view.facts['row'].removesuffix('Row'))}"
            paths[f"{collection}/{{{_key(view)}}}"] = {"get": _view(view)}
            schemas[view.facts["row"]] = described(view)
    title = model.name if context is None else f"{model.name}: {context}"
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": f"What can be asked of {title}."},
        "tags": [{"name": one.name, "description": f"{one.korean} ({one.facts['subdomain']})"} for one in contexts],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {**schemas, "Problem": PROBLEM}},
    }


def _is_offered(model: DesignModel, command: Node, internal: bool) -> bool:
    issuers = model.predecessors(command.id, EdgeKind.ISSUES)
    by_people = any(issuer.kind is NodeKind.ACTOR for issuer in issuers)
    return by_people or (internal and bool(model.incoming(command.id, EdgeKind.CALLS)))


def _path(model: DesignModel, command: Node) -> str:
    aggregate = model.successors(command.id, EdgeKind.HANDLES)[0]
    collection = f"/{_plural(aggregate.name)}"
    if _opens(command):
        return collection
    verb = _verb(command.name)
    siblings = [node for node in model.predecessors(aggregate.id, EdgeKind.HANDLES) if not _opens(node)]
    if sum(_verb(node.name) == verb for node in siblings) > 1:
        verb = command.name[:1].lower() + command.name[1:]
    return f"{collection}/{{{_key(command)}}}/{verb}"


def _opens(command: Node) -> bool:
    return bool(command.facts["opens"])


def _verb(name: str) -> str:
    return re.split(r"(?<=[a-z])(?=[A-Z])", name)[0].lower()


def _plural(name: str) -> str:
    word = name[:1].lower() + name[1:]
    return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"


def _key(node: Node) -> str:
    return wire_name(node.facts["correlation_key"])


def _command(model: DesignModel, command: Node) -> dict[str, Any]:
    actors = [node.name for node in model.predecessors(command.id, EdgeKind.ISSUES) if node.kind is NodeKind.ACTOR]
    reply = command.facts.get("reply")
    answer: dict[str, Any] = {"description": "Done."}
    if reply:
        answer["content"] = {"application/json": {"schema": reply}}
    operation: dict[str, Any] = {
        "operationId": command.name,
        "summary": command.summary,
        "description": f"{command.korean}. Issued by {', '.join(actors) or 'other contexts'}.".removeprefix(". "),
        "tags": [command.context],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{command.name}"}}},
        },
        "responses": {
            ("201" if _opens(command) else "200" if reply else "204"): answer,
            **{status: _problem(words, headers) for status, words, headers in _problems(model, command)},
        },
    }
    if not _opens(command):
        operation["parameters"] = [_parameter(command)]
        operation["requestBody"]["description"] = f"{_key(command)} as in the path."
    return operation


def _problems(model: DesignModel, command: Node) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for call in model.outgoing(command.id, EdgeKind.CALLS):
        if call.facts.get("fallback"):
            yield "202", f"Put off: {call.facts['fallback']}.", RETRY_AFTER
    if not _opens(command):
        yield "404", "The case is not known.", {}
    yield "409", "Refused by a rule of the business; says what would be allowed.", {}
    yield "422", "A field holds a value it must not hold.", {}
    yield "503", "Not available just now.", RETRY_AFTER


def _problem(words: str, headers: dict[str, Any]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    response: dict[str, Any] = {"description": words, "content": content}
    return {**response, "headers": headers} if headers else response


def _parameter(node: Node) -> dict[str, Any]:
    key = _key(node)
    schema = (node.schema or {}).get("properties", {}).get(key, {"type": "integer"})
    return {"name": key, "in": "path", "required": True, "schema": schema}


def _view(view: Node) -> dict[str, Any]:
    return {
        "operationId": f"read{view.name[:1].upper()}{view.name[1:]}",
        "summary": view.summary,
        "description": view.korean,
        "tags": [view.context],
        "parameters": [_parameter(view)],
        "responses": {
            "200": {
                "description": "As it is known here.",
                "content": {
                    "application/json": {"schema": {"$ref": f"#/components/schemas/{view.facts['row']}"}},
                },
            },
            "404": _problem("Nothing is known of it (yet).", {}),
        },
    }
