"""Means with control variates: what is known of a run's luck is taken out of its figure."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.statistics.interval import Estimate, Interval, checked, nothing
from bookdelivery.simulation.statistics.means import student_quantile

METHOD = "Student's t over replications with control variates"


def controlled_mean(
    values: Sequence[float], controls: Sequence[Sequence[float]], means: Sequence[float], confidence: float
) -> Estimate:
    """Give the mean of independent figures, with the help of others whose means are known.

    In a run in which more came than should, everybody waits longer. Regressing the figures on how far such controls
    were from their known means tells what would have been seen without that luck, with a narrower interval (Lavenberg
    & Welch, Management Science 27, 1981). It is exact where figures and controls are jointly normal, as means of long
    runs about are.

    Args:
        values: one figure a run.
        controls: for each run, the controls.
        means: the true mean of each control.
        confidence: of the interval, between 0 and 1.

    Raises:
        InvalidField: they do not fit together, or the confidence is none.
    """
    checked(confidence)
    size, number = len(values), len(means)
    if len(controls) != size or any(len(one) != number for one in controls):
        raise InvalidField("controlled_mean", "controls", controls, f"{number} figures for each of {size} runs")
    degrees = size - number - 1
    figures = np.asarray(values, dtype="float64")
    design = np.column_stack([np.ones(size), np.asarray(controls, dtype="float64").reshape(size, number) - means])
    if degrees < 1 or not np.isfinite(figures).all() or not np.isfinite(design).all():
        return nothing(float(figures.mean()) if size else float("nan"), METHOD, confidence, size)
    # A control that does not vary, as the service times of a constant, explains nothing and is left alone.
    inverse = np.linalg.pinv(design.T @ design)
    fitted = inverse @ design.T @ figures
    left = figures - design @ fitted
    reach = student_quantile(confidence, degrees) * sqrt(float(left @ left) / degrees * float(inverse[0, 0]))
    centre = float(fitted[0])
    return Estimate(centre, Interval(centre - reach, centre + reach, METHOD, confidence), size)
