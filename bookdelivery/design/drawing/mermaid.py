"""Charts for Mermaid: nodes, edges and groups, which Mermaid places by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

import attrs

from bookdelivery.design.drawing.theme import INK, STICKY


class Chart(Protocol):
    """What can be written for Mermaid."""

    def to_mermaid(self) -> str:
        """Write it."""
        ...


_SHAPES: Mapping[str, tuple[str, str]] = {
    "aggregate": ("[[", "]]"),
    "policy": ("{{", "}}"),
    "actor": ("([", "])"),
    "view": ("[/", "/]"),
    "external": (">", "]"),
    "store": ("[(", ")]"),
    "topic": ("[(", ")]"),
}
"""The brackets of kinds that are no plain box."""


@attrs.frozen
class Box:
    """A node of a flowchart.

    Attributes:
        id: unique in the chart.
        kind: gives it its colour and shape.
        label: what it says.
        group: the group it stands in, empty for none.
    """

    id: str
    kind: str
    label: str
    group: str = ""


@attrs.frozen
class Arrow:
    """An edge of a flowchart.

    Attributes:
        source: a node's id.
        target: a node's id.
        label: what it says, empty for nothing.
        dashed: whether it is.
    """

    source: str
    target: str
    label: str = ""
    dashed: bool = False


@attrs.frozen
class Flowchart:
    """A flowchart.

    Attributes:
        boxes: its nodes.
        arrows: its edges.
        groups: the label of each group by its id, in order.
        direction: `LR` or `TB`.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    groups: Mapping[str, str] = attrs.field(factory=dict)
    direction: str = "LR"

    def to_mermaid(self) -> str:
        """Write it."""
        names = {box.id: f"n{index}" for index, box in enumerate(self.boxes)}
        lines = [f"flowchart {self.direction}"]
        for index, (group, label) in enumerate(self.groups.items()):
            lines.append(f'  subgraph g{index}["{_quoted(label)}"]')
            lines += [f"    {_box(box, names)}" for box in self.boxes if box.group == group]
            lines.append("  end")
        lines += [f"  {_box(box, names)}" for box in self.boxes if box.group not in self.groups]
        for arrow in self.arrows:
            label = f'|"{_quoted(arrow.label)}"|' if arrow.label else ""
            lines.append(f"  {names[arrow.source]} {'-.->' if arrow.dashed else '-->'}{label} {names[arrow.target]}")
        for kind in dict.fromkeys(box.kind for box in self.boxes):
            lines.append(f"  classDef {kind} fill:{STICKY.get(kind, '#FFFFFF')},stroke:#00000040,color:{INK}")
        return "\n".join(lines) + "\n"


def _box(box: Box, names: Mapping[str, str]) -> str:
    opening, closing = _SHAPES.get(box.kind, ("[", "]"))
    return f'{names[box.id]}{opening}"{_quoted(box.label)}"{closing}:::{box.kind}'


@attrs.frozen
class StateChart:
    """A state diagram.

    Attributes:
        initial: the state it begins in.
        states: all states.
        transitions: source, target and label of each.
    """

    initial: str
    states: tuple[str, ...]
    transitions: tuple[tuple[str, str, str], ...]

    def to_mermaid(self) -> str:
        """Write it."""
        names = {state: f"s{index}" for index, state in enumerate(self.states)}
        lines = ["stateDiagram-v2", *(f'  state "{_quoted(state)}" as {names[state]}' for state in self.states)]
        lines.append(f"  [*] --> {names[self.initial]}")
        lines += [f"  {names[a]} --> {names[b]}: {_plain(label)}" for a, b, label in self.transitions]
        leaving = {source for source, target, _ in self.transitions if source != target}
        lines += [f"  {names[state]} --> [*]" for state in self.states if state not in leaving]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;").replace("\n", " ")


def _plain(text: str) -> str:
    return re.sub(r"[:;#\n]", " ", text)
