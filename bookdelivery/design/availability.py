"""Uptime arithmetic: what each operation needs, single points of failure, minimal cut sets, predicted availability.

Synchronous chains multiply, asynchronous ones do not: an operation needs what it waits for, while what follows its
events is made up for later. The numbers assume that parts fail independently of one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import prod

import attrs
import networkx as nx
import pandas as pd

from bookdelivery.design.elements import CAUSAL, EdgeKind, Node, NodeKind
from bookdelivery.design.impact import Effect, impact, operations
from bookdelivery.design.model import DesignModel
from bookdelivery.design.workings import Workings
from bookdelivery.kernel.errors import InvalidField

MINUTES_A_YEAR = 365.25 * 24 * 60

PARTS = (NodeKind.CONTEXT, NodeKind.EXTERNAL, NodeKind.TOPIC)
"""The kinds of thing that go down as a whole. A context's store goes down with it, and counts as a part of it."""


@attrs.frozen(kw_only=True)
class Uptime:
    """How available one operation is.

    Attributes:
        operation: a command that people issue, or a view that they read.
        answered: the predicted share of time in which whoever asks is not turned away.
        at_once: the predicted share of time in which no answer it waits for is missing either, so that nothing is put
            off.
        needs: the ids of the parts without which whoever asks is turned away.
        falls_back_for: the ids of the parts without which it is answered, but put off.
        follows: the ids of the parts that it follows asynchronously: without one there is nothing new to do or to show,
            which makes it no less available.
        unknown: those of `needs` and `falls_back_for` whose uptime nobody states. They are taken as always up, so that
            the shares are upper bounds.
    """

    operation: Node
    answered: float
    at_once: float
    needs: tuple[str, ...]
    falls_back_for: tuple[str, ...]
    follows: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def down_minutes_a_year(self) -> float:
        """The predicted minutes a year in which whoever asks is turned away."""
        return (1.0 - self.answered) * MINUTES_A_YEAR


def uptimes(model: DesignModel, stated: Mapping[str, float] | None = None) -> Sequence[Uptime]:
    """Predict the availability of every operation from the uptime goals of contexts.

    Args:
        model: the design.
        stated: uptimes from 0 to 1 that differ from the goals, or complete them, by the name or id of a context,
            external system or topic.

    Raises:
        InvalidField: an uptime is not between 0 and 1.
        UnknownElement: there is no such part.
    """
    known = _known(model, stated or {})
    workings = Workings(model)
    down = {part.id: impact(model, part.id, workings=workings) for part in _parts(model)}
    found: list[Uptime] = []
    for operation in operations(model):
        harmed = {id: one[operation.id] for id, one in down.items() if one[operation.id] is not Effect.UNHARMED}
        needs = tuple(id for id, effect in harmed.items() if effect is Effect.STOPS)
        waits = [id for id, effect in harmed.items() if effect is Effect.WAITS]
        falls_back_for = tuple(id for id in waits if operation.id in workings.possible((id,)))
        found.append(
            Uptime(
                operation=operation,
                answered=prod(known.get(id, 1.0) for id in needs),
                at_once=prod(known.get(id, 1.0) for id in (*needs, *falls_back_for)),
                needs=needs,
                falls_back_for=falls_back_for,
                follows=tuple(id for id in harmed if id not in {*needs, *falls_back_for}),
                unknown=tuple(id for id in (*needs, *falls_back_for) if id not in known),
            )
        )
    return found


def uptimes_table(found: Iterable[Uptime]) -> pd.DataFrame:
    """Give a table, one row an operation, with the attributes of `Uptime`; parts by name, with commas between."""
    rows = []
    for one in found:
        parts = (one.needs, one.falls_back_for, one.follows, one.unknown)
        names = [", ".join(id.partition(":")[2] for id in ids) for ids in parts]
        numbers = (one.answered, one.at_once, one.down_minutes_a_year)
        rows.append((one.operation.name, one.operation.context or "", *numbers, *names))
    columns = ["operation", "context", "answered", "at_once", "down_minutes_a_year"]
    return pd.DataFrame(rows, columns=[*columns, "needs", "falls_back_for", "follows", "unknown"])


