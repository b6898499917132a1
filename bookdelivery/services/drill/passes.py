"""What those who come to a drill show at the entrance: tokens of its authorization server, got as people get them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import math
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx

from bookdelivery.adapters.clients.service_tokens import ServiceTokens
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.services.authorization.people import CUSTOMER_SCOPES, PASSWORD, PEOPLE, RETURN_PATH, STAFF_SCOPES
from bookdelivery.services.drill.ports import HOST
from bookdelivery.services.securing import DEVELOPMENT_SECRET

CUSTOMERS = tuple(sorted(name for name, person in PEOPLE.items() if person.customer_id is not None))
"""Those who order in a drill, in turn."""

_ISSUER_WITHIN_S = 60.0
_EARLIER_S = 60.0
_BACK = f"http://{HOST}:1{RETURN_PATH}"


@attrs.define
class _Pass:
    token: str = ""
    until_s: float = -math.inf
    getting: asyncio.Lock = attrs.field(factory=asyncio.Lock)


class Passes:
    """Gets tokens, and new ones before they end.

    Args:
        issuer: the authorization server's address.
        clock: monotonic seconds.
    """

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._clock = clock
        # A connection each: one that was kept may be given up by the issuer just now.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(trust_env=False, timeout=_ISSUER_WITHIN_S, limits=limits)
        self._customers = {name: _Pass() for name in CUSTOMERS}
        scope = " ".join(sorted(STAFF_SCOPES))
        self._staff = ServiceTokens(self._token_endpoint, "store-desk", DEVELOPMENT_SECRET, scope, clock, self._http)

    async def __call__(self, visitor: int | None) -> str:
        """Give a visitor's token, by their number; None: the token of those who work for the store.

        Raises:
            Unavailable: the issuer gives none.
        """
        if visitor is None:
            return await self._staff()
        name = CUSTOMERS[visitor % len(CUSTOMERS)]
        one = self._customers[name]
        async with one.getting:
            if self._clock() >= one.until_s:
                one.token, lasts_s = await self._sign_in(name)
                one.until_s = self._clock() + max(lasts_s - _EARLIER_S, lasts_s / 2)
        return one.token

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _token_endpoint(self) -> str:
        return f"{self._issuer}/token"

    async def _sign_in(self, name: str) -> tuple[str, float]:
        """Sign in as a browser does: authorization code with PKCE (RFC 7636)."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": "shop-page",
            "redirect_uri": _BACK,
            "scope": " ".join(sorted(CUSTOMER_SCOPES)),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        try:
            signed_in = await self._http.post(
                f"{self._issuer}/authorize", params=asked, data={"name": name, "password": PASSWORD}
            )
            code = parse_qs(urlsplit(signed_in.headers["location"]).query)["code"][0]
            form = {
                "grant_type": "authorization_code",
                "client_id": "shop-page",
                "code": code,
                "redirect_uri": _BACK,
                "code_verifier": verifier,
            }
            said = (await self._http.post(f"{self._issuer}/token", data=form)).json()
            return str(said["access_token"]), float(said["expires_in"])
        except httpx.HTTPError as error:
            raise Unavailable(f"the issuer does not answer ({type(error).__name__})") from error
        except (KeyError, ValueError) as error:
            raise Unavailable(f"the issuer lets {name} not sign in") from error
