"""What stands where on an event-storming board, before anything is measured: lanes, bands, cells and lines.

A lane is a context, a band one of its aggregates, a cell one command with all that is stuck to it: the actor and the
policies that issue it above, the events it states and the external systems it calls below. What several commands
state or call has its home with one of them, where lines begin; with the others it is repeated, as people do who stick
a second note on the wall rather than draw a line across it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

import attrs

from bookdelivery.design.drawing.timeline import columns_in_time
from bookdelivery.design.elements import Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

NOWHERE = ""
"""The lane of what belongs to no context."""


@attrs.define
class Cell:
    """One command, one view or one event from elsewhere, with what is stuck to it.

    Attributes:
        heart: the command, view or event.
        column: counted from the left.
        row: counted within its band from the top.
        actors: who issues it.
        policies: what issues it.
        events: what it states.
        externals: what it calls.
        span: how many rows it reaches over.
    """

    heart: Node
    column: int = 0
    row: int = 0
    actors: list[Node] = attrs.field(factory=list)
    policies: list[Node] = attrs.field(factory=list)
    events: list[Node] = attrs.field(factory=list)
    externals: list[Node] = attrs.field(factory=list)
    span: int = 1

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All that is in it, from top to bottom."""
        return (*self.actors, *self.policies, self.heart, *self.events, *self.externals)


