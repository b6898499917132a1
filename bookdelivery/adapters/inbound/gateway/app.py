"""The one entrance: each request is limited, let in by its token, handed on to its service, answered as it comes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Protocol

import attrs
import httpx

from bookdelivery.adapters.inbound.gateway.answering import PROBLEM_JSON, Stopped, retry_after, say, stopped_by
from bookdelivery.adapters.inbound.gateway.asked import Asked
from bookdelivery.adapters.inbound.gateway.cors import METHODS, cors_headers, is_preflight
from bookdelivery.adapters.inbound.gateway.forwarding import Outbound, Services, pieces
from bookdelivery.adapters.inbound.gateway.headers import REQUEST_ID, back, neighbourhood, onwards, values
from bookdelivery.adapters.inbound.gateway.receiving import GoneAway, Receive, check_head, gone, read_body
from bookdelivery.adapters.inbound.gateway.settings import GatewaySettings, Route, find_route
from bookdelivery.adapters.inbound.gateway.signing_in import RETURN_PATH, SigningIn
from bookdelivery.adapters.inbound.security.access import Access
from bookdelivery.adapters.inbound.security.errors import InvalidToken, TokenMissing
from bookdelivery.kernel.errors import HeldOff
from bookdelivery.kernel.resources import scope_of

logger = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_READS = ("GET", "HEAD")
_WRITES = ("POST", "PATCH", "PUT", "DELETE")


class RateLimit(Protocol):
    """Says whether one more request of somebody is let in."""

    def admit(self, key: str) -> None:
        """Let a request in.

        Args:
            key: stands for whoever asks.

        Raises:
            HeldOff: it comes too early; says after how long it would not.
        """
        ...


@attrs.frozen(kw_only=True)
class Gateway:
    """The gateway as an ASGI application.

    Attributes:
        routes: what leads where; nothing else is let through.
        services: the services behind it.
        by_address: counts the requests from an address, whoever they are said to be from.
        by_caller: counts the requests of a caller, whatever tokens they show.
        access: verifies tokens; None where the services ask for none either.
        signing_in: signs in people who ask for a page; None asks everybody for a token.
        settings: its limits.
        trusted_proxies: the networks of our own proxies in front of it.
        now: the time, in seconds since the epoch; live streams end with their token.
    """

    routes: Sequence[Route]
    services: Services
    by_address: RateLimit
    by_caller: RateLimit
    access: Access | None = None
    signing_in: SigningIn | None = None
    settings: GatewaySettings = attrs.field(factory=GatewaySettings)
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()
    now: Callable[[], float] = time.time

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request (ASGI 3)."""
        assert scope["type"] == "http", "the gateway is served without lifespan and WebSockets"
        asked = Asked.read(scope, self.trusted_proxies)
        began_s = time.monotonic()
        status: int | str = "gone"
        try:
            status = await self._answer(asked, receive, send)
        except GoneAway:
            logger.debug("the client went away, request %s", asked.id)
        finally:
            # By this name whoever observes the process counts it, as it does those of the services.
            scope["path_template"] = asked.template
            logger.info(
                "%s %r %s in %.1f ms, from %s by %r, request %s",
                *(asked.method, asked.path, status, (time.monotonic() - began_s) * 1000),
                *(asked.address, None if asked.caller is None else asked.caller.subject, asked.id),
            )

    async def _answer(self, asked: Asked, receive: Receive, send: Send) -> int:
        try:
            answer = await self._ask(asked, receive)
        except Exception as error:
            # Whatever it was, whoever asked gets an answer; what nobody foresaw is written down.
            stopped = stopped_by(error, asked.service)
            if stopped is None:
                logger.error("a request met an error that nobody foresaw, request %s", asked.id, exc_info=error)
                stopped = Stopped(500, "unforeseen", "Something went wrong here; it was written down.")
            return await self._say(stopped, asked, send)
        try:
            if answer.status_code >= 500 and answer.headers.get("content-type", "").encode() != PROBLEM_JSON:
                # Not one of ours: who knows what it shows of its inside.
                stopped = Stopped(answer.status_code, "service", f"{asked.service} could not answer")
                return await self._say(stopped, asked, send)
            await self._hand_back(answer, asked, receive, send)
        finally:
            await answer.aclose()
        return answer.status_code

    async def _ask(self, asked: Asked, receive: Receive) -> httpx.Response:
        check_head(asked.headers, self.settings)
        _within(self.by_address, neighbourhood(asked.address))
        if is_preflight(asked.method, asked.headers):
            allowed = cors_headers(asked.headers, self.settings.allowed_origins, preflight=True)
            if len(allowed) > 1:
                return httpx.Response(204)
            raise Stopped(403, "origin", "pages of this origin may not use it")
        if asked.method not in _READS + _WRITES:
            raise Stopped(405, "method", f"{asked.method} is not taken", ((b"allow", METHODS.encode()),))
        if self.signing_in is not None and asked.path == RETURN_PATH:
            asked.template = RETURN_PATH
            raise await self.signing_in.finish(asked)
        route = find_route(self.routes, asked.path)
        if route is None:
            raise Stopped(
                404, "not-found", f"nothing is here; there are /{', /'.join(r.collection for r in self.routes)}"
            )
        asked.service, asked.template = route.service, route.template(asked.path)
        await self._let_in(asked, route)
        body = await read_body(asked.headers, receive, self.settings)
        if self.access is not None and asked.is_form:
            # A token in it would be a second way of sending one; the services take no forms anyway.
            await self._let_in(asked, route, form=body.decode("latin-1"))
        headers = onwards(asked.headers, asked.told())
        # Under an idempotency key, a service does once what it is asked twice.
        repeatable = asked.method in _READS or bool(values(asked.headers, "idempotency-key"))
        return await self.services.send(
            route.service, Outbound(asked.method, asked.target, headers, body, repeatable=repeatable)
        )

    async def _let_in(self, asked: Asked, route: Route, form: str = "") -> None:
        if self.access is None:
            return
        brought = values(asked.headers, "authorization")
        # A cookie is good for reading only: what another page makes a browser send changes nothing.
        signing_in = self.signing_in if asked.method in _READS and not brought else None
        if signing_in is not None:
            asked.token = signing_in.token_of(asked)
        authorization = brought if asked.token is None else [f"Bearer {asked.token}"]
        try:
            asked.caller = await self.access.caller(authorization, query=asked.query, form=form)
        except (TokenMissing, InvalidToken):
            if signing_in is None or not asked.is_for_a_page:
                raise
            raise await signing_in.begin(asked) from None
        _within(self.by_caller, asked.caller.subject)
        asked.caller.needs(scope_of(route.collection, writes=asked.method not in _READS))

    async def _hand_back(self, answer: httpx.Response, asked: Asked, receive: Receive, send: Send) -> None:
        begin = {"type": "http.response.start", "status": answer.status_code}
        await send(begin | {"headers": self._marked(back(answer.headers.raw), asked)})
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            async for piece in pieces(answer):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        else:
            await self._stream(answer, asked, receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(self, answer: httpx.Response, asked: Asked, receive: Receive, send: Send) -> None:
        """Hand a live stream on until the service ends it, the client goes, or the token is no longer good."""

        async def hand_on() -> None:
            async for piece in pieces(answer):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

        lasts_s = None if asked.caller is None else max(0.0, asked.caller.expires_at - self.now())
        handing, leaving = asyncio.create_task(hand_on()), asyncio.create_task(gone(receive))
        try:
            await asyncio.wait((handing, leaving), timeout=lasts_s, return_when=asyncio.FIRST_COMPLETED)
            if handing.done():
                await handing
        finally:
            handing.cancel()
            leaving.cancel()
            await asyncio.gather(handing, leaving, return_exceptions=True)

    async def _say(self, stopped: Stopped, asked: Asked, send: Send) -> int:
        said = say(stopped, asked.id)
        await send({"type": "http.response.start", "status": said.status, "headers": self._marked(said.headers, asked)})
        await send({"type": "http.response.body", "body": said.body, "more_body": False})
        return said.status

    def _marked(self, headers: list[tuple[bytes, bytes]], asked: Asked) -> list[tuple[bytes, bytes]]:
        preflight = is_preflight(asked.method, asked.headers)
        allowed = cors_headers(asked.headers, self.settings.allowed_origins, preflight=preflight)
        said = (REQUEST_ID.encode(), asked.id.encode())
        return [*headers, *allowed, said, (b"x-content-type-options", b"nosniff")]


def _within(limit: RateLimit, key: str) -> None:
    try:
        limit.admit(key)
    except HeldOff as error:
        detail = f"more requests than are let in; ask again in {error.retry_after_s:.1f} s"
        raise Stopped(429, "too-many-requests", detail, (retry_after(error.retry_after_s),)) from error
