"""Where the issuer's keys come from: the configuration, or what the issuer says of itself, if that can be believed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from bookdelivery.adapters.inbound.security.fetching import LARGEST_BYTES, IssuerKeys
from bookdelivery.kernel.errors import InvalidField, Unavailable

ISSUER = "https://issuer.example"


def fetch(pages: dict[str, httpx.Response], issuer: str = ISSUER, jwks_url: str = "") -> bytes:
    def answer(request: httpx.Request) -> httpx.Response:
        found = pages.get(str(request.url))
        if found is None:
            raise httpx.ConnectError("nobody is there")
        return found

    async def body() -> bytes:
        keys = IssuerKeys(issuer, jwks_url, httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        try:
            return await keys()
        finally:
            await keys.close()

    return asyncio.run(body())


def said(**more: Any) -> httpx.Response:
    return httpx.Response(200, content=json.dumps({"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"} | more))


def test_the_configured_address_is_asked_and_nothing_else() -> None:
    assert (
        fetch({"https://keys.example/": httpx.Response(200, content=b"{}")}, jwks_url="https://keys.example/") == b"{}"
    )


def test_otherwise_the_issuer_says_where_they_are() -> None:
    pages = {f"{ISSUER}/.well-known/openid-configuration": said(), f"{ISSUER}/keys": httpx.Response(200, content=b"[]")}
    assert fetch(pages) == b"[]"
    assert fetch(pages | {f"{ISSUER}/keys": httpx.Response(200, content=b"{}")}) == b"{}"


@pytest.mark.parametrize(
    "document",
    [
        said(issuer="https://attacker.example"),
        said(issuer=f"{ISSUER}/"),
        said(jwks_uri="http://issuer.example/keys"),
        said(jwks_uri="file:///etc/passwd"),
        said(jwks_uri=["https://issuer.example/keys"]),
        said(jwks_uri=None),
        httpx.Response(200, content=b'{"issuer": "https://issuer.example", "issuer": "x"}'),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(302, headers={"location": "https://attacker.example"}),
        httpx.Response(200, content=b"x" * (LARGEST_BYTES + 1)),
        httpx.Response(500),
    ],
)
def test_metadata_that_cannot_be_believed_leads_nowhere(document: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        fetch({f"{ISSUER}/.well-known/openid-configuration": document})


def test_an_issuer_that_is_away_is_told_so() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        fetch({})


@pytest.mark.parametrize(("issuer", "jwks_url"), [("issuer.example", ""), ("", ""), (ISSUER, "file:///keys")])
def test_an_address_that_is_none_is_refused(issuer: str, jwks_url: str) -> None:
    with pytest.raises(InvalidField):
        IssuerKeys(issuer, jwks_url)
