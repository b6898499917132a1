"""Fetching the issuer's keys over HTTP, from where the configuration says and from nowhere else."""

from __future__ import annotations

import asyncio

import httpx

from bookdelivery.adapters.inbound.bodies import Malformed, read_object
from bookdelivery.kernel.errors import InvalidField, Unavailable

PATIENCE_S = 5.0
"""Seconds that the issuer is given to answer."""

LARGEST_BYTES = 256 * 1024
"""Of a document of the issuer."""

DISCOVERY = "/.well-known/openid-configuration"


class IssuerKeys:
    """Fetches the JWK set of an OpenID Connect issuer.

    Args:
        issuer: its address, as tokens have it in `iss`.
        jwks_url: where its keys are; empty to ask the issuer (OpenID Connect Discovery 1.0, section 4).
        client: makes the requests; by default one of its own, which follows no redirect and reads no environment.

    Raises:
        InvalidField: an address is none.
    """

    def __init__(self, issuer: str, jwks_url: str = "", client: httpx.AsyncClient | None = None) -> None:
        for name, address in (("issuer", issuer), ("jwks_url", jwks_url)):
            if (address or name == "issuer") and not address.startswith(("https://", "http://")):
                raise InvalidField("security", name, address, "an address that begins with https:// (or http://)")
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._client = client or httpx.AsyncClient(trust_env=False, follow_redirects=False)

    async def __call__(self) -> bytes:
        """Fetch the JWK set.

        Raises:
            Unavailable: it cannot be had.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._read(self._jwks_url or await self._discovered("jwks_uri"))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise self._silent(error) from error

    async def endpoint(self, name: str) -> str:
        """Ask the issuer for an address of its own, such as its `token_endpoint`.

        Raises:
            Unavailable: it cannot be had.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._discovered(name)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> Unavailable:
        return Unavailable(f"the issuer {self._issuer} does not answer ({type(error).__name__})")

    async def _discovered(self, name: str) -> str:
        try:
            said = read_object(await self._read(self._issuer.rstrip("/") + DISCOVERY))
        except Malformed as error:
            raise Unavailable(f"what the issuer {self._issuer} says of itself cannot be read") from error
        if said.get("issuer") != self._issuer:
            raise Unavailable(f"who answers for the issuer {self._issuer} says it is another")
        address = said.get(name)
        safe = ("https://",) if self._issuer.startswith("https://") else ("https://", "http://")
        if not isinstance(address, str) or not address.startswith(safe):
            raise Unavailable(f"the issuer {self._issuer} names no safe {name}")
        return address

    async def _read(self, address: str) -> bytes:
        async with self._client.stream("GET", address, headers={"accept": "application/json"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise Unavailable(f"{address} answered with status {answer.status_code}")
            read = bytearray()
            async for piece in answer.aiter_bytes():
                read += piece
                if len(read) > LARGEST_BYTES:
                    raise Unavailable(f"{address} answered with more than {LARGEST_BYTES} bytes")
            return bytes(read)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
