"""JSON Schemas of all messages, one document each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel

VERSION = "x-schema-version"
"""Where a message's schema says its version, if that is not 1."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas(model: DesignModel, context: str | None = None) -> Mapping[str, dict[str, Any]]:
    """Give the schema of every event and command, by its name.

    Args:
        model: the design.
        context: only this context's messages.
    """
    messages = [
        node
        for kind in (NodeKind.EVENT, NodeKind.COMMAND)
        for node in model.nodes(kind, context=context)
        if node.context is not None
    ]
    return {node.name: {"$schema": DRAFT, **described(node)} for node in messages}


def described(node: Node) -> dict[str, Any]:
    """Give a message's schema with its docstring and Korean name."""
    schema = dict(node.schema or {})
    title = {"title": schema.pop("title", node.name)}
    korean = {"x-korean": node.korean} if node.korean else {}
    version = node.facts.get("schema_version", 1)
    versioned = {VERSION: version} if version != 1 else {}
    return {**title, "description": node.doc, **korean, **versioned, **schema}
