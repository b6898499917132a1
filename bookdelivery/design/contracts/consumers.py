"""Consumer contracts: what each follower of an event reads of it, held against what its producer states.

An expectation names the fields that a policy or view really reads, as far as its code says it, each with the schema
that the reader was built for. Programs that are not in the model bring theirs along in the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from bookdelivery.design.contracts.fitting import Misfit, misfits
from bookdelivery.design.elements import EdgeKind, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.errors import InvalidMessage

Schema = Mapping[str, Any]

DOCUMENT = "the expectations"


@attrs.frozen(kw_only=True)
class Expectation:
    """What one consumer counts on of one event.

    Attributes:
        consumer: the context or program.
        by: the policy or view in it.
        event: the event's name.
        expects: the schema of what is read of it.
    """

    consumer: str
    by: str
    event: str
    expects: Schema

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {"consumer": self.consumer, "by": self.by, "event": self.event, "expects": dict(self.expects)}


@attrs.frozen
class Unmet:
    """An expectation that a producer does not meet.

    Attributes:
        expectation: whose.
        misfit: the field, and what is wrong with it.
    """

    expectation: Expectation
    misfit: Misfit

    def __str__(self) -> str:
        one = self.expectation
        what = f"{one.event}.{self.misfit.field}" if self.misfit.field else one.event
        return f"{one.consumer} ({one.by}) counts on {what}: it {self.misfit.why}"


def expectations(model: DesignModel) -> Sequence[Expectation]:
    """Give what the policies and views of a design read of events, in the order of the design."""
    found: list[Expectation] = []
    for kind in (EdgeKind.TRIGGERS, EdgeKind.PROJECTS):
        for edge in model.edges(kind):
            event, reader = model.node(edge.source), model.node(edge.target)
            if event.kind is NodeKind.EVENT and event.schema is not None and reader.context is not None:
                reads: list[str] = edge.facts.get("reads", list(event.schema.get("properties", {})))
                expects = _part(event.schema, reads)
                by = f"{reader.kind} {reader.name}"
                found.append(Expectation(consumer=reader.context, by=by, event=event.name, expects=expects))
    return found


def unmet(expected: Sequence[Expectation], schemas: Mapping[str, Schema]) -> Sequence[Unmet]:
    """Hold expectations against what is stated.

    Args:
        expected: the expectations of all consumers.
        schemas: of all events, by name, as their producers state them now.
    """
    found: list[Unmet] = []
    for one in expected:
        schema = schemas.get(one.event)
        if schema is None:
            found.append(Unmet(one, Misfit("", "is stated by nobody any more")))
        else:
            found += [Unmet(one, misfit) for misfit in misfits(schema, one.expects)]
    return found


def read_expectations(document: Any, where: str) -> Sequence[Expectation]:
    """Read expectations from parsed JSON: a list of objects with `consumer`, `by`, `event` and `expects`.

    Raises:
        InvalidMessage: it is no such list; says where.
    """
    if not isinstance(document, list):
        raise InvalidMessage(where, [f"{DOCUMENT} must be a list"])
    found = []
    for place, one in enumerate(document):
        names = ("consumer", "by", "event")
        wrong = not isinstance(one, Mapping) or not isinstance(one.get("expects"), Mapping)
        if wrong or not all(isinstance(one.get(name), str) for name in names):
            raise InvalidMessage(where, [f"[{place}] must be an object with consumer, by, event and expects"])
        found.append(Expectation(expects=one["expects"], **{name: one[name] for name in names}))
    return found


def _part(schema: Schema, reads: Sequence[str]) -> Schema:
    properties = {name: one for name, one in schema.get("properties", {}).items() if name in reads}
    required = [name for name in schema.get("required", ()) if name in properties]
    return {"type": "object", "properties": properties, "required": required}
