"""The broker on Kafka keeps its own promises: the form on the wire, who may use it, errors that say what is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest
from confluent_kafka import Consumer, Producer

from bookdelivery.adapters.brokers.kafka import KafkaAddress, KafkaBroker
from bookdelivery.adapters.brokers.kafka.producer import RecordProducer
from bookdelivery.adapters.brokers.kafka.records import Headers
from bookdelivery.adapters.brokers.partitions import partition_of
from bookdelivery.adapters.conformance.broker_factory import contents, fetch
from bookdelivery.adapters.conformance.samples import CODEC, Noted, envelope
from bookdelivery.contexts.ordermanagement.messages import OrderTaken
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.kernel.wire import Codec
from tests.adapters.brokers.elsewhere import member_elsewhere
from tests.adapters.brokers.topics import PATIENT, kafka_topic
from tests.kernel.test_wire_plain import TAKEN
from tests.servers.addresses import STRANGER
from tests.servers.urls import kafka_url_with_login

PATIENCE_S = 200.0
NOBODY = "kafka://127.0.0.1:1"


def with_broker(
    body: Callable[[KafkaBroker], Awaitable[None]], url: str, codec: Codec = CODEC, *, timeout_s: float = 120.0
) -> None:
    """Run a test's body on a broker."""

    async def run() -> None:
        broker = KafkaBroker(KafkaAddress.from_url(url), codec, timeout_s=timeout_s)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await body(broker)
        finally:
            await broker.close()

    asyncio.run(run())


def known(url: str, user: str | None = None, password: str | None = None) -> str:
    """Give the URL of the same topic where Kafka asks who comes."""
    words = {name: value for name, value in (("user", user), ("password", password)) if value is not None}
    _, _, rest = url.removeprefix("kafka://").partition("/")
    return f"{kafka_url_with_login(**words)}/{rest}&security.protocol=SASL_PLAINTEXT"


@pytest.mark.services
def test_on_the_wire_is_the_bookstores_json_with_the_metadata_of_cloudevents_in_headers() -> None:
    sent = envelope(7)

    async def body(broker: KafkaBroker) -> None:
        await broker.publish([sent])
        servers, topic = broker.address.servers, broker.address.topic
        reader = Consumer({"bootstrap.servers": servers, "group.id": topic, "auto.offset.reset": "earliest"})
        reader.subscribe([topic])
        message = None
        while message is None:
            message = await asyncio.to_thread(reader.poll, 1.0)
        reader.close()
        assert message.error() is None
        assert message.key() == b"7"
        assert message.partition() == partition_of(7, 4)
        assert json.loads(message.value() or b"")["eventType"] == "Noted"
        came: Any = message.headers()
        headers = {name: value.decode() for name, value in came}
        assert headers["ce_specversion"] == "1.0"
        assert headers["ce_id"] == sent.id
        assert headers["ce_partitionkey"] == "7"
        assert headers["ce_correlationid"] == sent.correlation_id
        assert headers["content-type"] == "application/json"
        assert headers.get("traceparent") == sent.traceparent

    with kafka_topic(4) as url:
        with_broker(body, url)


@pytest.mark.services
def test_an_event_of_the_original_system_which_has_no_headers_is_understood() -> None:
    async def body(broker: KafkaBroker) -> None:
        member = await broker.subscribe("mypage")
        producer = Producer({"bootstrap.servers": broker.address.servers})
        producer.produce(broker.address.topic, value=json.dumps({**TAKEN, "orderId": "7"}))
        assert await asyncio.to_thread(producer.flush) == 0
        (read,) = contents(await fetch(member, 1))
        assert isinstance(read.message, OrderTaken)
        assert (read.key, read.id) == (7, f"{broker.address.topic}:0:0")

    with kafka_topic(1) as url:
        with_broker(body, url, Codec([OrderTaken]))


@pytest.mark.services
def test_who_says_who_it_is_publishes_and_reads() -> None:
    sent = [envelope(key) for key in range(10)]

    async def body(broker: KafkaBroker) -> None:
        await broker.publish(sent)
        member = await broker.subscribe("stock")
        deliveries = await fetch(member, 10)
        await member.acknowledge(deliveries)
        assert {read.id for read in contents(deliveries)} == {one.id for one in sent}
        assert await broker.lag("stock") == 0

    with kafka_topic(2) as url:
        with_broker(body, known(url))


@pytest.mark.services
def test_a_wrong_password_is_said_to_be_one_and_not_shown() -> None:
    async def body(broker: KafkaBroker) -> None:
        for asks in (broker.publish([envelope(1)]), broker.subscribe("stock"), broker.lag("stock")):
            with pytest.raises(UnusableStore, match="it refuses the login; check the user") as refusal:
                await asks
            assert "hush" not in str(refusal.value)
            assert "127.0.0.1" in str(refusal.value)
        assert "hush" not in repr(broker.address)

    with kafka_topic(2) as url:
        with_broker(body, known(url, password=quote("hush/hush", safe="")))


@pytest.mark.services
def test_who_may_not_use_the_topic_is_told_which() -> None:
    async def body(broker: KafkaBroker) -> None:
        refusal = f"this user may not use, or not make, the topic {broker.address.topic}"
        for asks in (broker.publish([envelope(1)]), broker.subscribe("stock"), broker.lag("stock")):
            with pytest.raises(UnusableStore, match=refusal):
                await asks

    with kafka_topic(2) as url:
        with_broker(body, known(url, STRANGER))


