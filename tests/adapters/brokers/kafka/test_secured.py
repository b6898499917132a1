"""A Kafka behind TLS that asks who comes: who is let in works as anywhere, who is not is told why, without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from bookdelivery.adapters.brokers.kafka import KafkaAddress, KafkaBroker
from bookdelivery.adapters.conformance.broker_factory import contents, fetch
from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.kernel.errors import UnusableStore
from tests.adapters.brokers.kafka.secured import SCRAM_USER, SecuredKafka, secured_kafka
from tests.servers.addresses import PASSWORD

pytestmark = pytest.mark.services

PATIENCE_S = 200.0
SCRAM = {"user": SCRAM_USER, "sasl_mechanism": "SCRAM-SHA-512"}
WRONG = "hush/hush"


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("secured")) as server:
        yield server


def topic() -> str:
    return f"test-{uuid4().hex[:12]}"


@pytest.mark.parametrize("words", [{}, SCRAM], ids=["PLAIN", "SCRAM"])
def test_who_is_known_publishes_reads_and_acknowledges_over_tls(kafka: SecuredKafka, words: dict[str, str]) -> None:
    async def body() -> None:
        broker = KafkaBroker(KafkaAddress.from_url(kafka.url(topic(), **words)), CODEC, timeout_s=120)
        try:
            async with asyncio.timeout(PATIENCE_S):
                sent = [envelope(key) for key in range(10)]
                await broker.publish(sent)
                member = await broker.subscribe("stock")
                deliveries = await fetch(member, 10)
                assert {one.id for one in contents(deliveries)} == {one.id for one in sent}
                await member.acknowledge(deliveries)
                assert await broker.lag("stock") == 0
        finally:
            await broker.close()

    asyncio.run(body())


@pytest.mark.parametrize("words", [{}, SCRAM], ids=["PLAIN", "SCRAM"])
def test_a_wrong_password_over_tls_is_said_to_be_one_and_not_shown(kafka: SecuredKafka, words: dict[str, str]) -> None:
    told = refusals(kafka.url(topic(), password=WRONG, **words))
    assert all("it refuses the login; check the user" in text for text in told), told
    assert all("hush" not in text for text in told), told


def test_a_server_that_nobody_trusted_vouches_for_gets_no_login(kafka: SecuredKafka) -> None:
    told = refusals(kafka.url(topic(), ssl_ca_location=str(kafka.stranger)))
    assert all("no TLS connection comes about; check security.protocol and ssl.ca.location" in text for text in told)
    assert all(PASSWORD not in text.replace("bookdelivery-", "") for text in told), told


def refusals(url: str) -> list[str]:
    """Try everything; gives what is said of each attempt."""
    told = []

    async def body() -> None:
        broker = KafkaBroker(KafkaAddress.from_url(url), CODEC, timeout_s=120)
        try:
            async with asyncio.timeout(PATIENCE_S):
                for asks in (broker.publish([envelope(1)]), broker.subscribe("stock"), broker.lag("stock")):
                    with pytest.raises(UnusableStore) as refusal:
                        await asks
                    told.append(f"{refusal.value} {refusal.value!r} {broker.address!r}")
        finally:
            await broker.close()

    asyncio.run(body())
    return told
