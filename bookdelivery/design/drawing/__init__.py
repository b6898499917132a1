"""Pictures of a design, written by the library itself: board, context map, hexagons, flows and lifecycles.

Each drawing shows itself in a notebook, and saves itself as SVG, PNG, Mermaid or draw.io.
"""

from bookdelivery.design.drawing.board import Step, board
from bookdelivery.design.drawing.context_map import context_map
from bookdelivery.design.drawing.coverage_sheet import coverage_sheet
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.faults import Fault, FaultKind
from bookdelivery.design.drawing.flow import draw_flow
from bookdelivery.design.drawing.hexagon import hexagon
from bookdelivery.design.drawing.lifecycle import lifecycle
from bookdelivery.design.drawing.organisation import organisation
from bookdelivery.design.drawing.overlay import Overlay
from bookdelivery.design.drawing.overlays import comparison_overlay, coverage_overlay, impact_overlay
from bookdelivery.design.drawing.png import NoFont
from bookdelivery.design.drawing.stickies import linked_to

__all__ = [
    "Drawing",
    "Fault",
    "FaultKind",
    "NoFont",
    "Overlay",
    "Step",
    "board",
    "comparison_overlay",
    "context_map",
    "coverage_overlay",
    "coverage_sheet",
    "draw_flow",
    "hexagon",
    "impact_overlay",
    "lifecycle",
    "linked_to",
    "organisation",
]