@pytest.mark.services
def test_a_topic_gets_the_partitions_asked_for_and_one_that_is_there_keeps_its_own() -> None:
    async def body(broker: KafkaBroker) -> None:
        await broker.publish([envelope(key) for key in range(200)])
        member = await broker.subscribe(f"reader of {broker.address.partitions}")
        deliveries = await fetch(member, await broker.lag("nobody's"))
        assert {delivery.partition for delivery in deliveries} == {0, 1, 2}

    with kafka_topic(3) as url:
        with_broker(body, url)
        with_broker(body, url.replace("partitions=3", "partitions=7"))


@pytest.mark.services
def test_a_static_member_that_comes_back_finds_its_partitions_without_a_rebalance() -> None:
    async def body(broker: KafkaBroker) -> None:
        constant = await broker.subscribe("stock")
        sent = [envelope(key) for key in range(40)]
        await broker.publish(sent)
        deliveries = await fetch(constant, 40)
        await constant.acknowledge(deliveries[:10])
        before = set(constant.partitions)
        await constant.close()
        again = await broker.subscribe("stock")
        await fetch(again, await broker.lag("stock"))
        assert set(again.partitions) == before

    with kafka_topic(3, f"{PATIENT}&group.instance.id=shelf-1") as url:
        with_broker(body, url)


@pytest.mark.services
def test_a_message_larger_than_the_topic_takes_is_refused_and_the_next_ones_are_not() -> None:
    async def body(broker: KafkaBroker) -> None:
        member = await broker.subscribe("stock")
        sent = envelope(1)
        large = envelope(1, message=Noted(case_id=1, text="책" * 1_000_000))
        with pytest.raises(UnusableStore, match="a message is larger than the topic"):
            await broker.publish([large])
        await broker.publish([sent])
        assert contents(await fetch(member, 1)) == [sent]

    with kafka_topic(1) as url:
        with_broker(body, url)


@pytest.mark.services
def test_an_acknowledgement_is_never_taken_back() -> None:
    async def body(broker: KafkaBroker) -> None:
        member = await broker.subscribe("stock")
        await broker.publish([envelope(7) for _ in range(100)])
        deliveries = await fetch(member, 100)
        # As lanes and batches do it: many at once, in any order.
        await asyncio.gather(*(member.acknowledge([delivery]) for delivery in reversed(deliveries)))
        assert await broker.lag("stock") == 0

    with kafka_topic(1) as url:
        with_broker(body, url)


def test_a_kafka_that_is_not_there_is_unavailable_with_the_reason() -> None:
    async def body(broker: KafkaBroker) -> None:
        for asks in (broker.publish([envelope(1)]), broker.subscribe("stock"), broker.lag("stock")):
            with pytest.raises(Unavailable, match=r"Kafka at 127\.0\.0\.1:1 cannot be reached just now .*refused"):
                await asks

    with_broker(body, NOBODY)


def test_a_name_nobody_knows_is_said_to_be_one() -> None:
    async def body(broker: KafkaBroker) -> None:
        with pytest.raises(Unavailable, match=r"no-such-host\.invalid:9092 cannot be reached just now .*resolve"):
            await broker.publish([envelope(1)])

    with_broker(body, "kafka://no-such-host.invalid:9092")


def test_records_that_nobody_acknowledges_are_given_up_all_together() -> None:
    async def body() -> None:
        producer = RecordProducer(KafkaAddress.from_url(NOBODY), 1.0)
        try:
            headers: Headers = [("ce_id", b"1")]
            record = (b"1", headers, b"{}")
            outcomes = await asyncio.gather(
                *(producer.publish([record] * 10) for _ in range(3)), return_exceptions=True
            )
            assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
        finally:
            await producer.close()

    asyncio.run(body())


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidField, match="timeout_s is 0"):
        KafkaBroker(KafkaAddress("127.0.0.1:1"), CODEC, timeout_s=0)
    with pytest.raises(InvalidField, match=r"KafkaAddress\.settings is .*queue\.buffering\.max\.ms"):
        KafkaBroker(KafkaAddress.from_url(f"{NOBODY}?linger.ms=never"), CODEC)


@pytest.mark.services
def test_a_member_whose_event_loop_hangs_loses_its_partitions_to_others() -> None:
    async def body(url: str) -> None:
        broker = KafkaBroker(KafkaAddress.from_url(url), CODEC)
        await broker.publish([envelope(key) for key in range(60)])
        hanging = await broker.subscribe("stock")
        got = len(await hanging.fetch())
        with member_elsewhere(url) as elsewhere:
            assert elsewhere.process.stdin is not None
            elsewhere.process.stdin.write("fetch 60\n")
            elsewhere.process.stdin.flush()
            # Nothing of this process's loop runs meanwhile.
            assert elsewhere.process.stdout is not None
            assert elsewhere.process.stdout.readline() == "60\n"
        assert 0 < got <= 60
        await broker.close()

    with kafka_topic(4, "session.timeout.ms=6000&max.poll.interval.ms=6000") as url:
        asyncio.run(body(url))
