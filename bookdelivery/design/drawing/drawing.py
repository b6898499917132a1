"""A drawing as it is handed out: shown in notebooks, saved as SVG, PNG, Mermaid or draw.io."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import attrs

from bookdelivery.design.drawing.drawio import to_drawio
from bookdelivery.design.drawing.faults import Fault, crossings_of, faults_of
from bookdelivery.design.drawing.mermaid import Chart
from bookdelivery.design.drawing.png import to_png
from bookdelivery.design.drawing.scene import Scene
from bookdelivery.design.drawing.svg import to_svg
from bookdelivery.kernel.errors import InvalidField

FORMATS = (".svg", ".png", ".mmd", ".drawio")
"""What `save` writes, by the ending of the file's name."""

READABLE = 0.8
"""How far a page may shrink a drawing before it scrolls instead."""


@attrs.frozen(eq=False, slots=False, repr=False)
class Drawing:
    """A drawing whose every place is decided; the same model gives the same bytes in every format.

    Attributes:
        scene: the notes, wires, labels and regions, with their places.
        chart: the same as nodes and edges, for formats that place things themselves.
    """

    scene: Scene
    chart: Chart

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG, light or dark by its reader's own setting."""
        return to_svg(self.scene)

    def to_svg(self, theme: str = "auto") -> str:
        """Write it as SVG.

        Args:
            theme: `light`, `dark`, or `auto` for the reader's own setting.

        Raises:
            InvalidField: there is no such theme.
        """
        return to_svg(self.scene, theme)

    def to_png(self, *, theme: str = "light", width_px: int | None = None, font_files: tuple[str, ...] = ()) -> bytes:
        """Draw it as PNG; needs `bookdelivery[design]`.

        Args:
            theme: `light` or `dark`.
            width_px: of the picture; by default the drawing's own width.
            font_files: fonts to use besides the installed ones.

        Raises:
            InvalidField: there is no such theme.
            NoFont: no font has the letters of the drawing.
        """
        return to_png(self.scene, theme=theme, width_px=width_px, font_files=font_files)

    def to_mermaid(self) -> str:
        """Write it for Mermaid, which GitHub and many wikis draw; it places things by itself."""
        return self.chart.to_mermaid()

    def to_drawio(self) -> str:
        """Write it for draw.io (diagrams.net), everything in its place and free to be moved."""
        return to_drawio(self.scene)

    def save(self, path: str | Path, *, theme: str = "auto", width_px: int | None = None) -> Path:
        """Write it to a file, in the format that the name's ending says.

        Args:
            path: ends in `.svg`, `.png`, `.mmd` or `.drawio`.
            theme: of SVG and PNG.
            width_px: of PNG.

        Returns:
            The path.

        Raises:
            InvalidField: the ending is another one, or there is no such theme.
            NoFont: no font has the letters of the drawing.
        """
        path = Path(path)
        match path.suffix.lower():
            case ".svg":
                path.write_text(self.to_svg(theme), encoding="utf-8", newline="\n")
            case ".png":
                path.write_bytes(self.to_png(theme=theme, width_px=width_px))
            case ".mmd":
                path.write_text(self.to_mermaid(), encoding="utf-8", newline="\n")
            case ".drawio":
                path.write_text(self.to_drawio(), encoding="utf-8", newline="\n")
            case _:
                raise InvalidField("drawing", "path", str(path), f"a name that ends in {', '.join(FORMATS)}")
        return path

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with its geometry: overlaps, lines through notes, text cut off. There should be none."""
        return faults_of(self.scene)

    @property
    def crossings(self) -> int:
        """How many times lines cross."""
        return crossings_of(self.scene)

    def __repr__(self) -> str:
        scene = self.scene
        return f"<Drawing of {scene.title}: {len(scene.notes)} notes, {scene.width:.0f} by {scene.height:.0f} pixels>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        # As wide as the page while that can be read; below it scrolls, as on a phone.
        width = self.scene.width
        style = f"width:100%;max-width:{width:.0f}px;min-width:{width * READABLE:.0f}px;height:auto;display:block"
        svg = self.svg.replace("<svg ", f'<svg style="{style}" ', 1)
        return f'<div style="overflow-x:auto">{svg}</div>'
