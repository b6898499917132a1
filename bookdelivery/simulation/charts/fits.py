"""Fitted distributions beside what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bookdelivery.simulation.charts.axes import chart
from bookdelivery.simulation.plotting.look import BLACK
from bookdelivery.simulation.plotting.picture import Picture

if TYPE_CHECKING:
    from bookdelivery.simulation.measured.fitting import Fits

_LINE_STYLES = ("-", "--", "-.", ":")


def plot_fits(fits: Fits, title: str) -> Picture:
    """Draw the share of durations that are longer than so much, measured and as each family has it."""
    sample = fits.sample
    picture, axes = chart(title, x="duration in s", y="share that is longer")
    longer = 1 - np.arange(1, len(sample) + 1) / (len(sample) + 1)
    axes.plot(sample, longer, ".", color=BLACK, markersize=3, label=f"measured ({len(sample):,})")
    places = np.linspace(0.0, sample[-1] * 1.05, 400)
    for one, style in zip(fits.candidates, _LINE_STYLES, strict=False):
        told = f"{one.family} (p = {one.p_value:.2g})"
        axes.plot(places, one.frozen.sf(places), linestyle=style, linewidth=1.6, label=told)
    axes.set_yscale("log")
    axes.set_ylim(0.3 / len(sample), 1.5)
    axes.legend(frameon=False, fontsize=9)
    return picture
