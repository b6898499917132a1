"""The servers that the benchmarks of the services need: those of `make services`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.servers.addresses import DATABASE, HOST, PASSWORD, USER, port_of
from tests.servers.kafka import Kafka
from tests.servers.postgresql import Postgresql


def left_out() -> str:
    """Say which of them do not answer; "" if all do."""
    silent = [server.name for server in (Postgresql(), Kafka()) if not server.is_installed() or not server.answers()]
    return f"{' and '.join(silent)} not running: make services" if silent else ""


@contextmanager
def database() -> Iterator[str]:
    """Have a database of one's own for a while; gives its URL."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_url(DATABASE), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield _url(name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def topic(partitions: int = 12) -> str:
    """Give the URL of a topic that nobody has used yet."""
    return f"kafka://{bootstrap()}/bench-{uuid.uuid4().hex[:12]}?partitions={partitions}"


def bootstrap() -> str:
    """Give Kafka's address."""
    return f"{HOST}:{port_of('kafka')}"


def _url(name: str) -> str:
    return f"postgresql://{USER}:{PASSWORD}@{HOST}:{port_of('postgresql')}/{name}"
