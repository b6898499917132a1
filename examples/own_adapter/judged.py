"""The suite for sources of ids, on the adapter."""

from __future__ import annotations

from datetime import date

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from examples.own_adapter.dated_ids import DatedIds


class TestDatedIds(IdSourceConformance):
    """Whatever the suite asks of a source of ids."""

    async def open_source(self) -> DatedIds:
        """Open one for a day."""
        return DatedIds(date(2026, 11, 22))
