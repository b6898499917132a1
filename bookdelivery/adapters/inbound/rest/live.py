"""A member as a live stream: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from litestar import Response
from litestar.response import Stream

from bookdelivery.adapters.inbound.rest.collection import Collection
from bookdelivery.kernel.errors import Unavailable

LOOK_EVERY_S = 0.25
"""Seconds between two looks for a change, which another process may have made."""

STILL_HERE_S = 15.0
"""Seconds of silence after which a comment tells proxies and browsers that the stream lives."""


def live(collection: Collection, id: int, base: str, last_event_id: str | None) -> Response[Any]:
    """Stream a member: at once as it is, then again each time it changes.

    Each event has the member's version as its id, so that a browser that lost the connection goes on from there.

    Args:
        collection: whose member it is.
        id: what identifies it.
        base: the address of the whole.
        last_event_id: the version the reader has already, if it came back.
    """
    known = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_events(collection, id, base, known), media_type="text/event-stream", headers=headers)


async def _events(collection: Collection, id: int, base: str, known: int) -> AsyncIterator[bytes]:
    silent_s = 0.0
    yield b"retry: 1000\n\n"
    while True:
        try:
            record = await collection.service.find(collection.endpoint.of, id)
        except Unavailable:
            # The reader stays, and hears on once the store is back.
            record = None
        if record is not None and record.version != known:
            known, silent_s = record.version, 0.0
            yield b"id: %d\nevent: changed\ndata: %s\n\n" % (known, orjson.dumps(collection.members.show(record, base)))
        elif silent_s >= STILL_HERE_S:
            silent_s = 0.0
            yield b": still here\n\n"
        await asyncio.sleep(LOOK_EVERY_S)
        silent_s += LOOK_EVERY_S
