"""What a design rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import attrs

from bookdelivery.design.elements import Node
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.context import Context


class Severity(StrEnum):
    """How bad it is, in SARIF's words (SARIF 2.1.0, section 3.27.10)."""

    ERROR = "error"
    """The system does wrong, or cannot be composed at all."""
    WARNING = "warning"
    """It works, and will hurt."""
    NOTE = "note"
    """Worth a thought."""


@attrs.frozen
class Found:
    """One place where a rule is broken, as the rule reports it.

    Attributes:
        node: what is at fault.
        message: what is wrong with it, naming everything concerned.
        about: what tells it from other findings of the same rule on the same node.
    """

    node: Node
    message: str
    about: str = ""


Check = Callable[[DesignModel], Iterable[Found]]
Specimen = Callable[[], Sequence[Context]]


@attrs.frozen(kw_only=True)
class Rule:
    """A rule that designs keep.

    Attributes:
        id: short and stable, such as `D01`.
        name: what it demands, in a sentence.
        rationale: why.
        checkpoints: the numbers of the assignment's checkpoints that it answers.
        fix: what to do about a finding.
        check: finds where a design breaks it.
        specimen: a small system that breaks it.
        severity: how bad it is to break it.
    """

    id: str
    name: str
    rationale: str
    checkpoints: tuple[int, ...]
    fix: str
    check: Check = attrs.field(repr=False)
    specimen: Specimen = attrs.field(repr=False)
    severity: Severity = Severity.ERROR


@attrs.frozen(kw_only=True)
class Finding:
    """One place where a rule is broken.

    Attributes:
        rule: the rule.
        node: what is at fault.
        message: what is wrong with it.
        about: what tells it from other findings of the same rule on the same node.
        accepted: why the team lives with it (from the baseline), empty where it does not.
    """

    rule: Rule
    node: Node
    message: str
    about: str = ""
    accepted: str = ""

    @property
    def fingerprint(self) -> str:
        """What it is known by in a baseline: the rule, the thing and what it is about, but no line number."""
        return " ".join(part for part in (self.rule.id, self.node.id, self.about) if part)
