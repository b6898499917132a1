"""Signing in for browsers: a page is asked for without a token, so its reader is sent to the issuer, and comes back.

The gateway is the OAuth client (the "backend for frontend" of draft-ietf-oauth-browser-based-apps): it runs the code
flow with PKCE and keeps the token; the browser has a cookie that no script can read. The cookie is good for reading
only, so that no page elsewhere can change anything with it, whatever it makes the browser send.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlencode

import attrs
import httpx

from bookdelivery.adapters.inbound.gateway.answering import Stopped
from bookdelivery.adapters.inbound.gateway.asked import Asked
from bookdelivery.adapters.inbound.gateway.headers import values
from bookdelivery.kernel.errors import Unavailable

RETURN_PATH = "/signed-in"
"""Where the issuer sends a browser back to."""

SESSION, ATTEMPT = "bookdelivery-session", "bookdelivery-sign-in"
"""The cookies: one for whoever is signed in, one while they sign in."""

ATTEMPT_LASTS_S, SESSION_LASTS_S = 600.0, 8 * 3600.0

MOST_KEPT = 20_000
"""Sessions, and attempts, that are kept at the same time; then the oldest makes room."""

T = TypeVar("T")


class Shelf(Generic[T]):
    """Keeps things under names that nobody can guess, for a while.

    Args:
        lasts_s: for how long, in seconds.
        clock: monotonic seconds.
    """

    def __init__(self, lasts_s: float, clock: Callable[[], float]) -> None:
        self._lasts_s = lasts_s
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def put(self, thing: T) -> str:
        """Keep something; gives its name."""
        name = secrets.token_urlsafe(32)
        self._kept[name] = (self._clock() + self._lasts_s, thing)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> T | None:
        """Give it; None if it is not there any more."""
        until_s, thing = self._kept.get(name, (0.0, None))
        return thing if self._clock() < until_s else None

    def take(self, name: str) -> T | None:
        """Give it, and keep it no longer."""
        thing = self.get(name)
        self._kept.pop(name, None)
        return thing


@attrs.frozen
class _Attempt:
    verifier: str
    redirect_uri: str
    target: str


class SigningIn:
    """Signs people in, and keeps their tokens.

    Args:
        endpoint: asks the issuer for an address of its own by its name; raises Unavailable.
        client_id: the gateway's name at the issuer, a client without a secret.
        scopes: what to ask for; the issuer gives each person what is theirs.
        clock: monotonic seconds.
        client: makes the requests; by default one of its own.
    """

    def __init__(
        self,
        endpoint: Callable[[str], Awaitable[str]],
        client_id: str,
        scopes: Sequence[str],
        clock: Callable[[], float],
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._client_id = client_id
        self._scopes = scopes
        self._client = client or httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=5.0)
        self._attempts: Shelf[_Attempt] = Shelf(ATTEMPT_LASTS_S, clock)
        self._tokens: Shelf[str] = Shelf(SESSION_LASTS_S, clock)

    def token_of(self, asked: Asked) -> str | None:
        """Give the token of who is signed in; None where nobody is."""
        name = _cookie(asked, SESSION)
        return None if name is None else self._tokens.get(name)

    async def begin(self, asked: Asked) -> Stopped:
        """Give the answer that sends a browser to the issuer.

        Raises:
            Unavailable: the issuer cannot be asked where that is.
        """
        verifier = secrets.token_urlsafe(48)
        redirect_uri = f"{asked.scheme}://{''.join(values(asked.headers, 'host'))}{RETURN_PATH}"
        state = self._attempts.put(_Attempt(verifier, redirect_uri, asked.target))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": redirect_uri,
                "scope": " ".join(self._scopes),
                "state": state,
                "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )
        address = f"{await self._endpoint('authorization_endpoint')}?{query}"
        cookie = _set_cookie(ATTEMPT, state, asked, path=RETURN_PATH, lasts_s=ATTEMPT_LASTS_S)
        return Stopped(303, "sign-in", "please sign in", ((b"location", address.encode()), cookie))

    async def finish(self, asked: Asked) -> Stopped:
        """Give the answer to a browser that comes back from the issuer.

        Raises:
            Unavailable: the issuer cannot be asked for the token.
        """
        said = {name: given[0] for name, given in parse_qs(asked.query).items()}
        state = said.get("state", "")
        # Who began here ends here: a link to a sign-in that somebody else began leads nowhere.
        attempt = self._attempts.take(state) if state and _cookie(asked, ATTEMPT) == state else None
        if attempt is None or "code" not in said:
            return Stopped(400, "sign-in", "this sign-in was not begun here, or is over; please begin again")
        token = await self._exchange(attempt, said["code"])
        if token is None:
            return Stopped(400, "sign-in", "the issuer did not let this sign-in through; please begin again")
        name = self._tokens.put(token)
        cookie = _set_cookie(SESSION, name, asked, path="/", lasts_s=SESSION_LASTS_S)
        return Stopped(303, "signed-in", "signed in", ((b"location", attempt.target.encode("latin-1")), cookie))

    async def _exchange(self, attempt: _Attempt, code: str) -> str | None:
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        try:
            answer = await self._client.post(await self._endpoint("token_endpoint"), data=form)
            if answer.status_code != httpx.codes.OK:
                return None
            return str(answer.json()["access_token"])
        except httpx.HTTPError as error:
            raise Unavailable(f"the issuer does not answer ({type(error).__name__})") from error
        except (ValueError, KeyError, TypeError):
            return None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _cookie(asked: Asked, name: str) -> str | None:
    cookies: SimpleCookie = SimpleCookie()
    try:
        for value in values(asked.headers, "cookie"):
            cookies.load(value)
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None


def _set_cookie(name: str, value: str, asked: Asked, *, path: str, lasts_s: float) -> tuple[bytes, bytes]:
    # Lax, not Strict: the way back from the issuer begins on another site.
    parts = [f"{name}={value}", f"Path={path}", f"Max-Age={lasts_s:.0f}", "HttpOnly", "SameSite=Lax"]
    if asked.scheme == "https":
        parts.append("Secure")
    return b"set-cookie", "; ".join(parts).encode()
