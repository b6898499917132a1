"""What contexts call of one another over HTTP, as OpenAPI: `POST /calls/Pay`, for neighbours alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bookdelivery.design.contracts import openapi_parts as parts
from bookdelivery.design.contracts.schemas import described
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

_TIMEOUT: dict[str, Any] = {
    "name": "request-timeout-s",
    "in": "header",
    "description": "How many seconds the caller waits; after that nobody works on it any longer.",
    "schema": {"type": "number", "exclusiveMinimum": 0},
}


def calls(model: DesignModel, contexts: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe what others call of some contexts: the paths, and the schemas they refer to.

    Args:
        model: the design.
        contexts: their names.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for command in model.nodes(NodeKind.COMMAND):
        if command.context in contexts and model.incoming(command.id, EdgeKind.CALLS):
            paths[f"/calls/{command.name}"] = {"post": _operation(model, command)}
            schemas[f"{command.name}Call"] = described(command)
            schemas[f"{command.name}Reply"] = _reply(command)
    return paths, schemas


def _operation(model: DesignModel, command: Node) -> dict[str, Any]:
    callers = ", ".join(dict.fromkeys(node.context or "" for node in model.predecessors(command.id, EdgeKind.CALLS)))
    form = {"schema": {"$ref": f"#/components/schemas/{command.name}Reply"}}
    return {
        "operationId": f"call{command.name}",
        "summary": command.summary,
        "description": f"{command.korean}. Called by {callers}.".removeprefix(". "),
        "tags": [command.context],
        "parameters": [parts.IDEMPOTENCY_KEY, _TIMEOUT],
        "requestBody": parts.body(f"{command.name}Call"),
        "responses": {
            "200": {"description": "What the command answers.", "content": {"application/json": form}},
            **parts.problems("400", "404", "409", "422", "503", "504"),
        },
    }


def _reply(command: Node) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "description": "Which answer it is; empty where there is nothing to say."},
            "fields": command.facts.get("reply") or {"type": "object"},
        },
        "required": ["type", "fields"],
    }
