"""Conformance suites: what every adapter of a port has to do, as tests to run against an adapter of your own.

Subclass a suite in a test module and say how to open what you have built; pytest finds the rest:

    from bookdelivery.adapters.conformance.samples import CODEC
    from bookdelivery.adapters.conformance.stores import StoreConformance

    class TestMyStore(StoreConformance):
        async def open_store(self):
            return await MyStore.open("...", CODEC)

The suites need pytest; nothing else of the package imports them.
"""

import pytest

_SUITES = (
    "broker_groups",
    "broker_log",
    "id_sources",
    "requests",
    "store_dead_letters",
    "store_outbox",
    "store_records",
    "store_survival",
    "store_units",
)
pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))
