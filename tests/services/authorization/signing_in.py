"""The authorization server for development on a free port, and somebody who signs in there as a browser would."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx

from bookdelivery.services.authorization import SigningKeys, authorization_app
from bookdelivery.services.authorization.people import PASSWORD, clients
from tests.adapters.inbound.gateway.running import HOST, listening_at

AUDIENCE = "bookdelivery"
BACK = "http://127.0.0.1:8088/signed-in"


@attrs.frozen
class SigningIn:
    """One attempt to sign in with PKCE (RFC 7636)."""

    http: httpx.AsyncClient
    redirect_uri: str = BACK
    verifier: str = attrs.field(factory=lambda: secrets.token_urlsafe(48))

    def query(self, **more: Any) -> dict[str, str]:
        """Give what the browser is sent to the authorization server with; `None` leaves something out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": "shop-page",
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile orders:read orders:write myPages:read ordermgmts:read ordermgmts:write",
            "state": "a-state",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (asked | more).items() if value is not None}

    async def submit(self, name: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
        return await self.http.post("/authorize", params=self.query(**more), data={"name": name, "password": password})

    async def code(self, name: str) -> str:
        answer = await self.submit(name)
        assert answer.status_code == 302, answer.text
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        assert back["state"] == ["a-state"]
        return back["code"][0]

    async def exchange(self, code: str, **more: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "shop-page",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return await self.http.post("/token", data=form | more)

    async def tokens(self, name: str) -> dict[str, Any]:
        answer = await self.exchange(await self.code(name))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@attrs.frozen
class Authorization:
    """An authorization server.

    Attributes:
        issuer: its address.
        keys: its keys.
        http: a client.
    """

    issuer: str
    keys: SigningKeys
    http: httpx.AsyncClient


@asynccontextmanager
async def authorization(algorithm: str = "RS256") -> AsyncIterator[Authorization]:
    """Serve it."""
    door = socket.create_server((HOST, 0))
    issuer = f"http://{HOST}:{door.getsockname()[1]}"
    keys = SigningKeys(algorithm, 1000, time.monotonic)
    app = authorization_app(issuer, AUDIENCE, keys, clients("services", "development"))
    async with listening_at(app, door), httpx.AsyncClient(base_url=issuer, timeout=120, trust_env=False) as http:
        yield Authorization(issuer, keys, http)
