"""Intervals that claim no more than the sample gives, each for what it is right for.

Only replications are independent of one another: customers of the same run share its queues, its outage and its luck.
"""

from bookdelivery.simulation.statistics.controls import controlled_mean
from bookdelivery.simulation.statistics.interval import Estimate, Interval
from bookdelivery.simulation.statistics.means import mean_interval, paired_interval
from bookdelivery.simulation.statistics.order import median_interval, quantile_interval
from bookdelivery.simulation.statistics.proportions import clopper_pearson, none_found, share_interval, wilson
from bookdelivery.simulation.statistics.ratios import ratio_interval
from bookdelivery.simulation.statistics.renewal import availability_interval
from bookdelivery.simulation.statistics.sequential import look_confidences, look_sizes
from bookdelivery.simulation.statistics.steady_state import (
    SteadyState,
    batch_means,
    mser5,
    pooled_warm_up,
    steady_state,
)

__all__ = [
    "Estimate",
    "Interval",
    "SteadyState",
    "availability_interval",
    "batch_means",
    "clopper_pearson",
    "controlled_mean",
    "look_confidences",
    "look_sizes",
    "mean_interval",
    "median_interval",
    "mser5",
    "none_found",
    "paired_interval",
    "pooled_warm_up",
    "quantile_interval",
    "ratio_interval",
    "share_interval",
    "steady_state",
    "wilson",
]
