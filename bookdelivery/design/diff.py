"""Two models compared in words: what was added, removed or changed, and who is affected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import attrs
import pandas as pd

from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel


class How(StrEnum):
    """How something differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@attrs.frozen(kw_only=True)
class Difference:
    """One thing that differs between two models.

    Attributes:
        how: how it differs.
        what: the id of the node, or of the node where the edge begins.
        words: the difference in a sentence.
        affected: the names of the contexts that have to do with it, apart from its own.
        breaking: whether those affected have to change as well.
    """

    how: How
    what: str
    words: str
    affected: tuple[str, ...] = ()
    breaking: bool = False

    def __str__(self) -> str:
        mark = "! " if self.breaking else "  "
        who = f" (affects {', '.join(self.affected)})" if self.affected else ""
        return f"{mark}{self.how}: {self.words}{who}"


def diff(old: DesignModel, new: DesignModel) -> Sequence[Difference]:
    """Compare two models.

    Where something is defined and how it is explained makes no difference to anybody, so neither is compared.

    Args:
        old: how it was.
        new: how it is now.
    """
    found = [*_removed(old, new), *_added(old, new), *_changed(old, new), *_rewired(old, new)]
    kinds = list(NodeKind)
    order = list(How)
    return sorted(
        found,
        key=lambda one: (not one.breaking, order.index(one.how), kinds.index(_kind(one.what)), one.what, one.words),
    )


def to_pandas(found: Sequence[Difference]) -> pd.DataFrame:
    """Give a table: how, what, words, affected (names with commas between), breaking."""
    rows = [(str(one.how), one.what, one.words, ", ".join(one.affected), one.breaking) for one in found]
    return pd.DataFrame(rows, columns=["how", "what", "words", "affected", "breaking"])


def affected_by(model: DesignModel, node: Node) -> tuple[str, ...]:
    """Name the contexts that react to, show, call or issue something, apart from its own."""
    others: dict[str, None] = {}
    for edge in (
        *model.outgoing(node.id, EdgeKind.TRIGGERS, EdgeKind.PROJECTS, EdgeKind.PROMPTS),
        *model.incoming(node.id, EdgeKind.CALLS, EdgeKind.ISSUES),
    ):
        other = model.node(edge.target if edge.source == node.id else edge.source).context
        if other is not None and other != node.context:
            others[other] = None
    return tuple(others)


def _kind(id: str) -> NodeKind:
    return NodeKind(id.partition(":")[0])


def _called(node: Node) -> str:
    where = f" of {node.context}" if node.context and node.kind is not NodeKind.CONTEXT else ""
    return f"{node.kind} {node.name}{where}"


def _removed(old: DesignModel, new: DesignModel) -> Iterator[Difference]:
    for node in old.nodes():
        if node.id not in new:
            affected = affected_by(old, node)
            # Whoever went with it needs to do nothing any more.
            affected = tuple(name for name in affected if f"{NodeKind.CONTEXT}:{name}" in new)
            yield Difference(
                how=How.REMOVED, what=node.id, words=_called(node), affected=affected, breaking=bool(affected)
            )


def _added(old: DesignModel, new: DesignModel) -> Iterator[Difference]:
    for node in new.nodes():
        if node.id not in old:
            yield Difference(how=How.ADDED, what=node.id, words=_called(node), affected=affected_by(new, node))


def _changed(old: DesignModel, new: DesignModel) -> Iterator[Difference]:
    for node in new.nodes():
        if node.id in old:
            before = old.node(node.id)
            yield from _facts(before, node)
            yield from _fields(before, node, affected_by(new, node))


def _facts(before: Node, after: Node) -> Iterator[Difference]:
    plain = {"context": (before.context, after.context), "Korean name": (before.korean, after.korean)}
    yield from _lifecycle(before, after)
    keys = [key for key in dict.fromkeys((*before.facts, *after.facts)) if key != "lifecycle"]
    facts = {key.replace("_", " "): (before.facts.get(key), after.facts.get(key)) for key in keys}
    for name, (was, is_now) in {**plain, **facts}.items():
        if was != is_now:
            words = f"{_called(after)}: {name} was {_said(was)}, is {_said(is_now)}"
            yield Difference(how=How.CHANGED, what=after.id, words=words)


def _lifecycle(before: Node, after: Node) -> Iterator[Difference]:
    was, is_now = (_steps(node.facts.get("lifecycle", {})) for node in (before, after))
    for how, steps in ((How.REMOVED, was - is_now), (How.ADDED, is_now - was)):
        for step in sorted(steps):
            yield Difference(how=how, what=after.id, words=f"{_called(after)}: the transition {step}")


