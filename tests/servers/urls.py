"""The servers' addresses, for a test that needs one: it is skipped without the server, and fails in CI.

A test module that needs a server is marked `services` (`pytestmark = pytest.mark.services`), which leaves it to
`make integration`.
"""

from __future__ import annotations

from functools import cache

from tests.missing import missing
from tests.servers.addresses import DATABASE, HOST, PASSWORD, USER, port_of
from tests.servers.daemon import Server
from tests.servers.kafka import Kafka
from tests.servers.mariadb import Mariadb
from tests.servers.postgresql import Postgresql
from tests.servers.redis import Redis


def kafka_url() -> str:
    """Give the URL of the Kafka to which anybody may do anything."""
    return f"kafka://{HOST}:{_port(Kafka)}"


def kafka_url_with_login(user: str = USER, password: str = PASSWORD) -> str:
    """Give the URL of the same Kafka where it asks clients who they are."""
    return f"kafka://{user}:{password}@{HOST}:{_port(Kafka) + 1}"


def redis_url() -> str:
    """Give the URL of Redis, its first database."""
    return f"redis://:{PASSWORD}@{HOST}:{_port(Redis)}/0"


def postgres_url(database: str = DATABASE) -> str:
    """Give the URL of a PostgreSQL database; the user may create others."""
    return f"postgresql://{USER}:{PASSWORD}@{HOST}:{_port(Postgresql)}/{database}"


def mariadb_url(database: str = DATABASE) -> str:
    """Give the URL of a MariaDB database; the user may create others."""
    return f"mysql://{USER}:{PASSWORD}@{HOST}:{_port(Mariadb)}/{database}"


@cache
def _answers(server: type[Server]) -> bool:
    return server().answers()


def _port(server: type[Server]) -> int:
    if not _answers(server):
        missing(f"{server.name} does not answer on {HOST}:{port_of(server.name)}; start it with: make services")
    return port_of(server.name)
