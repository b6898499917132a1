"""Who may come in over HTTP: the token of each request is verified, and held against what its route needs."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from bookdelivery.adapters.inbound.security.access import Access
from bookdelivery.adapters.inbound.security.caller import Caller

SCOPE = "oauth2_scope"
"""The key in a route's `opt` that says which scope it needs; a route without it is for everybody."""

_CALLER = "bookdelivery.caller"


class Door:
    """Lets requests in by their token (a guard of Litestar).

    Args:
        access: verifies tokens.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler) -> None:
        """Let a request in.

        Raises:
            TurnedAway: it may not come in.
            Unavailable: the issuer's keys cannot be had.
        """
        scope = route.opt.get(SCOPE)
        if scope is None:
            return
        query = connection.scope["query_string"].decode("latin-1")
        authorization = connection.headers.getall("authorization", [])
        caller = await self._access.caller(authorization, scope=scope, query=query)
        connection.scope["user"] = caller


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """Give who asks; None where nobody is asked for a token."""
    caller: Caller | None = connection.scope.get("user")
    return caller
