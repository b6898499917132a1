"""Events as Kafka's records: the key, the headers, the body."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Message

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Delivery
from bookdelivery.kernel.wire import Codec

Headers = list[tuple[str, str | bytes | None]]
"""The client writes text as UTF-8."""

Record = tuple[bytes, Headers, bytes]
"""Key, headers, body."""


def to_record(codec: Codec, envelope: Envelope) -> Record:
    """Write an event: key, headers, body, as in the binary mode of CloudEvents' Kafka protocol binding 1.0.

    Raises:
        WronglyDeclared: the codec does not know this class of event.
        InvalidField: a value cannot be written.
    """
    headers, body = codec.encode_event(envelope)
    return b"%d" % envelope.key, list(headers.items()), body


def to_delivery(codec: Codec, message: Message) -> Delivery:
    """Read a record, one of the original system included, which has no headers."""
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None

    body = message.value() or b""
    position = f"{message.topic()}:{partition}:{offset}"
    return Delivery(partition, offset, codec.decode_event(_text(message.headers()), body, position=position))


def _text(headers: Any) -> dict[str, str]:
    # Of a header that comes twice, the last counts. A reader of no known encoding must not fall over strange bytes.
    return {name: (value or b"").decode(errors="replace") for name, value in headers} if headers else {}
