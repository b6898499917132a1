"""Pictures of your own, in the style of a run's: for notebooks, reports and slides.

```python
from bookdelivery.simulation.charts import chart

picture, axes = chart("Two pods hold what one cannot", x="pods", y="99 % of answers within, in s")
axes.plot([1, 2, 3], [4.1, 0.4, 0.3], marker="o")
picture
```

Colours are those of Okabe and Ito (Color Universal Design, 2008), which people with colour-blindness can tell apart.
"""

from bookdelivery.simulation.charts.axes import chart, charts, intervals, mark
from bookdelivery.simulation.charts.exploring import explore
from bookdelivery.simulation.charts.heat_map import heat_map
from bookdelivery.simulation.plotting.fonts import label
from bookdelivery.simulation.plotting.look import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LINES,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    TimeAxis,
    legend,
    shade,
)
from bookdelivery.simulation.plotting.picture import Picture

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "LINES",
    "ORANGE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "YELLOW",
    "Picture",
    "TimeAxis",
    "chart",
    "charts",
    "explore",
    "heat_map",
    "intervals",
    "label",
    "legend",
    "mark",
    "shade",
]
