"""The one shape every benchmark reports in."""

import attrs


@attrs.frozen
class Row:
    """One measured promise: what we did, what it is held against, and the least it has to be.

    Attributes:
        name: What was measured, as it stands in the printed table.
        ours: Our figure, in `unit`.
        peer: What it is held against, in `unit`; None when there is nothing to compare with.
        ratio: How many times as good as the peer we are; above 1 is better, whichever way the unit counts.
        floor: The least `ratio` that keeps the promise; None for a row that is only printed.
        met: Whether the floor is kept; a row without a floor always is.
        unit: What `ours` and `peer` are counted in, such as "orders/s" or "s".
    """

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    floor: float | None
    met: bool
    unit: str


def rate(name: str, ours: float, peer: float, *, unit: str, floor: float | None = None) -> Row:
    """A row whose figures are better when larger, such as orders per second."""
    ratio = ours / peer
    return Row(name, ours, peer, ratio, floor, floor is None or ratio >= floor, unit)


def duration(name: str, ours: float, peer: float, *, unit: str = "s", floor: float | None = None) -> Row:
    """A row whose figures are better when smaller, such as seconds."""
    ratio = peer / ours
    return Row(name, ours, peer, ratio, floor, floor is None or ratio >= floor, unit)


def figure(name: str, ours: float, *, unit: str) -> Row:
    """A row that is only printed: nothing to compare it with, nothing it has to be."""
    return Row(name, ours, None, None, None, True, unit)
