"""Lines between notes that stand in columns and rows: they run in the empty channels between those, never over a note.

Every line leaves its note on one side, usually the right, and enters the other on one, usually the left. Between
columns and between rows there are channels, as wide as the lines in them need. A line takes at most one level stretch:
in a channel between rows, or straight through a row where no note is in its way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import attrs

from bookdelivery.design.drawing.geometry import Point, straightened
from bookdelivery.design.drawing.tracks import Run, assign_tracks


@attrs.frozen
class Port:
    """Where a line meets a note.

    Attributes:
        row: of the note.
        column: of the note.
        down: how far below the top of its row.
        right: whether it is on the note's right side; else it is on the left.
    """

    row: int
    column: int
    down: float
    right: bool = False

    @property
    def channel(self) -> int:
        """The channel between columns that it opens into."""
        return self.column + self.right


def snapped(down: float, column: int, grid: float) -> float:
    """Move a port a little, so that ports of neighbouring columns never face one another on the same level.

    Args:
        down: how far below the top of its row it would be.
        column: its own.
        grid: the distance of the levels that ports of one column may be on, in pixels.
    """
    shift = grid / 2 if column % 2 else 0.0
    return round((down - shift) / grid) * grid + shift


@attrs.frozen
class Link:
    """A line to be led.

    Attributes:
        source: where it begins.
        target: where it ends.
        net: lines of one net may share their way; they have one source or one target in common.
    """

    source: Port
    target: Port
    net: str


@attrs.frozen(kw_only=True)
class Spacing:
    """The room that channels take, in pixels.

    Attributes:
        track: from one line to the next.
        column_gap: the least width of a channel between columns.
        row_gap: the least height of a channel between rows.
        margin: from a channel's outermost line to the notes.
    """

    track: float = 7.0
    column_gap: float = 20.0
    row_gap: float = 10.0
    margin: float = 9.0

    def width(self, tracks: int, least: float) -> float:
        """Give the width of a channel with so many tracks."""
        return max(least, (tracks - 1) * self.track + 2 * self.margin if tracks else 0.0)


@attrs.frozen(kw_only=True)
class Table:
    """What lines are led around: notes in columns and rows.

    Attributes:
        column_widths: of each column.
        row_heights: of each row.
        above: the room each row has over it that is no channel (a lane's margin).
        below: the room under it.
        taken: the (row, column) places that hold a note.
        blocked: the (row, column) places whose note reaches down into the row below, over the channel between.
        left: the x at which the first channel begins.
        top: the y at which the first channel begins.
        spacing: the room that channels take.
    """

    column_widths: Sequence[float]
    row_heights: Sequence[float]
    above: Sequence[float]
    below: Sequence[float]
    taken: frozenset[tuple[int, int]]
    blocked: frozenset[tuple[int, int]]
    left: float
    top: float
    spacing: Spacing = Spacing()


@attrs.frozen
class Routed:
    """Where everything is.

    Attributes:
        xs: the left side of each column.
        ys: the top of each row.
        right: where the last channel ends.
        bottom: where the last channel ends.
        points: for each link, in the order given, the corners of its line.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    right: float
    bottom: float
    points: tuple[tuple[Point, ...], ...]


@attrs.define
class _Way:
    """The way of one link: up or down in a first channel, level, up or down in a second."""

    link: Link
    net: int
    first: int
    second: int
    level: int | None = None
    run_row: int | None = None
    run_down: float = 0.0


def route(table: Table, links: Sequence[Link]) -> Routed:
    """Lead the lines and place columns and rows.

    Args:
        table: the notes.
        links: the lines; equal input gives equal output.
    """
    return _Router(table, links).routed()


class _Router:
    def __init__(self, table: Table, links: Sequence[Link]) -> None:
        self._table = table
        self._columns = len(table.column_widths)
        self._rows = len(table.row_heights)
        self._taken_columns: dict[int, list[int]] = defaultdict(list)
        for row, column in sorted(table.taken):
            self._taken_columns[row].append(column)
        self._row_runs: dict[int, list[tuple[float, int, int, int]]] = defaultdict(list)
        self._load: dict[int, list[int]] = defaultdict(lambda: [0] * (self._columns + 1))
        self._roughly = self._tops([table.spacing.row_gap * 2] * (self._rows + 1))
        self._bridged = {row for row, _ in table.blocked}
        nets: dict[str, int] = {}
        self._ways = [self._way(link, nets.setdefault(link.net, len(nets))) for link in links]

    def routed(self) -> Routed:
        """Place everything: levels first, as what is upright depends on where they are."""
        table, spacing = self._table, self._table.spacing
        levels = self._levels()
        heights = [
            spacing.width(max((run.track for run in levels[index].values()), default=-1) + 1, spacing.row_gap)
            for index in range(self._rows + 1)
        ]
        ys = self._tops(heights)
        level_tops = [*(y - above - height for y, above, height in zip(ys, table.above, heights, strict=False))]
        level_tops.append(self._end(ys, table.row_heights, table.below, table.top))
        tracks = {
            (index, net): level_tops[index] + self._inset(heights[index], runs) + run.track * spacing.track
            for index, runs in enumerate(levels)
            for net, run in runs.items()
        }
        uprights = self._uprights(ys, tracks)
        widths = [
            spacing.width(max((run.track for run in uprights[index].values()), default=-1) + 1, spacing.column_gap)
            for index in range(self._columns + 1)
        ]
        xs, channel = [], table.left
        channels = []
        for width, column in zip(widths, table.column_widths, strict=False):
            channels.append(channel)
            xs.append(channel + width)
            channel += width + column
        channels.append(channel)
        lanes = {
            (index, net): channels[index] + self._inset(widths[index], runs) + run.track * spacing.track
            for index, runs in enumerate(uprights)
            for net, run in runs.items()
        }
        points = tuple(self._points(way, xs, ys, tracks, lanes) for way in self._ways)
        return Routed(tuple(xs), tuple(ys), channel + widths[-1], level_tops[-1] + heights[-1], points)

    # --- which way ----------------------------------------------------------------------------------------------------

    def _way(self, link: Link, net: int) -> _Way:
        way = _Way(link, net, link.source.channel, link.target.channel)
        if way.first == way.second:
            return way
        for port in (link.source, link.target):
            if self._free(port, way.first, way.second, net):
                way.run_row, way.run_down = port.row, port.down
                low, high = sorted((way.first, way.second))
                self._row_runs[port.row].append((port.down, low, high, net))
                return way
        way.level = self._best_level(link, *sorted((way.first, way.second)))
        for channel in range(min(way.first, way.second), max(way.first, way.second) + 1):
            self._load[way.level][channel] += 1
        return way

    def _free(self, port: Port, first: int, second: int, net: int) -> bool:
        """Tell whether a line can run through the port's row, at the port's height, from one channel to the other."""
        low, high = sorted((first, second))
        if port.down > self._table.row_heights[port.row]:
            return False
        if any(low <= column < high for column in self._taken_columns[port.row]):
            return False
        apart = self._table.spacing.track
        return all(
            net == other or abs(down - port.down) >= apart or high < begin or end < low
            for down, begin, end, other in self._row_runs[port.row]
        )

    def _best_level(self, link: Link, low: int, high: int) -> int:
        source, target = self._rough(link.source), self._rough(link.target)
        rows = {link.source.row, link.target.row}
        best, least = 0, float("inf")
        for level in self._levels_near(rows):
            y = (
                self._roughly[level] - 10
                if level < self._rows
                else self._roughly[-1] + self._table.row_heights[-1] + 10
            )
            if any((level - 1, column) in self._table.blocked for column in range(low, high)):
                continue
            load = max(self._load[level][low : high + 1])
            cost = abs(y - source) + abs(target - y) + 8.0 * load
            if cost < least:
                best, least = level, cost
        return best

    def _levels_near(self, rows: set[int]) -> Sequence[int]:
        """Give the channels next to these rows, and beyond those that something reaches over."""
        near: set[int] = set()
        for row in rows:
            above, below = row, row + 1
            while above > 0 and above - 1 in self._bridged:
                above -= 1
                near.add(above + 1)
            while below - 1 in self._bridged:
                near.add(below)
                below += 1
            near |= {above, below}
        return sorted(near)

    def _rough(self, port: Port) -> float:
        return self._roughly[port.row] + port.down

    # --- level stretches ----------------------------------------------------------------------------------------------

    def _levels(self) -> list[dict[int, Run]]:
        levels: list[dict[int, Run]] = [{} for _ in range(self._rows + 1)]
        for way in self._ways:
            if way.level is None:
                continue
            run = levels[way.level].setdefault(way.net, Run(way.net, way.first, way.first))
            run.leave(way.first, after=way.link.source.row >= way.level)
            run.leave(way.second, after=way.link.target.row >= way.level)
        for runs in levels:
            assign_tracks(tuple(runs.values()), bucket=1.0)
        return levels

    def _tops(self, heights: Sequence[float]) -> list[float]:
        table, tops, y = self._table, [], self._table.top
        for row, height in enumerate(table.row_heights):
            y += heights[row] + table.above[row]
            tops.append(y)
            y += height + table.below[row]
        return tops

    @staticmethod
    def _end(tops: Sequence[float], sizes: Sequence[float], below: Sequence[float], otherwise: float) -> float:
        return tops[-1] + sizes[-1] + below[-1] if tops else otherwise

    def _inset(self, width: float, runs: dict[int, Run]) -> float:
        """Give the distance from a channel's side to its first track, all tracks together being centred in it."""
        last = max((run.track for run in runs.values()), default=0)
        return (width - last * self._table.spacing.track) / 2

    # --- upright stretches --------------------------------------------------------------------------------------------

    def _uprights(self, ys: Sequence[float], tracks: dict[tuple[int, int], float]) -> list[dict[int, Run]]:
        uprights: list[dict[int, Run]] = [{} for _ in range(self._columns + 1)]

        def leave(channel: int, net: int, at: float, *, after: bool) -> None:
            uprights[channel].setdefault(net, Run(net, at, at)).leave(at, after=after)

        for way in self._ways:
            source, target, between = self._heights(way, ys, tracks)
            begins_after, ends_after = not way.link.source.right, not way.link.target.right
            if between is None:
                leave(way.first, way.net, source, after=begins_after)
                leave(way.first, way.net, target, after=ends_after)
                continue
            forward = way.second > way.first
            if between != source:
                leave(way.first, way.net, source, after=begins_after)
                leave(way.first, way.net, between, after=forward)
            if between != target:
                leave(way.second, way.net, between, after=not forward)
                leave(way.second, way.net, target, after=ends_after)
        for runs in uprights:
            assign_tracks(tuple(runs.values()))
        return uprights

    @staticmethod
    def _heights(
        way: _Way, ys: Sequence[float], tracks: dict[tuple[int, int], float]
    ) -> tuple[float, float, float | None]:
        source, target = (ys[port.row] + port.down for port in (way.link.source, way.link.target))
        if way.level is not None:
            return source, target, tracks[way.level, way.net]
        if way.run_row is not None:
            return source, target, ys[way.run_row] + way.run_down
        return source, target, None

    def _points(
        self,
        way: _Way,
        xs: Sequence[float],
        ys: Sequence[float],
        tracks: dict[tuple[int, int], float],
        lanes: dict[tuple[int, int], float],
    ) -> tuple[Point, ...]:
        source, target, between = self._heights(way, ys, tracks)
        begin, end = (
            Point(xs[port.column] + (self._table.column_widths[port.column] if port.right else 0.0), at)
            for port, at in ((way.link.source, source), (way.link.target, target))
        )
        corners: list[Point] = [begin]
        if between is None:
            lane = lanes[way.first, way.net]
            corners += [Point(lane, source), Point(lane, target)]
        else:
            if between != source:
                lane = lanes[way.first, way.net]
                corners += [Point(lane, source), Point(lane, between)]
            if between != target:
                lane = lanes[way.second, way.net]
                corners += [Point(lane, between), Point(lane, target)]
        return straightened([*corners, end])


def total_length(points: Iterable[Sequence[Point]]) -> float:
    """Give the length of all lines together, in pixels."""
    return sum(abs(a.x - b.x) + abs(a.y - b.y) for line in points for a, b in pairwise(line))
