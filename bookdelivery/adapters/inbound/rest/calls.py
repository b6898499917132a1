"""The commands that contexts send one another synchronously, over HTTP; meant for neighbours, never for a gateway.

`POST /calls/Pay` with the command's fields answers with its reply. The caller's time limit comes along, so that nobody
works on what nobody waits for; so do the conversation and the trace. `bookdelivery.adapters.clients.http_transport` is
the other side.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any

import orjson
from litestar import Request, Response, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from bookdelivery.adapters.http_headers import CAUSATION, CORRELATION, TIMEOUT_S
from bookdelivery.adapters.inbound.bodies import read_object
from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.rest.door import SCOPE
from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.errors import InvalidField, UnknownCommand
from bookdelivery.kernel.resources import CALLS
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_replies import Replies


def calls_route(called: Mapping[str, RunningContext], codec: Codec) -> HTTPRouteHandler:
    """Make the route that takes calls.

    Args:
        called: the context that handles each command which may be called, by the command's name.
        codec: reads commands.
    """
    replies = Replies()

    @post("/calls/{command:str}", opt={SCOPE: CALLS})
    async def take_call(request: Request[Any, Any, Any]) -> Response[Any]:
        name = request.path_params["command"]
        if name not in called:
            raise UnknownCommand(name, called)
        command = codec.command(name, read_object(await request.body()))
        timeout_s = _patience(request.headers.get(TIMEOUT_S))
        correlation_id, causation_id = request.headers.get(CORRELATION), request.headers.get(CAUSATION)
        if correlation_id and causation_id:
            CURRENT.set(Conversation(correlation_id, causation_id, request.headers.get("traceparent")))
        try:
            async with asyncio.timeout(timeout_s):
                reply = await called[name].submit(command)
        except TimeoutError as error:
            raise HTTPException(f"{name} took longer than the caller waits", status_code=504) from error
        return Response(orjson.dumps(replies.write(reply)), status_code=200, media_type="application/json")

    return take_call


def _patience(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        timeout_s = float(text)
    except ValueError:
        timeout_s = math.nan
    if not 0 < timeout_s < math.inf:
        raise InvalidField("a call", TIMEOUT_S, text, "a number of seconds above 0")
    return timeout_s
