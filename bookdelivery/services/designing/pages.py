"""The documentation's pages and contracts that are written from a design, in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bookdelivery.design.contracts import event_catalogue
from bookdelivery.design.glossary import glossary
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules import RULES
from bookdelivery.design.rules.document import rule_page, rules_index
from bookdelivery.kernel.context import Context
from bookdelivery.services.designing.contracts import broken_by, contracts, refuse
from bookdelivery.services.designing.source import contexts_of, design_of
from bookdelivery.services.designing.text import emit


def pages(model: DesignModel, contexts: Sequence[Context] = ()) -> Mapping[str, str]:
    """Give every page and contract of a design, by its path within the documentation.

    The event catalogue, the glossary, the design rules with a page for each, and the contracts for programs.

    Args:
        model: the design.
        contexts: those it was made from, as far as they are at hand.
    """
    return {
        "reference/events.md": event_catalogue(model, contracts="../contracts"),
        "explanation/glossary.md": glossary(model).to_markdown(),
        "reference/design-rules.md": rules_index(),
        **{f"reference/rules/{rule.id.lower()}.md": rule_page(rule) for rule in RULES},
        **{f"contracts/{path}": text for path, text in contracts(model, contexts).items()},
    }


def write_pages(of: str, directory: Path) -> int:
    """Write them below a directory, unless they break a contract that was published there.

    Raises:
        UnwritableOutput: one cannot be written.
    """
    model = design_of(of)
    if found := broken_by(model, directory / "contracts"):
        return refuse(found, "nothing was written; where all who are concerned agree: bookdelivery design contracts")
    for path, text in pages(model, contexts_of(of)).items():
        emit(text, directory / path)
    return 0
