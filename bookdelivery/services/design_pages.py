"""The documentation's pages and contracts that are written from a design, in one go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bookdelivery.design.contracts import asyncapi, event_catalogue, json_schemas, openapi, to_json, to_yaml
from bookdelivery.design.glossary import glossary
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules import RULES
from bookdelivery.design.rules.document import rule_page, rules_index
from bookdelivery.services.design_source import design_of
from bookdelivery.services.design_text import emit


def pages(model: DesignModel) -> Mapping[str, str]:
    """Give every page and contract of a design, by its path within the documentation.

    The event catalogue, the glossary, the design rules with a page for each; and for programs the AsyncAPI document,
    the JSON Schemas of all messages and an OpenAPI document of each context.
    """
    return {
        "reference/events.md": event_catalogue(model, contracts="../contracts"),
        "explanation/glossary.md": glossary(model).to_markdown(),
        "reference/design-rules.md": rules_index(),
        **{f"reference/rules/{rule.id.lower()}.md": rule_page(rule) for rule in RULES},
        "contracts/asyncapi.yaml": to_yaml(asyncapi(model)),
        "contracts/schemas.json": to_json(json_schemas(model)),
        **{
            f"contracts/openapi-{context.name}.yaml": to_yaml(openapi(model, context.name, internal=True))
            for context in model.contexts()
        },
    }


def write_pages(of: str, directory: Path) -> int:
    """Write them below a directory.

    Raises:
        UnwritableOutput: one cannot be written.
    """
    for path, text in pages(design_of(of)).items():
        emit(text, directory / path)
    return 0
