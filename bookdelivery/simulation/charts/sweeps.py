"""A figure over the settings of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.charts.axes import chart, intervals
from bookdelivery.simulation.charts.heat_map import heat_map
from bookdelivery.simulation.experiments.metrics import Metric
from bookdelivery.simulation.plotting.look import VERMILION
from bookdelivery.simulation.plotting.picture import Picture


def plot_sweep(
    summary: pd.DataFrame,
    settings: Sequence[str],
    metric: Metric,
    *,
    title: str,
    names: Mapping[str, str],
    marked: Mapping[str, Any],
) -> Picture:
    """Draw it: with intervals over one setting, as a heat map over two.

    Args:
        summary: one row a combination: the settings, value, low, high.
        settings: the columns of the settings, one or two.
        metric: what is drawn.
        title: as a finding in a sentence.
        names: what to call settings, with their units.
        marked: the settings of the combination that was chosen; none for none.

    Raises:
        InvalidField: there are more settings, or the marked combination is not there.
    """
    unit = f"{metric.name}, {metric.unit}" if metric.unit else metric.name
    if len(settings) > 2:
        raise InvalidField("Sweep.plot", "grid", settings, "one or two settings; a picture has no room for more")
    if marked and set(marked) != set(settings):
        raise InvalidField("Sweep.plot", "marked", dict(marked), f"a value for each of {', '.join(settings)}")
    if len(settings) == 2:
        y, x = settings
        place = (marked[x], marked[y]) if marked else None
        return heat_map(summary, x=x, y=y, title=title, unit=unit, names=names, marked=place)
    [x] = settings
    picture, axes = chart(title, x=names.get(x, x), y=unit)
    intervals(axes, summary, x=x)
    axes.set_xticks(summary[x].tolist())
    if marked:
        if marked[x] not in summary[x].tolist():
            raise InvalidField("Sweep.plot", "marked", dict(marked), f"one of {summary[x].tolist()}")
        axes.axvline(marked[x], color=VERMILION, linewidth=1.2, linestyle="--", zorder=0)
    return picture
