"""Where the servers listen and keep their data, and as whom the tests come to them.

Every port is far from the server's usual one, which may be taken by one of the user's own. The environment variables
named here choose others, so that several working copies can have servers side by side.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The working copy."""

HOST = "127.0.0.1"

DATA = Path(os.environ.get("BOOKDELIVERY_SERVICES_DIR", ROOT / ".services")).absolute()
"""The servers' data, logs and process ids."""

USER = PASSWORD = DATABASE = "bookdelivery"  # noqa: S105
"""Nobody but this machine can reach the servers, so this is no secret; it is there so that a wrong one is refused."""

STRANGER = "stranger"
"""A Kafka user, with the same password, who may do nothing."""

VARIABLES = {
    "postgresql": "BOOKDELIVERY_POSTGRESQL_PORT",
    "mariadb": "BOOKDELIVERY_MARIADB_PORT",
    "redis": "BOOKDELIVERY_REDIS_PORT",
    "kafka": "BOOKDELIVERY_KAFKA_PORT",
}
"""By server: the environment variable with its port."""

_PORTS = {"postgresql": 15432, "mariadb": 13306, "redis": 16379, "kafka": 19092}


def port_of(server: str) -> int:
    """Give a server's port.

    Kafka takes the two that follow as well: the next asks clients who they are (SASL), the one after is for itself.

    Raises:
        ValueError: the environment variable holds no port number.
    """
    text = os.environ.get(VARIABLES[server], str(_PORTS[server]))
    if not text.isdecimal() or not 1024 <= int(text) <= 65_000:
        raise ValueError(f"{VARIABLES[server]} is {text!r}: give a port number from 1024 to 65000")
    return int(text)
