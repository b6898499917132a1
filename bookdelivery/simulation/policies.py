"""Writes down what resilience policies other than breakers have done; a breaker tells of itself."""

from __future__ import annotations

from collections.abc import Mapping

from bookdelivery.resilience import Protection
from bookdelivery.simulation.tables import Table


def note_policies(table: Table, now_s: float, context: str, pod: str, protections: Mapping[str, Protection]) -> None:
    """Add a row for each policy of a pod; see `policies` in `bookdelivery.simulation.columns`."""
    for around, protection in protections.items():
        where = (now_s, context, pod, around)
        if protection.retry is not None:
            retry = protection.retry
            denied = 0 if retry.budget is None else retry.budget.denied
            table.add((*where, "retry", retry.calls, denied, retry.retried, 0, 0))
        if protection.rate_limiter is not None:
            limiter = protection.rate_limiter
            table.add((*where, "rate_limit", limiter.admitted, limiter.refused, 0, 0, limiter.waiting))
        for name, room in (("bulkhead", protection.bulkhead), ("shedding", protection.shedder)):
            if room is not None:
                table.add((*where, name, room.admitted, room.refused, 0, room.inside, room.waiting))
