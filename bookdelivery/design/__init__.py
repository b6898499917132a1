"""The design of a system, read from its declarations: drawn, checked, questioned, and compared with what is measured.

Needs the `design` extra.
"""

from bookdelivery.design.elements import CAUSAL, Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.errors import UnknownElement, UnreadableModel
from bookdelivery.design.model import DesignModel

__all__ = ["CAUSAL", "DesignModel", "Edge", "EdgeKind", "Node", "NodeKind", "UnknownElement", "UnreadableModel"]
