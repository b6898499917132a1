"""Approved payments, as payment states them: what the benchmarks of the services publish and handle."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence

from confluent_kafka import Producer

from benchmarks.servers import bootstrap
from bookdelivery.adapters.brokers.kafka.records import Record, to_record
from bookdelivery.application.composition import compose
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.contexts.payment.messages import PayApproved
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.wire import Codec

_PURCHASE = Purchase(
    customer_id=1,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=25_000,
    delivery_address="kyungkido sungnamsi",
    delivery_phone_number="01012341234",
)


def approved(number: int) -> list[Envelope]:
    """Make the events of so many orders."""
    return [
        Envelope(
            id=f"{key:036d}",
            type="PayApproved",
            source="payment",
            time=1e9 + key / 1000,
            correlation_id=f"{key}",
            causation_id=None,
            key=key,
            message=PayApproved(order_id=key, payment_id=key, amount=25_000, purchase=_PURCHASE),
        )
        for key in range(1, number + 1)
    ]


def records(number: int) -> Sequence[Record]:
    """Make Kafka's records of them."""
    codec = Codec(compose(BOOKSTORE).messages)
    return [to_record(codec, envelope) for envelope in approved(number)]


def set_aside() -> None:
    """Spare what is measured the search for garbage among what it is measured with, which is here by now."""
    gc.collect()
    gc.freeze()


def produce(topic: str, ready: Sequence[Record]) -> float:
    """Produce records with a bare loop, until all are acknowledged; gives the seconds it took."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap(),
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 1,
            "partitioner": "murmur2_random",
        }
    )
    # Connected, and the topic known, before anybody looks at the clock.
    producer.list_topics(topic, timeout=60)
    began_s = time.perf_counter()
    for key, headers, body in ready:
        producer.produce(topic, key=key, value=body, headers=headers)
        producer.poll(0)
    left = producer.flush(120)
    assert not left, "Kafka did not acknowledge everything"
    return time.perf_counter() - began_s


def name_of(broker_url: str) -> str:
    """Give the topic's name in a broker's URL."""
    return broker_url.rpartition("/")[2].partition("?")[0]


async def made(broker_url: str) -> None:
    """See that a topic is there."""
    from bookdelivery.adapters.brokers.kafka import KafkaAddress, KafkaBroker  # noqa: PLC0415 - Kafka's alone

    broker = KafkaBroker(KafkaAddress.from_url(broker_url), Codec([]))
    await broker.lag("nobody")
    await asyncio.wait_for(broker.close(), 60)
