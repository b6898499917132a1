"""What a command leads to: the tree of its causes and effects, through every context, as a tree and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import pandas as pd

from bookdelivery.design.elements import CAUSAL, Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

WORDS = {
    EdgeKind.ISSUES: "issues",
    EdgeKind.EMITS: "states",
    EdgeKind.TRIGGERS: "sets off",
    EdgeKind.PROMPTS: "prompts",
    EdgeKind.PROJECTS: "is shown in",
    EdgeKind.CALLS: "waits for",
}
"""How each edge reads between its two ends."""

KOREAN = {
    "issues": "명령",
    "states": "발행",
    "sets off": "유발",
    "prompts": "사람이 이어서",
    "is shown in": "반영",
    "waits for": "응답 대기",
    "up to {:g} s": "최대 {:g}초",
    "else": "응답이 없으면",
    "see above": "위 참조",
    "actor": "액터",
    "command": "커맨드",
    "aggregate": "어그리게잇",
    "event": "이벤트",
    "policy": "정책",
    "view": "뷰",
    "external": "외부 시스템",
}
"""The words of a tree for a Korean reader."""

_ORDER = (EdgeKind.CALLS, EdgeKind.ISSUES, EdgeKind.EMITS, EdgeKind.TRIGGERS, EdgeKind.PROMPTS, EdgeKind.PROJECTS)


@attrs.frozen(kw_only=True)
class Step:
    """One thing in a flow, with what it leads to.

    Attributes:
        node: the thing.
        by: the edge that led here; None for the beginning.
        leads_to: what it leads to: answers waited for first, then events, then what these set off.
        told_before: whether it stands elsewhere in the tree already, where it is told what it leads to.
    """

    node: Node
    by: Edge | None = None
    leads_to: tuple[Step, ...] = ()
    told_before: bool = False

    def __iter__(self) -> Iterator[tuple[int, Step]]:
        """Walk through the tree from the top: how deep, and the step."""
        waiting = [(0, self)]
        while waiting:
            depth, step = waiting.pop()
            yield depth, step
            waiting += [(depth + 1, inner) for inner in reversed(step.leads_to)]


@attrs.frozen(kw_only=True)
class Flow:
    """The causal tree of a command, an event, or whatever else begins something.

    Attributes:
        model: the design it is read from.
        root: where it begins.
    """

    model: DesignModel
    root: Step

    @property
    def nodes(self) -> Sequence[str]:
        """The ids of everything in it, each once, as they come."""
        return tuple(dict.fromkeys(step.node.id for _, step in self.root))

    @property
    def edges(self) -> Sequence[Edge]:
        """The edges in it, each once, as they come."""
        edges = {(step.by.source, step.by.target, step.by.key): step.by for _, step in self.root if step.by is not None}
        return tuple(edges.values())

    def _repr_html_(self) -> str:
        from bookdelivery.design.drawing import draw_flow  # noqa: PLC0415 - drawn from this module's class

        return draw_flow(self)._repr_html_()

    def to_text(self, language: str = "en") -> str:
        """Draw the tree with lines, one thing a line."""
        lines: list[str] = []
        waiting = [(self.root, "", True)]
        while waiting:
            step, above, last = waiting.pop()
            lines.append(f"{above}{('└─ ' if last else '├─ ') if step.by else ''}{self._line(step, language)}")
            below = above + (("   " if last else "│  ") if step.by else "")
            waiting += [(inner, below, inner is step.leads_to[-1]) for inner in reversed(step.leads_to)]
        return "\n".join(lines) + "\n"

    def _line(self, step: Step, language: str) -> str:
        def say(words: str) -> str:
            return KOREAN[words] if language == "ko" else words

        node = step.node
        where = ""
        if node.context:
            home = self.model.node(f"{NodeKind.CONTEXT}:{node.context}")
            where = f" [{home.label(language)}]"
        words = f"{say(node.kind)} {node.label(language)}{where}"
        if step.by is None:
            return words
        words = f"{say(WORDS[step.by.kind])} {words}"
        if "timeout_s" in step.by.facts:
            words += " " + say("up to {:g} s").format(step.by.facts["timeout_s"])
        fallback = step.by.facts.get("fallback")
        if fallback:
            words += f", {say('else')} {self.model.language.get(fallback, fallback) if language == 'ko' else fallback}"
        return words + (f" ({say('see above')})" if step.told_before else "")

    def to_pandas(self) -> pd.DataFrame:
        """Give a table, one row an edge: depth, cause, how, effect, kind and context of the effect, waits, fallback.

        `waits` says whether the cause waits for the effect (request/response) or goes on (publish/subscribe).
        """
        rows = [
            (
                depth,
                self.model.node(step.by.source).name,
                WORDS[step.by.kind],
                step.node.name,
                str(step.node.kind),
                step.node.context or "",
                step.by.kind is EdgeKind.CALLS,
                str(step.by.facts.get("fallback", "")),
            )
            for depth, step in self.root
            if step.by is not None
        ]
        columns = ["depth", "cause", "how", "effect", "kind", "context", "waits", "fallback"]
        return pd.DataFrame(rows, columns=columns)


def flow(model: DesignModel, begins: str, *, people: bool = True) -> Flow:
    """Give the causal tree of something.

    Args:
        model: the design.
        begins: a command, event, policy or actor, by name or id.
        people: whether to go on where an event prompts a person to issue the next command.

    Raises:
        UnknownElement: there is nothing of that name.
    """
    kinds = (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.ACTOR, NodeKind.POLICY)
    root = model.find(begins, *kinds)
    followed = CAUSAL if people else CAUSAL - {EdgeKind.PROMPTS}
    return Flow(model=model, root=_grown(model, root, followed))


@attrs.define
class _Growing:
    """A step whose branches are still to be grown; a design may be deeper than Python's own stack."""

    node: Node
    by: Edge | None
    to_come: Iterator[Edge]
    leads_to: list[Step] = attrs.field(factory=list)


def _grown(model: DesignModel, root: Node, followed: frozenset[EdgeKind]) -> Step:
    told = {root.id}
    path = [_Growing(root, None, iter(_effects(model, root, followed)))]
    while True:
        growing = path[-1]
        edge = next(growing.to_come, None)
        if edge is None:
            step = Step(node=growing.node, by=growing.by, leads_to=tuple(growing.leads_to))
            path.pop()
            if not path:
                return step
            path[-1].leads_to.append(step)
            continue
        node = model.node(edge.target)
        effects = _effects(model, node, followed)
        if node.id in told:
            growing.leads_to.append(Step(node=node, by=edge, told_before=bool(effects)))
        else:
            told.add(node.id)
            path.append(_Growing(node, edge, iter(effects)))


def _effects(model: DesignModel, node: Node, followed: frozenset[EdgeKind]) -> Sequence[Edge]:
    edges = [edge for edge in model.outgoing(node.id) if edge.kind in followed]
    return sorted(edges, key=lambda edge: _ORDER.index(edge.kind))
