"""How a store deals with its Redis, and the connection it makes of a URL."""

from __future__ import annotations

from urllib.parse import urlsplit

import attrs
from redis.asyncio import Redis
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.values import duration_s

ALLOWED = "redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS"


def _count(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or not 1 <= value <= 1000:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number from 1 to 1000")


@attrs.frozen(kw_only=True)
class RedisSettings:
    """How a context's store deals with its Redis.

    Attributes:
        connections: how many are kept open at most.
        connect_timeout_s: seconds to wait for a connection, also for one that others use.
        answer_timeout_s: seconds to wait for an answer.
        allow_loss: whether to work with a Redis that forgets: one that keeps no append-only file, or that evicts keys
            when its memory is full. It is refused otherwise, if it says so (`CONFIG GET` may be forbidden).
    """

    connections: int = attrs.field(default=8, validator=_count)
    connect_timeout_s: float = attrs.field(default=5.0, validator=duration_s)
    answer_timeout_s: float = attrs.field(default=30.0, validator=duration_s)
    allow_loss: bool = False


def check(url: str, field: str = "url") -> None:
    """See that a URL is one of a Redis.

    Query parameters go to the driver: `rediss://...?ssl_ca_certs=ca.pem` for example.

    Raises:
        InvalidField: it is not.
    """
    parts = urlsplit(url)
    try:
        is_good = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    number = parts.path.removeprefix("/")
    if not is_good or not (number.isdecimal() or not number):
        raise InvalidField("open", field, without_password(url), ALLOWED)


def without_password(url: str) -> str:
    """Show a URL in messages."""
    parts = urlsplit(url)
    before, at, after = parts.netloc.rpartition("@")
    user = before.partition(":")[0]
    return parts._replace(netloc=f"{user}:***@{after}" if at else after, query="").geturl()


def connect(url: str, settings: RedisSettings, name: str) -> Redis:
    """Make a client. It connects when it is first used, and never asks twice by itself: only callers know what may be.

    Args:
        url: the Redis.
        settings: its patience.
        name: what its connections are called in Redis's list of clients.

    Raises:
        InvalidField: the URL is none of a Redis.
    """
    check(url)
    pool = ConnectionPool.from_url(
        url,
        max_connections=settings.connections,
        socket_connect_timeout=settings.connect_timeout_s,
        socket_timeout=settings.answer_timeout_s,
        socket_keepalive=True,
        client_name=name,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)