def cut_sets(model: DesignModel, target: str, *, size: int = 2) -> Sequence[tuple[str, ...]]:
    """Give the minimal cut sets of something: the parts that, gone together, keep it from happening, none in vain.

    Args:
        model: the design.
        target: a command, event, policy or view, by name or id; a view is kept from showing anything.
        size: how many parts at most.

    Returns:
        Sets of ids, the smallest first. Those of one part are its single points of failure.

    Raises:
        UnknownElement: there is nothing of that name.
    """
    node = model.find(target, NodeKind.EVENT, NodeKind.COMMAND, NodeKind.VIEW, NodeKind.POLICY)
    workings = Workings(model)
    candidates = _upstream(model, node)
    cuts: list[tuple[str, ...]] = []
    for count in range(1, size + 1):
        for parts in combinations(candidates, count):
            if not any(set(cut) <= set(parts) for cut in cuts) and _is_cut(model, workings, node, parts):
                cuts.append(parts)
    return cuts


def single_points_of_failure(model: DesignModel, target: str) -> Sequence[str]:
    """Give the parts without any one of which something cannot happen; see `cut_sets`."""
    return [cut[0] for cut in cut_sets(model, target, size=1)]


def dominators(model: DesignModel, begins: str, target: str) -> Sequence[str]:
    """Give the commands, events and policies that every way from one thing to another leads through.

    These are the immediate dominators of the causal graph (networkx, after Cooper, Harvey and Kennedy), from the
    beginning to the end: where a flow narrows down to one step.

    Raises:
        UnknownElement: there is nothing of one of those names, or no way leads from the one to the other.
    """
    start, end = model.find(begins), model.find(target)
    causes = _causes(model)
    if start.id not in causes or end.id not in nx.descendants(causes, start.id):
        return []
    immediate = nx.immediate_dominators(causes, start.id)
    path = [end.id]
    while path[-1] != start.id:
        path.append(immediate[path[-1]])
    return path[::-1]


def _is_cut(model: DesignModel, workings: Workings, node: Node, parts: tuple[str, ...]) -> bool:
    if node.kind is not NodeKind.VIEW:
        return node.id not in workings.possible(parts)
    if workings.down(node, frozenset(parts)) is not None or not workings.carried(frozenset(parts)):
        return True
    can = workings.possible(parts)
    return not any(event.id in can for event in model.predecessors(node.id, EdgeKind.PROJECTS))


def _parts(model: DesignModel) -> Sequence[Node]:
    return [node for kind in PARTS for node in model.nodes(kind)]


def _upstream(model: DesignModel, node: Node) -> Sequence[str]:
    """Give the parts that can have anything to do with it, in the order declared."""
    causes, waits = _causes(model), nx.DiGraph((edge.source, edge.target) for edge in model.edges(EdgeKind.CALLS))
    concerned = {node.id}
    if node.id in causes:
        concerned |= nx.ancestors(causes, node.id)
    # A call is an effect in the causal graph, but its caller needs it.
    concerned |= {id for caller in concerned & set(waits) for id in nx.descendants(waits, caller)}
    homes = {model.node(id).context for id in concerned}
    return [
        part.id
        for part in _parts(model)
        if part.kind is NodeKind.TOPIC or part.id in concerned or (part.kind is NodeKind.CONTEXT and part.name in homes)
    ]


def _causes(model: DesignModel) -> nx.DiGraph:
    # What works on an aggregate is what its deadlines come from.
    kinds = CAUSAL | {EdgeKind.HANDLES}
    causes = nx.DiGraph()
    causes.add_edges_from((edge.source, edge.target) for edge in model.edges() if edge.kind in kinds)
    return causes


def _known(model: DesignModel, stated: Mapping[str, float]) -> Mapping[str, float]:
    known = {
        context.id: float(context.facts["uptime_goal"])
        for context in model.contexts()
        if context.facts["uptime_goal"] is not None
    }
    for name, uptime in stated.items():
        if not 0 <= uptime <= 1:
            raise InvalidField("uptimes", name, uptime, "a share of time from 0 to 1")
        known[model.find(name, *PARTS).id] = float(uptime)
    return known
