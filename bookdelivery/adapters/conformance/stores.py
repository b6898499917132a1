"""What every store has to do."""

from __future__ import annotations

from bookdelivery.adapters.conformance.store_dead_letters import DeadLetters
from bookdelivery.adapters.conformance.store_outbox import OutboxAndInbox
from bookdelivery.adapters.conformance.store_records import Records
from bookdelivery.adapters.conformance.store_survival import Survival
from bookdelivery.adapters.conformance.store_units import Units


class StoreConformance(Records, Units, OutboxAndInbox, DeadLetters, Survival):
    """The suite for the port `bookdelivery.kernel.ports.Store`.

    Say how to open a store with `open_store`, and how to get at the same data again with `reopen` and `open_another`.
    """
