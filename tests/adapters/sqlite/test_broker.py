"""The broker in an SQLite file does what every broker has to, and keeps its own promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.brokers import BrokerConformance
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.adapters.sqlite.broker import SqliteBroker
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.subscription import SqliteSubscription
from bookdelivery.kernel.ports import Broker, Subscription


class TestSqliteBroker(BrokerConformance):
    quiet_s = 0.1

    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "shop.db"

    async def open_broker(self) -> Broker:
        return SqliteBroker(SqliteFile(self.path), CODEC, self.partitions, owns_file=True)

    async def reopen(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def open_another(self, broker: Broker) -> Broker:
        return await self.open_broker()

    async def lose(self, broker: Broker, member: Subscription) -> None:
        assert isinstance(broker, SqliteBroker)
        assert isinstance(member, SqliteSubscription)
        await broker.expel(member)

    async def put_unreadable(self, broker: Broker, key: int) -> None:
        assert isinstance(broker, SqliteBroker)
        await broker.publish_raw({"ce_id": "broken"}, b"{", key)
