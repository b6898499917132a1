"""The routes of one collection, on Litestar."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from litestar import Request, Response, get, patch, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler

from bookdelivery.adapters.inbound.answers import Answer, Answers
from bookdelivery.adapters.inbound.bodies import read_object
from bookdelivery.adapters.inbound.rest.collection import PAGE, Collection, Found, kept
from bookdelivery.adapters.inbound.rest.door import SCOPE, caller_of
from bookdelivery.adapters.inbound.rest.live import live
from bookdelivery.adapters.inbound.rest.members import HAL
from bookdelivery.adapters.inbound.rest.page import Page, language_of
from bookdelivery.adapters.inbound.rest.problems import problem, seconds
from bookdelivery.kernel.errors import InvalidField, shorten
from bookdelivery.kernel.resources import Endpoint, scope_of
from bookdelivery.kernel.values import LARGEST_ID

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_QUERY = ("after", "size", "customerId")


def routes_of(
    collection: Collection, base_of: Callable[[AnyRequest], str], page: Page | None = None
) -> list[HTTPRouteHandler]:
    """Make the routes of a collection.

    Args:
        collection: answers what is asked.
        base_of: gives the address of the whole, without a slash at the end, as a request shows it.
        page: shows a member to whoever asks for HTML; None: everybody gets JSON.
    """
    handlers = _reading(collection, base_of, page)
    answers = Answers(collection.service.store, collection.service.clock)
    if collection.endpoint.posts:
        handlers += _opening(collection, answers, base_of)
    if collection.endpoint.actions:
        handlers += _acting(collection, answers, base_of)
    return handlers


def _reading(collection: Collection, base_of: Callable[[AnyRequest], str], page: Page | None) -> list[HTTPRouteHandler]:
    endpoint = collection.endpoint
    path = f"/{endpoint.collection}"
    opt = {SCOPE: scope_of(endpoint.collection, writes=False)}

    @get(path, opt=opt)
    async def list_members(request: AnyRequest) -> AnyResponse:
        seen = collection.seen_by(caller_of(request))
        given = request.query_params
        query = {name: _number(endpoint, name, given[name]) for name in _QUERY if name in given}
        after, size = query.get("after", 0), query.get("size", PAGE)
        return _respond(await seen.page(base_of(request), after=after, size=size, owner=query.get("customerId")))

    @get(f"{path}/{{member:str}}", opt=opt)
    async def read_member(request: AnyRequest) -> AnyResponse:
        seen = collection.seen_by(caller_of(request))
        id = _id(endpoint, request)
        accepted = request.headers.get("accept", "")
        if page is not None and "text/html" in accepted:
            found = await seen.service.find(endpoint.of, id)
            language = language_of(request.query_params.get("lang"), request.headers.get("accept-language", ""))
            return page.show(id, None if found is None else collection.members.show(found, base_of(request)), language)
        record = await seen.member(id)
        if "text/event-stream" in accepted:
            return live(seen, id, base_of(request), request.headers.get("last-event-id"))
        return _respond(Found(collection.members.show(record, base_of(request))))

    return [list_members, read_member]


def _opening(collection: Collection, answers: Answers, base_of: Callable[[AnyRequest], str]) -> list[HTTPRouteHandler]:
    path = f"/{collection.endpoint.collection}"

    @post(path, opt={SCOPE: scope_of(collection.endpoint.collection, writes=True)})
    async def open_member(request: AnyRequest) -> AnyResponse:
        seen = collection.seen_by(caller_of(request))
        body = await _body(request)

        async def do(case_id: int | None) -> Found:
            return await seen.post(body, base_of(request), case_id)

        return await _once(request, answers, [path, body], do, collection.draws())

    return [open_member]


def _acting(collection: Collection, answers: Answers, base_of: Callable[[AnyRequest], str]) -> list[HTTPRouteHandler]:
    endpoint = collection.endpoint
    path = f"/{endpoint.collection}"
    opt = {SCOPE: scope_of(endpoint.collection, writes=True)}

    @patch(f"{path}/{{member:str}}", opt=opt)
    async def change_member(request: AnyRequest) -> AnyResponse:
        seen = collection.seen_by(caller_of(request))
        id = _id(endpoint, request)
        return _respond(await seen.patch(id, await _body(request), base_of(request)))

    @post(f"{path}/{{member:str}}/{{verb:str}}", opt=opt)
    async def ask_member(request: AnyRequest) -> AnyResponse:
        seen = collection.seen_by(caller_of(request))
        verb = request.path_params["verb"]
        if verb not in endpoint.actions:
            return problem(404, "not-found", f"there is no action {verb!r}; there are {', '.join(endpoint.actions)}")
        id = _id(endpoint, request)
        body = await _body(request)

        async def do(_: int | None) -> Found:
            return await seen.act(id, verb, body, base_of(request))

        return await _once(request, answers, [path, id, verb, body], do)

    return [change_member, ask_member]


async def _once(
    request: AnyRequest,
    answers: Answers,
    asked: Sequence[Any],
    do: Callable[[int | None], Awaitable[Found]],
    draws: Callable[[], Awaitable[int]] | None = None,
) -> AnyResponse:
    """Do what is asked; under an idempotency key, do it once."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return _respond(await do(None))

    async def answer(case_id: int | None) -> Answer:
        return kept(await do(case_id))

    caller = caller_of(request)
    whose = "" if caller is None else caller.subject
    given, before = await answers.once(key, _written_down(asked), answer, draws, whose=whose)
    headers = {"Idempotency-Replayed": "true"} if before else {}
    return _written(given.body.encode(), given.status, given.location, given.retry_after_s, headers)


def _written_down(asked: Sequence[Any]) -> bytes:
    # Not by orjson, which knows no number beyond 64 bits: such a one is for the command to refuse.
    return json.dumps(asked, sort_keys=True).encode()


def _id(endpoint: Endpoint, request: AnyRequest) -> int:
    text: str = request.path_params["member"]
    if not _is_number(text):
        raise NotFoundException(f"/{endpoint.collection} has no {endpoint.member} {shorten(text)}: it is no number")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID)) and int(text) <= LARGEST_ID


def _number(endpoint: Endpoint, name: str, value: str) -> int:
    if not _is_number(value):
        raise InvalidField(endpoint.collection, name, value, f"a whole number up to {LARGEST_ID}")
    return int(value)


async def _body(request: AnyRequest) -> dict[str, Any]:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    body = await request.body()
    if body and kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(f"the content type is {kind}, but must be application/json", status_code=415)
    return read_object(body)


def _respond(found: Found) -> AnyResponse:
    return _written(orjson.dumps(found.content), found.status, found.location, found.retry_after_s, {})


def _written(
    body: bytes, status: int, location: str, retry_after_s: float | None, headers: Mapping[str, str]
) -> AnyResponse:
    more = dict(headers)
    if location:
        more["Location"] = location
    if retry_after_s is not None:
        more["Retry-After"] = seconds(retry_after_s)
    return Response(body, status_code=status, media_type=HAL, headers=more)
