"""What all pictures of a run have in common: colours, the time axis, shaded faults, legends beside the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

if TYPE_CHECKING:
    from bookdelivery.simulation.result import Result

# Okabe and Ito's palette (Color Universal Design, 2008), which people with colour-blindness can tell apart.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#B8B8B8"
SHADE = "#707070"

LINES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""The colours of lines, in the order in which they are given out."""

BINS = 120
"""Into how many parts the time axis is cut to count things."""

_UNITS = ((3 * 3600.0, 3600.0, "h"), (600.0, 60.0, "min"), (0.0, 1.0, "s"))


@attrs.frozen
class TimeAxis:
    """The part of the run that is shown.

    Attributes:
        end_s: where it ends, in seconds; it begins at 0.
        unit_s: the seconds of one unit of the axis.
        unit: the unit's name.
    """

    end_s: float
    unit_s: float
    unit: str

    @classmethod
    def of(cls, result: Result) -> TimeAxis:
        """Show the load and the faults, and a good part of what came after them."""
        busy_s = max([result.scenario.lasts, *result.faults["end_s"]])
        end_s = min(result.world.ended_s, 1.3 * busy_s)
        unit_s, unit = next((seconds, name) for least_s, seconds, name in _UNITS if end_s >= least_s)
        return cls(end_s, unit_s, unit)

    @property
    def edges_s(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The limits of the bins in which things are counted, in seconds."""
        return np.linspace(0.0, self.end_s, BINS + 1)

    def bins(self, times_s: pd.Series) -> pd.Series:
        """Say which bin each moment falls into."""
        return pd.Series(np.digitize(times_s, self.edges_s) - 1, index=times_s.index)

    def scaled(self, times_s: Any) -> Any:
        """Turn seconds into the axis's unit."""
        return np.asarray(times_s, dtype="float64") / self.unit_s


def titled(panel: Axes, title: str, unit: str = "") -> None:
    """Name a panel, and the unit of its vertical axis."""
    panel.set_title(title, loc="left", fontsize=10)
    if unit:
        panel.set_ylabel(unit, fontsize=9)


def logarithmic(panel: Axes) -> None:
    """Scale a panel's vertical axis by logarithms, with numbers that people read."""
    panel.set_yscale("log")
    least, most = panel.get_ylim()
    if most < 3 * least:
        # Of what hardly differs, no difference is made much of.
        least, most = least / 2, most * 2
        panel.set_ylim(least, most)
    panel.yaxis.set_major_locator(LogLocator(subs=(1.0,) if most > 50 * least else (1.0, 2.0, 5.0)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())


def lanes(panel: Axes, names: Sequence[str]) -> None:
    """Prepare a panel of horizontal lanes, the first one on top."""
    panel.set_yticks(range(len(names)), list(names), fontsize=8)
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(visible=False)


def bar(panel: Axes, axis: TimeAxis, lane: int, begin_s: float, end_s: float, color: str) -> None:
    """Draw a time in a lane, as far as it is shown."""
    end_s = min(end_s, axis.end_s)
    if begin_s < axis.end_s and end_s >= begin_s:
        length_s = max(end_s - begin_s, axis.end_s / 500)
        panel.broken_barh(
            [(begin_s / axis.unit_s, length_s / axis.unit_s)], (lane - 0.35, 0.7), color=color, linewidth=0
        )


def windows(result: Result) -> list[tuple[str, float, float]]:
    """Each fault's label, beginning and end in seconds, by beginning."""
    faults = result.faults
    rows = zip(faults["label"].tolist(), faults["start_s"].tolist(), faults["end_s"].tolist(), strict=True)
    return sorted(rows, key=lambda window: window[1])


def shade(panel: Axes, result: Result, axis: TimeAxis) -> None:
    """Shade the times of faults."""
    for _, begin_s, end_s in windows(result):
        if begin_s < axis.end_s:
            length_s = max(min(end_s, axis.end_s) - begin_s, axis.end_s / 500)
            begin = begin_s / axis.unit_s
            panel.axvspan(begin, begin + length_s / axis.unit_s, color=SHADE, alpha=0.17, linewidth=0, zorder=0)


def legend(panel: Axes, handles: Sequence[Artist] | None = None) -> None:
    """Explain colours to the right of the panel."""
    shown = handles if handles is not None else panel.get_legend_handles_labels()[0]
    if shown:
        panel.legend(handles=shown, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
