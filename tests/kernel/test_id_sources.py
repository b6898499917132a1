"""The kernel's own sources of business ids do what every source has to."""

import time

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.kernel.ids import ReplicaIds, Sequence
from bookdelivery.kernel.ports import IdSource


class TestSequence(IdSourceConformance):
    async def open_source(self) -> IdSource:
        return Sequence()


class TestReplicaIds(IdSourceConformance):
    async def open_source(self) -> IdSource:
        return ReplicaIds(7, now=time.time)


class TestReplicaIdsWhoseClockStandsStill(IdSourceConformance):
    async def open_source(self) -> IdSource:
        return ReplicaIds(7, now=lambda: 1_763_796_656.0)
