"""Where everything on a board stands: rows, columns, lines, and the order of lanes that crosses the fewest of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations

from bookdelivery.design.drawing.arrange import least_costly, shortened
from bookdelivery.design.drawing.board_cells import NOTE, CellMaker, Stack
from bookdelivery.design.drawing.board_frame import Header, Piece
from bookdelivery.design.drawing.board_plan import Band, BoardPlan, Cell, Lane
from bookdelivery.design.drawing.faults import count_crossings
from bookdelivery.design.drawing.routing import Link as Wanted
from bookdelivery.design.drawing.routing import Port, Routed, Table, route, snapped, total_length
from bookdelivery.design.elements import Edge, EdgeKind

HEADER = 122.0
MARGIN = 16.0
LANE_PAD = 9.0
BAND_PAD = 7.0
HEADER_PAD = 8.0

LEVELS = 4.0
"""The distance of the levels that lines leave and enter on, in pixels."""

WORTH_TRYING = 400
"""Up to so many lines, several orders of the lanes are tried."""

WORTH_POLISHING = 60
"""Up to so many lines, single notes change places, too."""

POLISHING = 120
"""How many such changes are tried at most."""

OUT_OF_TIME_COSTS = 1.5
"""What it costs that a lane begins later than one below it, in crossings."""

A_CROSSING_IS_WORTH = 2000.0
"""A detour of so many pixels, all lines together, is as bad as a crossing."""


class BoardLayout:
    """A board with everything in its place; (0, 0) is the upper left corner of its lanes.

    Args:
        plan: what stands in which lane and column.
        make: makes the notes.
        header: makes what stands at the left of a lane.

    Attributes:
        lanes: from top to bottom.
        rows: of each row of cells, its lane, its band and its number within the band.
        stacks: the notes of the cell that begins in a row and column.
        headers: what stands at the left, by the row that the band begins in.
        edges: what is drawn as a line.
        table: the sizes of rows and columns.
        routed: where rows, columns and lines are.
    """

    def __init__(self, plan: BoardPlan, make: CellMaker, header: Header) -> None:
        self._plan, self._make = plan, make
        self._pieces = {
            id(band): header.piece(lane, band, make.aggregate) for lane in plan.lanes.values() for band in lane.bands
        }
        self._columns = max((cell.column for cell in plan.cells.values()), default=0) + 1
        tied = {lane for pair in plan.ties for lane in pair}
        self._untied = [name for name in plan.lanes if name not in tied]
        order = shortened([name for name in plan.lanes if name in tied], plan.ties)
        if len(plan.lines) <= WORTH_TRYING:
            order = least_costly(order, self._cost, tries=max(4, WORTH_TRYING // (len(plan.lines) + 1)))
        self._plan.sort_policies([*order, *self._untied])
        self._arrange([*order, *self._untied])
        if len(plan.lines) <= WORTH_POLISHING:
            self._polish()

    def _cost(self, order: Sequence[str]) -> float:
        self._plan.sort_policies([*order, *self._untied])
        self._arrange([*order, *self._untied])
        return self._badness(order)

    def _badness(self, order: Sequence[str]) -> float:
        points = self.routed.points
        lanes = self._plan.lanes
        late = sum(lanes[one].begins > lanes[other].begins for one, other in combinations(order, 2))
        crossings = count_crossings(zip(map(net_of, self.edges), points, strict=True))
        return crossings + late * OUT_OF_TIME_COSTS + total_length(points) / A_CROSSING_IS_WORTH

    def _polish(self) -> None:
        """Exchange policies of one command, and commands of one column, as long as that saves a crossing."""
        order = [lane.name for lane in self.lanes]
        least, tries = self._badness(order), POLISHING
        saved = True
        while saved and tries > 0:
            saved = False
            for exchange in self._exchanges():
                exchange()
                self._arrange(order)
                tries -= 1
                badness = self._badness(order)
                if badness <= least - 1:
                    least, saved = badness, True
                else:
                    exchange()
                if tries <= 0:
                    break
        self._arrange(order)

    def _exchanges(self) -> Iterator[Callable[[], None]]:
        """Give every exchange of neighbours that may be tried; done a second time, it is undone."""
        for cell in (cell for lane in self.lanes for band in lane.bands for cell in band.cells):
            for index in range(len(cell.policies) - 1):
                yield partial(_exchange_policies, cell, index)
        for band in (band for lane in self.lanes for band in lane.bands):
            for one, other in combinations(band.cells, 2):
                if one.column == other.column and abs(one.row - other.row) == 1:
                    yield partial(_exchange_rows, one, other)

    def _arrange(self, order: Sequence[str]) -> None:
        self.lanes = [self._plan.lanes[name] for name in order]
        self.rows: list[tuple[Lane, Band, int]] = [
            (lane, band, row) for lane in self.lanes for band in lane.bands for row in range(band.rows)
        ]
        begins = {id(band): index for index, (_, band, row) in enumerate(self.rows) if row == 0}
        self.stacks: dict[tuple[int, int], Stack] = {
            (begins[id(band)] + cell.row, cell.column): self._make.stack(cell)
            for lane in self.lanes
            for band in lane.bands
            for cell in band.cells
        }
        self.headers: dict[int, Piece] = {
            begins[id(band)]: self._pieces[id(band)] for lane in self.lanes for band in lane.bands
        }
        self.table = self._table()
        self.edges = self._plan.lines
        self.routed: Routed = route(self.table, self._links())

    def _table(self) -> Table:
        heights = [0.0] * len(self.rows)
        for (row, _), stack in self.stacks.items():
            if stack.cell.span == 1:
                heights[row] = max(heights[row], stack.height)
        above, below = [0.0] * len(self.rows), [0.0] * len(self.rows)
        for first, header in self.headers.items():
            lane, band, _ = self.rows[first]
            last = first + band.rows - 1
            above[first] = BAND_PAD + (LANE_PAD if band is lane.bands[0] else 0.0)
            below[last] = BAND_PAD + (LANE_PAD if band is lane.bands[-1] else 0.0)
            tall = max((self.stacks[first, cell.column].height for cell in band.cells if cell.span > 1), default=0.0)
            heights[last] += max(0.0, tall - sum(heights[first : last + 1]))
            room = above[first] + sum(heights[first : last + 1]) + below[last]
            below[last] += max(0.0, header.height + 2 * HEADER_PAD - room)
        reach = [(row, column, stack.cell.span) for (row, column), stack in self.stacks.items()]
        return Table(
            column_widths=[NOTE] * self._columns,
            row_heights=heights,
            above=above,
            below=below,
            taken=frozenset((row + down, column) for row, column, span in reach for down in range(span)),
            blocked=frozenset((row + down, column) for row, column, span in reach for down in range(span - 1)),
            left=MARGIN + HEADER,
            top=0.0,
        )

    def _links(self) -> list[Wanted]:
        at = {
            placed.note.id: Port(row, column, placed.down)
            for (row, column), stack in self.stacks.items()
            for placed in stack.notes
        }
        height = {placed.note.id: placed.note.rect.height for s in self.stacks.values() for placed in s.notes}
        leaving: dict[str, set[str]] = defaultdict(set)
        coming: dict[str, set[str]] = defaultdict(set)
        for edge in self.edges:
            leaving[edge.source].add(net_of(edge))
            coming[edge.target].add(net_of(edge))

        def port(id: str, nets: set[str], edge: Edge, *, right: bool) -> Port:
            share = (sorted(nets).index(net_of(edge)) + 1) / (len(nets) + 1)
            down = snapped(at[id].down + height[id] * share, at[id].column, LEVELS)
            return Port(at[id].row, at[id].column, down, right)

        return [
            Wanted(
                port(edge.source, leaving[edge.source], edge, right=True),
                port(edge.target, coming[edge.target], edge, right=False),
                net_of(edge),
            )
            for edge in self.edges
        ]


def _exchange_policies(cell: Cell, index: int) -> None:
    policies = cell.policies
    policies[index], policies[index + 1] = policies[index + 1], policies[index]


def _exchange_rows(one: Cell, other: Cell) -> None:
    one.row, other.row = other.row, one.row


def net_of(edge: Edge) -> str:
    """Name the lines that run together: those of one event to its policies, those of one call from its callers."""
    together = edge.target if edge.kind is EdgeKind.CALLS else edge.source
    return f"{edge.kind}:{together}"
