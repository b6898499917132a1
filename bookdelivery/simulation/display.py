"""How a result looks in a notebook."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

_DOTS_PER_INCH = 80


def html(result: Result) -> str:
    """Write a result as HTML: a line that names it, its picture, and its figures folded away."""
    picture = io.BytesIO()
    result.plot().savefig(picture, format="png", dpi=_DOTS_PER_INCH)
    data = base64.b64encode(picture.getvalue()).decode()
    figures = result.summary()
    table = figures.to_html(float_format=_figure, na_rep="–")
    name = escape(repr(result))
    return (
        f"<div><p><strong>{name}</strong></p>"
        f'<img alt="{name}" style="max-width: 100%" src="data:image/png;base64,{data}">'
        f"<details><summary>{len(figures)} figures</summary>{table}</details></div>"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
