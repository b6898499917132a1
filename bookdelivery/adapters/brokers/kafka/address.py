"""Where a Kafka is and how to talk to it, as a URL says it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from bookdelivery.kernel.errors import InvalidField

log = logging.getLogger("bookdelivery.adapters.kafka")

# Settings come with the URL for producers and consumers alike, and each warns of those that are the other's. While no
# broker can be reached, each says so at every attempt; the producer is enough.
_NO_NEWS = re.compile(r"and will be ignored by this|^FAIL \[\S+#consumer-")
log.addFilter(lambda record: not _NO_NEWS.search(record.getMessage()))

DEFAULT_TOPIC = "bookdelivery"
DEFAULT_PARTITIONS = 12

_FORM = "kafka://[USER:PASSWORD@]HOST:PORT[,HOST:PORT ...][/TOPIC][?partitions=12&NAME=VALUE ...]"

OURS = frozenset(
    {
        "acks",
        "auto.offset.reset",
        "bootstrap.servers",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "group.id",
        "message.timeout.ms",
        "partition.assignment.strategy",
        "partitioner",
    }
)
"""Settings of librdkafka that this adapter's guarantees rest on, and that nobody else may change."""

# https://github.com/apache/kafka: org.apache.kafka.common.internals.Topic.
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")


@attrs.frozen
class KafkaAddress:
    """A Kafka and a topic on it.

    Attributes:
        servers: HOST:PORT of one or more brokers, with commas between them; the others are found through these.
        topic: its name.
        partitions: how many partitions the topic gets if it has to be made; one that is there keeps its own.
        settings: settings of librdkafka, by its names; secrets among them are not shown.
    """

    servers: str
    topic: str = DEFAULT_TOPIC
    partitions: int = DEFAULT_PARTITIONS
    settings: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        if not _TOPIC.fullmatch(self.topic) or self.topic in (".", ".."):
            allowed = "1 to 249 letters, digits, dots, underscores and hyphens"
            raise InvalidField("KafkaAddress", "topic", self.topic, allowed)
        if type(self.partitions) is not int or not 1 <= self.partitions <= 1024:
            raise InvalidField("KafkaAddress", "partitions", self.partitions, "an integer from 1 to 1024")
        for name in sorted(OURS.intersection(self.settings)):
            allowed = "left out: what this adapter guarantees rests on it"
            raise InvalidField("KafkaAddress", f"settings[{name!r}]", self.settings[name], allowed)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read a URL.

        A user and password switch on SASL, mechanism PLAIN over TLS. Everything after the question mark, but for
        `partitions`, is a setting of librdkafka: `security.protocol`, `sasl.mechanism`, `ssl.ca.location`,
        `group.instance.id` (static membership), `session.timeout.ms` and the rest, as its CONFIGURATION.md lists them.

        Args:
            url: `kafka://[USER:PASSWORD@]HOST:PORT[,HOST:PORT ...][/TOPIC][?partitions=12&NAME=VALUE ...]`

        Raises:
            InvalidField: it has not that form, or names a setting that this adapter's guarantees rest on.
        """
        parts = urlsplit(url)
        credentials, _, servers = parts.netloc.rpartition("@")
        if parts.scheme != "kafka" or not servers or parts.fragment:
            raise InvalidField("open", "broker_url", _without_secret(url), _FORM)
        settings = dict(parse_qsl(parts.query, keep_blank_values=True))
        stated = settings.pop("partitions", str(DEFAULT_PARTITIONS))
        if credentials:
            user, _, password = credentials.partition(":")
            settings = {
                "security.protocol": "SASL_SSL",
                "sasl.mechanism": "PLAIN",
                "sasl.username": unquote(user),
                "sasl.password": unquote(password),
                **settings,
            }
        partitions = int(stated) if stated.isdecimal() else 0
        if not partitions:
            raise InvalidField("KafkaAddress", "partitions", stated, "an integer from 1 to 1024")
        return cls(servers, unquote(parts.path.strip("/")) or DEFAULT_TOPIC, partitions, settings)

    @property
    def where(self) -> str:
        """Name it in a message."""
        return f"Kafka at {self.servers}"

    def configuration(self, more: Mapping[str, Any]) -> dict[str, Any]:
        """Give the configuration of a client: ours, over it what the URL says, and over that what is given here."""
        ours: dict[str, Any] = {
            "bootstrap.servers": self.servers,
            "client.id": "bookdelivery",
            "logger": log,
            # A broker that comes back is found soon, and one that is away does not hold up a request for a minute. A
            # member without a coordinator tries twice as often as the first of these says.
            "reconnect.backoff.ms": 400,
            "reconnect.backoff.max.ms": 2_000,
            "socket.timeout.ms": 30_000,
        }
        return {**ours, **self.settings, **more}


def _without_secret(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//***@", url)
