"""Business ids that begin with the day."""

from __future__ import annotations

from datetime import date

A_DAY = 1_000_000
"""Ids that a day has room for."""


class DatedIds:
    """Gives ids such as 261122_000001: the day, then a running number.

    For one process: what it counts is gone with it, and after a restart on the same day it would begin anew.

    Args:
        today: the day.
    """

    def __init__(self, today: date) -> None:
        self._first = int(today.strftime("%y%m%d")) * A_DAY
        self._given = 0

    async def next(self, kind: str) -> int:  # noqa: ARG002
        """Give the next id; kinds share the count."""
        self._given += 1
        return self._first + self._given
