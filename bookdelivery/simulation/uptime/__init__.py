"""Yearly uptime from how often pods fail, how soon that is noticed and mended, and how versions are rolled out.

```python
from bookdelivery.simulation import Uniform
from bookdelivery.simulation.uptime import Fleet, PodFailure, Rollouts, Sum, forecast_uptime, noticed_after

hangs = PodFailure(
    label="hangs",
    mtbf_s=30 * 86_400,
    unnoticed_s=noticed_after(period_s=5, failures=3),
    repair_s=Sum([noticed_after(period_s=10, failures=3), Uniform(8, 15)]),
)
fleet = Fleet(replicas=3, failures=[hangs], rollouts=Rollouts(every_s=7 * 86_400, start_up_s=10))
forecast_uptime(fleet).uptime
```
"""

from bookdelivery.simulation.uptime.episodes import Cause, Episode, Episodes
from bookdelivery.simulation.uptime.fleet import CommonOutage, Fleet, PodFailure, Rollouts, Sum, noticed_after
from bookdelivery.simulation.uptime.forecasting import Forecast, forecast_uptime
from bookdelivery.simulation.uptime.years import share_of_years, simulate_years

__all__ = [
    "Cause",
    "CommonOutage",
    "Episode",
    "Episodes",
    "Fleet",
    "Forecast",
    "PodFailure",
    "Rollouts",
    "Sum",
    "forecast_uptime",
    "noticed_after",
    "share_of_years",
    "simulate_years",
]
