"""A plot of the report, drawn."""

from __future__ import annotations

import attrs


@attrs.frozen
class Plot:
    """One plot.

    Attributes:
        title: what it shows, as a finding.
        svg: the drawing.
    """

    title: str
    svg: str