def _steps(lifecycle: Mapping[str, Any]) -> set[str]:
    steps = set()
    for step in lifecycle.get("transitions", ()):
        guards = f" if {' and '.join(step['guards'])}" if step["guards"] else ""
        steps.add(f"{step['trigger']}: {step['source']} -> {step['dest']}{guards}")
    return steps


def _said(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields(before: Node, after: Node, affected: tuple[str, ...]) -> Iterator[Difference]:
    """Compare two schemas from the view of those who deal with the message.

    A reader of events breaks when a field goes, or may hold what it could not; a sender of commands breaks when a field
    is asked for, or may no longer hold what it could.
    """
    was, is_now = _properties(before), _properties(after)
    required = (set(_required(before)), set(_required(after)))
    is_event = after.kind is NodeKind.EVENT
    for name in was.keys() - is_now.keys():
        words = f"{_called(after)}: the field {name} is gone"
        yield _field(after, How.REMOVED, words, affected, breaking=is_event and name in required[0])
    for name in is_now.keys() - was.keys():
        asked = name in required[1]
        words = f"{_called(after)}: a field {name}{' that is required' if asked else ''}"
        yield _field(after, How.ADDED, words, affected, breaking=asked and not is_event)
    for name in was.keys() & is_now.keys():
        if was[name] != is_now[name]:
            words = f"{_called(after)}: the field {name} was {_said(was[name])}, is {_said(is_now[name])}"
            yield _field(after, How.CHANGED, words, affected, breaking=True)
        elif (name in required[0]) != (name in required[1]):
            asked = name in required[1]
            words = f"{_called(after)}: the field {name} is {'required now' if asked else 'required no more'}"
            yield _field(after, How.CHANGED, words, affected, breaking=asked != is_event)


def _field(node: Node, how: How, words: str, affected: tuple[str, ...], *, breaking: bool) -> Difference:
    return Difference(how=how, what=node.id, words=words, affected=affected, breaking=breaking and bool(affected))


def _properties(node: Node) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = (node.schema or {}).get("properties", {})
    return properties


def _required(node: Node) -> Sequence[str]:
    required: Sequence[str] = (node.schema or {}).get("required", [])
    return required


VERBS = {
    EdgeKind.ISSUES: "issues",
    EdgeKind.HANDLES: "is handled by",
    EdgeKind.EMITS: "states",
    EdgeKind.TRIGGERS: "sets off",
    EdgeKind.PROMPTS: "prompts",
    EdgeKind.PROJECTS: "is shown in",
    EdgeKind.CALLS: "waits for",
}
"""The edges that are compared; the others follow from the nodes."""


def _rewired(old: DesignModel, new: DesignModel) -> Iterator[Difference]:
    before, after = _edges(old), _edges(new)
    for key in before.keys() | after.keys():
        if not all(end in old and end in new for end in key[:2]):
            continue  # The node that came or went has been told already.
        edge = after.get(key) or before[key]
        words = f"{_called(new.node(edge.source))} {VERBS[edge.kind]} {_called(new.node(edge.target))}"
        if key not in before:
            yield Difference(how=How.ADDED, what=edge.source, words=words)
        elif key not in after:
            affected = _ends(old, edge)
            yield Difference(how=How.REMOVED, what=edge.source, words=words, affected=affected)
        elif _terms(before[key]) != _terms(after[key]):
            was, is_now = _terms(before[key]), _terms(after[key])
            changes = ", ".join(
                f"{name.replace('_', ' ')} was {_said(was.get(name))}, is {_said(is_now.get(name))}"
                for name in dict.fromkeys((*was, *is_now))
                if was.get(name) != is_now.get(name)
            )
            yield Difference(how=How.CHANGED, what=edge.source, words=f"{words}: {changes}", affected=_ends(new, edge))


def _edges(model: DesignModel) -> Mapping[tuple[str, str, str], Edge]:
    return {(edge.source, edge.target, edge.key): edge for edge in model.edges() if edge.kind in VERBS}


def _terms(edge: Edge) -> Mapping[str, Any]:
    return {name: value for name, value in edge.facts.items() if name not in ("file", "line", "reads")}


def _ends(model: DesignModel, edge: Edge) -> tuple[str, ...]:
    contexts = (model.node(edge.source).context, model.node(edge.target).context)
    return tuple(dict.fromkeys(name for name in contexts if name is not None))
