"""How fast an error budget burns, and which alerts fire: multi-window, multi-burn-rate.

See "The Site Reliability Workbook" (Google, 2018), chapter 5, "Alerting on SLOs", section 6.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import attrs
import numpy as np

from bookdelivery.simulation.operations.objective import BurnRateAlert, Objective


class ErrorLog:
    """Requests that count for an objective, as cumulative numbers over time.

    Args:
        at_s: when each request ended, in seconds, ascending.
        bad: whether it was bad.
    """

    def __init__(self, at_s: Sequence[float], bad: Sequence[bool]) -> None:
        self._at_s = at_s
        self._bad = np.concatenate([[0], np.cumsum(np.asarray(bad, dtype="int64"))]).tolist()

    def error_rate(self, until_s: float, window_s: float) -> float:
        """Give the part of the requests in (until_s - window_s, until_s] that were bad; 0 where there were none."""
        begin, end = bisect_right(self._at_s, until_s - window_s), bisect_right(self._at_s, until_s)
        return float((self._bad[end] - self._bad[begin]) / (end - begin)) if end > begin else 0.0

    def burn_rate(self, objective: Objective, until_s: float, window_s: float) -> float:
        """Say how many times faster than it may the error budget burnt in the window that ends then."""
        return self.error_rate(until_s, window_s) / objective.budget


@attrs.frozen(kw_only=True)
class Firing:
    """A time during which an alert fired.

    Attributes:
        alert: which.
        fired_s: from when, in seconds.
        resolved_s: to when, in seconds; nan: it still fired at the end.
        burn_rate: of the long window, when it began to fire.
    """

    alert: BurnRateAlert
    fired_s: float
    resolved_s: float
    burn_rate: float


def firings(objective: Objective, log: ErrorLog, end_s: float) -> list[Firing]:
    """Look at an objective again and again, and say when which of its alerts fired.

    Args:
        objective: the objective, with its alerts.
        log: the requests that count.
        end_s: when to stop looking, in seconds.

    Returns:
        The times of all its alerts, those of the first alert first.
    """
    found: list[Firing] = []
    every_s = objective.evaluate_every_s
    for alert in objective.alerts:
        since: tuple[float, float] | None = None
        for look in range(1, int(end_s / every_s) + 1):
            now_s = look * every_s
            rate = log.burn_rate(objective, now_s, alert.long_s)
            fires = rate > alert.burn_rate and log.burn_rate(objective, now_s, alert.short_s) > alert.burn_rate
            if fires and since is None:
                since = now_s, rate
            elif not fires and since is not None:
                found.append(Firing(alert=alert, fired_s=since[0], resolved_s=now_s, burn_rate=since[1]))
                since = None
        if since is not None:
            found.append(Firing(alert=alert, fired_s=since[0], resolved_s=float("nan"), burn_rate=since[1]))
    return found


def time_to_detect_s(objective: Objective, alert: BurnRateAlert, error_rate: float) -> float:
    """Compute how long it takes until an alert fires, from the beginning of a steady error rate after none at all.

    It is (1 - goal) / error rate x long window x burn rate (chapter 5, section 4); infinity where it never fires. The
    short window is full long before the long one is: it never delays.

    Args:
        objective: the objective.
        alert: one of its alerts.
        error_rate: the part of the requests that are bad from now on.
    """
    threshold = alert.burn_rate * objective.budget
    return float("inf") if error_rate <= threshold else threshold / error_rate * alert.long_s
