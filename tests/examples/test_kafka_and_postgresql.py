"""The example on Kafka and PostgreSQL runs on them."""

from __future__ import annotations

import asyncio

import pytest

from examples.kafka_and_postgresql.shop import main
from tests.adapters.brokers.topics import kafka_topic
from tests.adapters.stores.databases import database
from tests.servers.urls import postgres_url

pytestmark = pytest.mark.services


def test_an_order_is_on_its_way_and_the_next_one_gets_the_next_number(capsys: pytest.CaptureFixture[str]) -> None:
    with database(postgres_url) as data, kafka_topic() as topic:
        asyncio.run(main(data, topic))
        asyncio.run(main(data, topic))
    assert capsys.readouterr().out.splitlines() == ["order 1: shipping", "order 2: shipping"]
