"""The broker chosen by URL."""

from __future__ import annotations

from urllib.parse import urlsplit

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.sqlite import SqliteBroker
from bookdelivery.adapters.sqlite.opening import look
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ports import Broker
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.extras import needing
from bookdelivery.services.stores import SqliteFiles, path_of, without_password

ALLOWED = (
    "memory://, sqlite:///FILE (four slashes for an absolute path), kafka://HOST:PORT/TOPIC or redis://HOST:PORT/NUMBER"
)

_EXTRAS = {"kafka": "kafka", "redis": "redis", "rediss": "redis"}
"""The kinds of URL whose adapters need packages that not everybody has, and the extra that brings them."""

_WITH_STORES = frozenset({"memory", "redis", "rediss", "sqlite"})


def url_of_broker(url: str, broker_url: str | None) -> str:
    """Say where the broker is: where the data are, unless it is said apart.

    Raises:
        InvalidField: there is no broker where the data are.
    """
    scheme = urlsplit(url).scheme
    if broker_url is None and scheme not in _WITH_STORES:
        raise InvalidField("open", "broker_url", None, f"given, as {scheme}:// is no broker: {ALLOWED}")
    return url if broker_url is None else broker_url


def look_at_broker(url: str) -> None:
    """See that a broker can be opened at a URL as far as can be told without a server, and leave everything as it is.

    Raises:
        InvalidField: the URL is of no known kind.
        UnusableStore: there is something else at that place, or it cannot be read or written.
        MissingExtra: its packages are not installed.
    """
    scheme = urlsplit(url).scheme
    if scheme == "kafka":
        with needing(_EXTRAS[scheme], f"{scheme}://"):
            from bookdelivery.adapters.brokers.kafka.address import KafkaAddress  # noqa: PLC0415 - an extra

            KafkaAddress.from_url(url)
    elif scheme in _EXTRAS:
        with needing(_EXTRAS[scheme], f"{scheme}://"):
            from bookdelivery.adapters.stores.redis.settings import check  # noqa: PLC0415 - an extra

            check(url, "broker_url")
    elif scheme in _WITH_STORES:
        path = path_of(url, "broker_url")
        if path is not None:
            look(path)
    else:
        raise InvalidField("open", "broker_url", without_password(url), ALLOWED)


def open_broker(url: str, codec: Codec, files: SqliteFiles) -> Broker:
    """Open the broker at a URL that `look_at_broker` has found to be one.

    Args:
        url: where it is.
        codec: writes and reads what is sent.
        files: the SQLite files that are open.

    Raises:
        InvalidField: a setting in the URL is not known.
        UnusableStore: there is something else at that place, or it cannot be read or written.
        MissingExtra: its packages are not installed.
    """
    scheme = urlsplit(url).scheme
    if scheme == "kafka":
        with needing(_EXTRAS[scheme], f"{scheme}://"):
            from bookdelivery.adapters.brokers.kafka import KafkaAddress, KafkaBroker  # noqa: PLC0415 - an extra

            return KafkaBroker(KafkaAddress.from_url(url), codec)
    if scheme in _EXTRAS:
        with needing(_EXTRAS[scheme], f"{scheme}://"):
            from bookdelivery.adapters.brokers.redis_streams import RedisBroker  # noqa: PLC0415 - an extra

            return RedisBroker.from_url(url, codec)
    path = path_of(url, "broker_url")
    return MemoryBroker() if path is None else SqliteBroker(files.file(path), codec)
