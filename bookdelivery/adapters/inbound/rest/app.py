"""The HTTP application of one context or several: made from what their declarations offer, on Litestar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import orjson
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler

from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.rest.allowed import allowed
from bookdelivery.adapters.inbound.rest.calls import calls_route
from bookdelivery.adapters.inbound.rest.collection import Collection
from bookdelivery.adapters.inbound.rest.conversation import Conversations
from bookdelivery.adapters.inbound.rest.door import Door
from bookdelivery.adapters.inbound.rest.page import Page
from bookdelivery.adapters.inbound.rest.problems import answer_error
from bookdelivery.adapters.inbound.rest.routes import AnyRequest, AnyResponse, routes_of
from bookdelivery.adapters.inbound.security.access import Access
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import MessageIds
from bookdelivery.kernel.resources import endpoints
from bookdelivery.kernel.wire import Codec


def _size(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number of bytes, 1 or more")


@attrs.frozen(kw_only=True)
class RestSettings:
    """How it is offered.

    Attributes:
        base_url: the address that links begin with, without a slash at the end; None takes it from each request.
        largest_body_bytes: what is longer is refused with 413.
    """

    base_url: str | None = None
    largest_body_bytes: int = attrs.field(default=64 * 1024, validator=_size)


def rest_app(
    services: Mapping[str, RunningContext],
    codec: Codec,
    *,
    contexts: Sequence[str] | None = None,
    openapi: Mapping[str, Any] | None = None,
    pages: Mapping[Any, Page] | None = None,
    called: Mapping[str, RunningContext] | None = None,
    access: Access | None = None,
    settings: RestSettings | None = None,
) -> Litestar:
    """Make the ASGI application.

    It serves; whether the contexts also relay and consume is up to whoever runs them.

    Args:
        services: the running contexts by name (`Application.services`).
        codec: reads commands and writes what is stored.
        contexts: which of them to offer; None offers all.
        openapi: what describes it, served at `/openapi.json`; None serves none.
        pages: how the rows of views look as web pages, for browsers.
        called: the contexts that take calls of others, by the command's name; only neighbours should get there.
        access: verifies the token of each request, which then sees its caller's own; None asks nobody who they are.
        settings: how it is offered.

    Raises:
        InvalidField: a context is not there.
    """
    settings = settings or RestSettings()
    names = list(services) if contexts is None else contexts
    if not names:
        raise InvalidField("rest_app", "contexts", names, "one context or more")
    for name in names:
        if name not in services:
            raise InvalidField("rest_app", "contexts", name, f"one of {', '.join(services)}")
    base_url = settings.base_url

    def base_of(request: AnyRequest) -> str:
        return base_url or str(request.base_url).rstrip("/")

    handlers: list[HTTPRouteHandler] = []
    for name in names:
        for endpoint in endpoints(services[name].context):
            handlers += routes_of(Collection(endpoint, services[name], codec), base_of, (pages or {}).get(endpoint.of))
    if openapi is not None:
        handlers.append(_document(openapi))
    if called:
        handlers.append(calls_route(called, codec))
    conversations = Conversations(MessageIds(services[names[0]].clock.now))
    return Litestar(
        [*allowed(handlers), *handlers],
        openapi_config=None,
        exception_handlers={Exception: answer_error},
        guards=None if access is None else [Door(access)],
        request_max_body_size=settings.largest_body_bytes,
        before_request=conversations.begin,
        logging_config=None,
        debug=False,
    )


def _document(openapi: Mapping[str, Any]) -> HTTPRouteHandler:
    body = orjson.dumps(openapi)

    @get("/openapi.json")
    async def read_openapi() -> AnyResponse:
        return Response(body, media_type="application/vnd.oai.openapi+json;version=3.1")

    return read_openapi
