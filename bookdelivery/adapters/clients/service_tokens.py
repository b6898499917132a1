"""The token that this process shows to its neighbours, got from the issuer by its own credentials.

The client credentials grant: RFC 6749, section 4.4. A token serves many calls and is got anew before it ends.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import httpx

from bookdelivery.kernel.errors import Unavailable

PATIENCE_S = 5.0
"""Seconds that the issuer is given to answer."""

EARLIER_S = 30.0
"""Seconds before its end at which a token is replaced, as a call takes a while and clocks differ."""


class ServiceTokens:
    """Gets tokens, one after the other; whoever needs one while it is got waits for that one.

    Args:
        endpoint: gives the issuer's token endpoint; raises Unavailable.
        client_id: this process's name at the issuer.
        client_secret: what proves it.
        scope: what the tokens are for.
        clock: monotonic seconds.
        client: makes the requests; by default one of its own.
    """

    def __init__(
        self,
        endpoint: Callable[[], Awaitable[str]],
        client_id: str,
        client_secret: str,
        scope: str,
        clock: Callable[[], float],
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._auth = httpx.BasicAuth(client_id, client_secret)
        self._scope = scope
        self._clock = clock
        self._client = client or httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=PATIENCE_S)
        self._token = ""
        self._until_s = -math.inf
        self._getting = asyncio.Lock()

    async def __call__(self) -> str:
        """Give a token that is good for a while yet.

        Raises:
            Unavailable: the issuer gives none.
        """
        if self._clock() < self._until_s:
            return self._token
        async with self._getting:
            if self._clock() >= self._until_s:
                self._token, lasts_s = await self._get()
                self._until_s = self._clock() + max(lasts_s - EARLIER_S, lasts_s / 2)
            return self._token

    async def _get(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", "scope": self._scope}
        try:
            answer = await self._client.post(await self._endpoint(), data=form, auth=self._auth)
            if answer.status_code != httpx.codes.OK:
                raise Unavailable(f"the issuer gives this process no token (status {answer.status_code})")
            said = answer.json()
            return str(said["access_token"]), float(said.get("expires_in", 60))
        except httpx.HTTPError as error:
            raise Unavailable(f"the issuer does not answer ({type(error).__name__})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("the issuer's answer holds no token") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