@attrs.define
class Band:
    """What one aggregate keeps together; or the views of a context, or what has no aggregate."""

    aggregate: Node | None
    cells: list[Cell] = attrs.field(factory=list)

    def stack(self) -> None:
        """Put cells of one column below one another; a cell that is alone in its column reaches over all rows."""
        columns: dict[int, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            cell.row = len(columns[cell.column])
            columns[cell.column].append(cell)
        for cells in columns.values():
            if len(cells) == 1:
                cells[0].span = self.rows

    @property
    def rows(self) -> int:
        """How many rows of cells it has, at least one."""
        return max((cell.row + 1 for cell in self.cells), default=1)


@attrs.define
class Lane:
    """One context."""

    context: Node | None
    bands: list[Band] = attrs.field(factory=list)

    @property
    def name(self) -> str:
        """The context's name, empty for the lane of what belongs to none."""
        return self.context.name if self.context else NOWHERE

    @property
    def begins(self) -> int:
        """The column in which its first command stands."""
        return min((cell.column for band in self.bands for cell in band.cells), default=0)


class BoardPlan:
    """The plan of a board.

    Args:
        model: what is drawn.

    Attributes:
        model: the same.
    """

    def __init__(self, model: DesignModel) -> None:
        self.model = model
        self._by_kind: dict[EdgeKind, list[Edge]] = defaultdict(list)
        for edge in model.edges():
            self._by_kind[edge.kind].append(edge)

    @cached_property
    def cells(self) -> Mapping[str, Cell]:
        """The cells by the id of what is at their heart, in the order declared."""
        cells = {node.id: Cell(node) for kind in (NodeKind.COMMAND, NodeKind.VIEW) for node in self.model.nodes(kind)}
        cells |= {event.id: Cell(event) for event in self.unstated}
        for edge in self._by_kind[EdgeKind.ISSUES]:
            if edge.target in cells:
                issuer, cell = self.model.node(edge.source), cells[edge.target]
                (cell.actors if issuer.kind is NodeKind.ACTOR else cell.policies).append(issuer)
        for edge in self._by_kind[EdgeKind.EMITS]:
            cells[edge.source].events.append(self.model.node(edge.target))
        for edge in self._by_kind[EdgeKind.CALLS]:
            called = self.model.node(edge.target)
            if called.kind is NodeKind.EXTERNAL:
                cells[edge.source].externals.append(called)
        for key, cell in cells.items():
            # What is at home here comes first.
            cell.events.sort(key=lambda event: self.homes[event.id] != key)
            cell.externals.sort(key=lambda external: self.homes[external.id] != key)
        self._place_in_time(cells)
        return cells

    @cached_property
    def homes(self) -> Mapping[str, str]:
        """For each event and external system, the command it stands with.

        Of several that state an event it is the one whose name is most like it (`PlaceOrder` for `OrderPlaced`), then
        the one that states the fewest, then the one declared first.
        """
        emitters: dict[str, list[str]] = defaultdict(list)
        states: dict[str, int] = defaultdict(int)
        for edge in self._by_kind[EdgeKind.EMITS]:
            emitters[edge.target].append(edge.source)
            states[edge.source] += 1
        homes = {}
        for event in self.model.nodes(NodeKind.EVENT):
            if event.id in emitters:
                by = sorted(
                    dict.fromkeys(emitters[event.id]),
                    key=lambda command: (-_likeness(self.model.node(command), event), states[command]),
                )
                homes[event.id] = by[0]
        for edge in self._by_kind[EdgeKind.CALLS]:
            if self.model.node(edge.target).kind is NodeKind.EXTERNAL:
                homes.setdefault(edge.target, edge.source)
        return homes

    @cached_property
    def lanes(self) -> Mapping[str, Lane]:
        """The lanes by name: first the one that the story begins in, then the others as declared."""
        handled = {edge.source: edge.target for edge in self._by_kind[EdgeKind.HANDLES]}
        lanes = {node.name: Lane(node) for node in self.model.contexts()}
        for aggregate in self.model.nodes(NodeKind.AGGREGATE):
            lanes.setdefault(aggregate.context or NOWHERE, Lane(None)).bands.append(Band(aggregate))
        for cell in self.cells.values():
            lane = lanes.setdefault(cell.heart.context or NOWHERE, Lane(None))
            self._band(lane, handled.get(cell.heart.id)).cells.append(cell)
        for lane in lanes.values():
            lane.bands = [band for band in lane.bands if band.cells or band.aggregate] or [Band(None)]
            for band in lane.bands:
                band.stack()
        first = next((cell.heart.context or NOWHERE for cell in self.cells.values() if cell.column == 0), None)
        return dict(sorted(lanes.items(), key=lambda item: item[0] != first))

    @cached_property
    def ties(self) -> Mapping[tuple[str, str], int]:
        """How many lines run between two lanes."""
        ties: dict[tuple[str, str], int] = defaultdict(int)
        for edge in self.lines:
            one, other = (self.model.node(id).context or NOWHERE for id in (edge.source, edge.target))
            if one != other:
                ties[one, other] += 1
                ties[other, one] += 1
        return ties

    def sort_policies(self, order: Sequence[str]) -> None:
        """Put policies of one command in the order in which their events lie on the board, so that lines cross less.

        Args:
            order: the names of the lanes from top to bottom.
        """
        bands = [band for name in order for band in self.lanes[name].bands]
        places = [cell for band in bands for cell in sorted(band.cells, key=lambda cell: cell.row)]
        height = {cell.heart.id: index for index, cell in enumerate(places)}
        for cell in places:
            cell.policies.sort(key=lambda policy: height.get(self._begins.get(policy.id, ""), -1))

    @cached_property
    def _begins(self) -> Mapping[str, str]:
        """For each policy, the command whose event sets it off."""
        triggers = self._by_kind[EdgeKind.TRIGGERS]
        return {edge.target: self.homes[edge.source] for edge in triggers if edge.source in self.homes}

    @cached_property
    def lines(self) -> Sequence[Edge]:
        """What is drawn as a line: all causes and effects that do not already stand in one cell."""
        called = [e for e in self._by_kind[EdgeKind.CALLS] if self.model.node(e.target).kind is NodeKind.COMMAND]
        lines = [*called, *self._by_kind[EdgeKind.TRIGGERS], *self._by_kind[EdgeKind.PROMPTS]]
        placed = {node.id for cell in self.cells.values() for node in cell.nodes}
        return tuple(edge for edge in lines if edge.source in placed and edge.target in placed)

    @cached_property
    def shown_in(self) -> Mapping[str, Sequence[Node]]:
        """For each event, the views that show it."""
        shown: dict[str, list[Node]] = defaultdict(list)
        for edge in self._by_kind[EdgeKind.PROJECTS]:
            shown[edge.source].append(self.model.node(edge.target))
        return shown

    @cached_property
    def unstated(self) -> Sequence[Node]:
        """The events that no command states, as those of a context that is not there; each is a cell of its own."""
        return tuple(event for event in self.model.nodes(NodeKind.EVENT) if event.id not in self.homes)

    # --- helpers ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _band(lane: Lane, aggregate: str | None) -> Band:
        for band in lane.bands:
            if (band.aggregate.id if band.aggregate else None) == aggregate:
                return band
        lane.bands.append(Band(None))
        return lane.bands[-1]

    def _place_in_time(self, cells: Mapping[str, Cell]) -> None:
        at = {node.id: key for key, cell in cells.items() for node in (*cell.policies, cell.heart)}
        leads: list[tuple[str, str]] = []
        for kind in (EdgeKind.TRIGGERS, EdgeKind.PROMPTS, EdgeKind.CALLS):
            for edge in self._by_kind[kind]:
                cause, effect = self.homes.get(edge.source, edge.source), at.get(edge.target)
                if cause in cells and effect is not None:
                    leads.append((cause, effect))
        chapters: dict[str, list[str]] = defaultdict(list)
        for edge in self._by_kind[EdgeKind.HANDLES]:
            chapters[edge.target].append(edge.source)
        columns = columns_in_time(tuple(cells), leads, chapters.values())
        last = max(columns.values(), default=0)
        for key, column in columns.items():
            # A view shows what came of it all.
            cells[key].column = last if cells[key].heart.kind is NodeKind.VIEW else column


_ALIKE = 3


def _likeness(command: Node, event: Node) -> int:
    """Count the words of the event that a word of the command begins like."""
    words = command.english.split()
    return sum(any(word[:_ALIKE] == known[:_ALIKE] for known in words) for word in event.english.split())
