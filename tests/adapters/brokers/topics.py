"""Topics of a test's own on the brokers that are servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from confluent_kafka.admin import AdminClient
from redis import Redis

from tests.servers.urls import kafka_url, redis_url

PATIENT = "session.timeout.ms=45000&heartbeat.interval.ms=300&linger.ms=0"
"""Settings of Kafka's for tests: a slow machine must not lose a member, and one lost on purpose should soon know."""


@contextmanager
def kafka_topic(partitions: int = 12, settings: str = PATIENT) -> Iterator[str]:
    """Give the URL of a topic that is not there yet, and remove it afterwards."""
    server, topic = kafka_url(), f"test-{uuid4().hex[:12]}"
    yield f"{server}/{topic}?partitions={partitions}&{settings}"
    admin = AdminClient({"bootstrap.servers": server.removeprefix("kafka://")})
    for removed in admin.delete_topics([topic]).values():
        removed.exception()


@contextmanager
def redis_topic(partitions: int = 12, lease_s: float = 120.0) -> Iterator[str]:
    """Give the URL of a topic that is not there yet, and remove it afterwards."""
    server, topic = redis_url(), f"test-{uuid4().hex[:12]}"
    yield f"{server}?topic={topic}&partitions={partitions}&lease_s={lease_s}"
    with Redis.from_url(server) as redis:
        for key in redis.scan_iter(f"{{bookdelivery-topic:{topic}}}:*"):
            redis.delete(key)


@contextmanager
def topic_on(kind: str, partitions: int = 12, *, found_out_after_s: float = 120.0) -> Iterator[str]:
    """Give the URL of a fresh topic on one of the brokers that are servers.

    Args:
        kind: `kafka` or `redis`.
        partitions: how many the topic has.
        found_out_after_s: seconds after which a member that was killed is missed.
    """
    if kind == "redis":
        with redis_topic(partitions, found_out_after_s) as url:
            yield url
    else:
        milliseconds = round(found_out_after_s * 1000)
        with kafka_topic(partitions, f"session.timeout.ms={milliseconds}&heartbeat.interval.ms=300") as url:
            yield url
