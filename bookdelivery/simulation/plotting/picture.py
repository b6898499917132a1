"""A figure that a notebook shows by itself, whether or not pyplot is there."""

from __future__ import annotations

import io
from typing import Any, cast

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from bookdelivery.simulation.plotting.fonts import families

_DOTS_PER_INCH = 96

_TAKEN_IN = 0.9
"""How much of a picture's height, in inches, its title and what stands below the axes take."""


class Picture(Figure):
    """A matplotlib Figure that no global state knows of, and that draws Korean words where a font has them.

    A Figure made without pyplot is shown by a notebook as its name only; this one has a picture to give.
    """

    def draw(self, renderer: Any) -> None:
        """Draw it, with fonts for both languages."""
        for text in cast(list[Text], self.findobj(Text)):
            if text.get_fontfamily() == ["sans-serif"]:
                text.set_fontfamily(families())
        for axes in self.axes:
            self._break(axes.yaxis.label, renderer)
        super().draw(renderer)

    def _break(self, label: Text, renderer: Any) -> None:
        """Give a label that stands upright, and is longer than there is room for, a second line."""
        words = label.get_text().split(" ")
        room = self.bbox.height - _TAKEN_IN * self.dpi
        if len(words) == 1 or "\n" in label.get_text() or label.get_window_extent(renderer).height <= room:
            return
        lines = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words)))
        label.set_text("\n".join(min(lines, key=lambda pair: max(map(len, pair)))))

    def to_svg(self) -> str:
        """Write it as SVG, the same one the same each time."""
        picture = io.StringIO()
        # Words stay words: smaller, found by a search, read aloud, and in the reader's own fonts.
        with rc_context({"svg.hashsalt": "bookdelivery", "svg.fonttype": "none"}):
            self.savefig(picture, format="svg", metadata={"Date": None})
        return picture.getvalue()

    def to_png(self) -> bytes:
        """Write it as PNG, as a notebook shows it."""
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
        return picture.getvalue()

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        # What it shows, in words, goes with it to readers who cannot see it.
        return self.to_png(), {"alt": self.get_suptitle()}
