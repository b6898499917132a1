"""The design of a system, read from its declarations: drawn, checked, questioned, and compared with what is measured.

Needs the `design` extra.
"""

from bookdelivery.design.drawing import (
    Drawing,
    Step,
    board,
    context_map,
    draw_flow,
    hexagon,
    lifecycle,
    organisation,
)
from bookdelivery.design.elements import CAUSAL, Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnknownElement, UnreadableModel
from bookdelivery.design.model import DesignModel

__all__ = [
    "CAUSAL",
    "DesignModel",
    "Drawing",
    "Edge",
    "EdgeKind",
    "Node",
    "NodeKind",
    "Step",
    "UnknownElement",
    "UnreadableModel",
    "board",
    "context_map",
    "draw_flow",
    "hexagon",
    "lifecycle",
    "organisation",
]
