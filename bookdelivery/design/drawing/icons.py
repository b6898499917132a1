"""The small signs that tell the kinds of note apart without colour.

Each is drawn within a square of 12 by 12 as SVG path data, one path to be filled and one to be stroked.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Icon:
    """One sign.

    Attributes:
        filled: path data of what is filled.
        stroked: path data of what is drawn as lines.
    """

    filled: str = ""
    stroked: str = ""


SIDE = 12.0
"""The width and height of the square that icons are drawn in."""

ICONS: Mapping[str, Icon] = {
    # a flash: it has happened
    "event": Icon(filled="M7 .8 2.4 7h3L4.6 11.2 9.6 4.8H6.4z"),
    # an arrow that points: do this
    "command": Icon(filled="M1.2 4.4h4.6V1.6l5.2 4.4-5.2 4.4V7.6H1.2z"),
    # a turn: whenever that, then this
    "policy": Icon(stroked="M9.9 4.2A4.3 4.3 0 1 0 10.3 7", filled="M11.4 1.4v3.9H7.5z"),
    # boxes kept together
    "aggregate": Icon(stroked="M1.5 3.6 6 1.2l4.5 2.4v4.8L6 10.8 1.5 8.4zM1.5 3.6 6 6l4.5-2.4M6 6v4.8"),
    # a person
    "actor": Icon(filled="M6 1.1a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8zM1.4 11c0-2.7 2-4.3 4.6-4.3s4.6 1.6 4.6 4.3z"),
    # an eye
    "view": Icon(
        stroked="M.8 6C2.2 3.6 4 2.5 6 2.5S9.8 3.6 11.2 6C9.8 8.4 8 9.5 6 9.5S2.2 8.4.8 6z",
        filled="M6 4.4a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2z",
    ),
    # a plug
    "external": Icon(
        stroked="M4.2 1v2.8M7.8 1v2.8M6 8v3.2",
        filled="M2.4 3.8h7.2v1.4A3.2 3.2 0 0 1 6.4 8.4h-.8A3.2 3.2 0 0 1 2.4 5.2z",
    ),
    # something to look into
    "hotspot": Icon(stroked="M6 2v4.6", filled="M6 8.4a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2z"),
    "rejected": Icon(stroked="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5"),
    # a clock
    "deadline": Icon(stroked="M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6zM6 3.4V6l2 1.4"),
    "store": Icon(
        stroked="M1.8 3c0-1 1.9-1.8 4.2-1.8S10.2 2 10.2 3v6c0 1-1.9 1.8-4.2 1.8S1.8 10 1.8 9z"
        "M1.8 3c0 1 1.9 1.8 4.2 1.8S10.2 4 10.2 3"
    ),
    "topic": Icon(stroked="M1 3.2h10M1 6h10M1 8.8h10", filled="M3 2h1.6v2.4H3zM6.6 4.8h1.6v2.4H6.6zM4.4 7.6H6V10H4.4z"),
    "port": Icon(stroked="M6 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z"),
    "adapter": Icon(stroked="M1 6h3M8 6h3", filled="M4 3h4v6H4z"),
    "core": Icon(filled="M6 .8 7.6 4.2l3.7.5-2.7 2.6.7 3.7L6 9.2l-3.3 1.8.7-3.7L.7 4.7l3.7-.5z"),
    "supporting": Icon(filled="M1.4 8.4h9.2v2.2H1.4zM3 4.6h6v2.6H3zM4.6 1.2h2.8v2.2H4.6z"),
    "general": Icon(
        stroked="M6 1.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2zM1.4 6h9.2"
        "M6 1.4c-2.8 2.8-2.8 6.4 0 9.2M6 1.4c2.8 2.8 2.8 6.4 0 9.2"
    ),
    "listens": Icon(
        stroked="M2 9.8a7.6 7.6 0 0 1 0-7.6M5 8.4a4.6 4.6 0 0 1 0-4.8",
        filled="M8.4 4.4a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2z",
    ),
    "asks": Icon(stroked="M1 3.8h8M6.4 1.4 9 3.8 6.4 6.2M11 8.2H3M5.6 5.8 3 8.2l2.6 2.4"),
    "trigger": Icon(stroked="M1 6h8M6.4 3.2 9.4 6 6.4 8.8"),
    "state": Icon(stroked="M3.6 2.4h4.8a2 2 0 0 1 2 2v3.2a2 2 0 0 1-2 2H3.6a2 2 0 0 1-2-2V4.4a2 2 0 0 1 2-2z"),
    "final": Icon(
        stroked="M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6z",
        filled="M6 3.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8z",
    ),
    "tick": Icon(stroked="M1.8 6.4 4.8 9.4 10.4 2.8"),
    "stops": Icon(stroked="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5"),
    "waits": Icon(filled="M2.6 2h2.4v8H2.6zM7 2h2.4v8H7z"),
    "stale": Icon(stroked="M6 1.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6zM6 3.4V6l2 1.4"),
}
"""The signs by kind of note, and those of marks on a note."""
