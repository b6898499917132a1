"""Points, rectangles and the lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple


class Point(NamedTuple):
    """A place; x grows to the right, y downwards, in pixels."""

    x: float
    y: float


ORIGIN = Point(0.0, 0.0)


class Rect(NamedTuple):
    """A rectangle with upright sides, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    @property
    def center(self) -> Point:
        """The place in its middle."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def grown(self, by: float) -> Rect:
        """Give a rectangle that is larger on each side; smaller where `by` is negative."""
        return Rect(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def moved(self, x: float, y: float) -> Rect:
        """Give the same rectangle elsewhere."""
        return Rect(self.x + x, self.y + y, self.width, self.height)

    def meets(self, other: Rect) -> bool:
        """Tell whether the two share any area; touching sides share none."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def contains(self, other: Rect, slack: float = 0.01) -> bool:
        """Tell whether the other lies wholly within."""
        return (
            self.x <= other.x + slack
            and self.y <= other.y + slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )


Segment = tuple[Point, Point]


def segments(points: Sequence[Point]) -> Iterator[Segment]:
    """Give the straight pieces of a line, those without length left out."""
    return ((a, b) for a, b in pairwise(points) if a != b)


def straightened(points: Iterable[Point]) -> tuple[Point, ...]:
    """Give the same line without corners that are none: repeated points, and points in the middle of a straight."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and _between(kept[-2], kept[-1], point):
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)


def _between(a: Point, b: Point, c: Point) -> bool:
    return (a.x == b.x == c.x and (b.y - a.y) * (c.y - b.y) > 0) or (
        a.y == b.y == c.y and (b.x - a.x) * (c.x - b.x) > 0
    )


def passes_through(segment: Segment, rect: Rect) -> bool:
    """Tell whether a straight line has a piece of some length inside a rectangle (clipped as Liang and Barsky do)."""
    (x0, y0), (x1, y1) = segment
    dx, dy = x1 - x0, y1 - y0
    first, last = 0.0, 1.0
    for step, room in ((-dx, x0 - rect.x), (dx, rect.right - x0), (-dy, y0 - rect.y), (dy, rect.bottom - y0)):
        if step == 0:
            if room <= 0:
                return False
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    return first < last


def crossing(one: Segment, other: Segment) -> Point | None:
    """Give the place where two straight lines cross; None where they only touch, or run on top of one another."""
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if turn == 0:
        return None
    along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
    across = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
    if not (0 < along < 1 and 0 < across < 1):
        return None
    return Point(ax + along * (bx - ax), ay + along * (by - ay))


def shared_length(one: Segment, other: Segment, within: float = 1.0) -> float:
    """Give the length over which two upright or level lines run on top of one another, closer than `within` pixels."""
    for axis in (0, 1):
        level = 1 - axis
        if all(a[level] == b[level] for a, b in (one, other)) and abs(one[0][level] - other[0][level]) < within:
            low = max(min(one[0][axis], one[1][axis]), min(other[0][axis], other[1][axis]))
            high = min(max(one[0][axis], one[1][axis]), max(other[0][axis], other[1][axis]))
            return max(0.0, high - low)
    return 0.0
