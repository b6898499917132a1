"""Events that come without metadata, as the original bookstore writes them: the body tells what they are."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from bookdelivery.kernel.wire_time import from_stamp, to_rfc3339

_SOURCE = "unknown"


def is_plain(headers: Mapping[str, str]) -> bool:
    """Say whether a message comes without any attribute of CloudEvents."""
    return "ce_id" not in headers and not any(name.startswith("ce_") for name in headers)


def headers_of_plain(headers: Mapping[str, str], body: bytes, position: str) -> dict[str, str]:
    """Give the attributes of an event that comes without any.

    Its place in the log is its identity: read again, it is the same event. The time is in the body (`timestamp`).

    Args:
        headers: what it came with, trace context for example.
        body: a JSON object with at least `eventType`, and a `timestamp` as yyyyMMddHHmmss.
        position: where it stands in its log.

    Raises:
        ValueError: the body is no such object.
    """
    fields = orjson.loads(body)
    name = fields.get("eventType") if isinstance(fields, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError("it has no CloudEvents attributes (the header ce_id is missing), and no eventType in its body")
    stamp = fields.get("timestamp")
    if not isinstance(stamp, str):
        raise ValueError(f"{name}.timestamp is missing, but must be a time as yyyyMMddHHmmss")
    return {
        **headers,
        "ce_specversion": "1.0",
        "ce_id": position,
        "ce_source": _SOURCE,
        "ce_type": name,
        "ce_time": to_rfc3339(from_stamp(stamp)),
        # Which case it belongs to is known for types of ours only, and read from their bodies.
        "ce_partitionkey": "0",
    }
