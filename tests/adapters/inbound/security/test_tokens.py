"""Access tokens: the issuer's are taken, and nothing else is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from bookdelivery.adapters.inbound.security import Caller, InvalidToken
from bookdelivery.adapters.inbound.security.key_ring import KeyRing
from bookdelivery.adapters.inbound.security.tokens import TokenSettings, TokenVerifier
from bookdelivery.kernel.errors import InvalidField
from tests.adapters.inbound.security.forgeries import FORGERIES
from tests.adapters.inbound.security.issuing import AUDIENCE, ISSUER, Issuer, compact, ec_key, ed_key, es256

NOW = 1_800_000_000.0


def issuer() -> Issuer:
    return Issuer(now=lambda: NOW)


def verify(one: Issuer, token: str, *, now: float = NOW, leeway_s: int = 30) -> Caller:
    async def fetch() -> bytes:
        return one.document()

    settings = TokenSettings(issuer=ISSUER, audience=AUDIENCE, leeway_s=leeway_s)
    return asyncio.run(TokenVerifier(settings, KeyRing(fetch, time.monotonic), lambda: now).caller(token))


def test_a_customers_token_says_who_they_are_and_what_it_allows() -> None:
    caller = verify(issuer(), issuer().token(scope="orders:read  orders:write"))
    assert (caller.subject, caller.client_id, caller.customer_id) == ("minsu", "shop-page", 7)
    assert caller.scopes == {"orders:read", "orders:write"}
    assert (caller.staff, caller.expires_at) == (False, NOW + 600)


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519", "ES256"])
def test_keys_on_curves_are_taken_too(alg: str) -> None:
    one = issuer()
    kid, sign = ("ec-0", es256(ec_key(0))) if alg == "ES256" else ("ed-0", ed_key(0).sign)
    assert verify(one, compact(one.header(alg=alg, kid=kid), one.claims(), sign)).subject == "minsu"


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(name: str) -> None:
    one = issuer()
    with pytest.raises(InvalidToken) as refused:
        verify(one, FORGERIES[name](one))
    assert 'error="invalid_token"' in refused.value.challenge()


@pytest.mark.parametrize(
    ("claim", "at", "taken"),
    [
        ("exp", NOW - 29, True),
        ("exp", NOW - 30, False),
        ("nbf", NOW + 30, True),
        ("nbf", NOW + 31, False),
        ("iat", NOW + 30, True),
        ("iat", NOW + 31, False),
    ],
)
def test_clocks_may_differ_by_the_leeway_and_no_more(claim: str, at: float, taken: bool) -> None:
    one = issuer()
    claims: dict[str, Any] = {claim: at}
    token = one.token(**claims)
    if taken:
        assert verify(one, token).subject == "minsu"
    else:
        with pytest.raises(InvalidToken):
            verify(one, token)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["https://elsewhere.example", AUDIENCE]},
        {"customer_id": "7"},
        {"nbf": int(NOW)},
        {"roles": ["reader"], "groups": [], "acr": "1"},
    ],
)
def test_what_other_issuers_write_is_understood(claims: dict[str, Any]) -> None:
    assert verify(issuer(), issuer().token(**claims)).customer_id == 7


def test_typ_may_be_written_in_full_and_in_capitals() -> None:
    assert verify(issuer(), issuer().token(header={"typ": "application/AT+JWT"})).subject == "minsu"


def test_staff_are_those_with_the_role_who_are_no_customers() -> None:
    assert verify(issuer(), issuer().staff()).staff
    assert not verify(issuer(), issuer().staff(customer_id=7)).staff
    assert not verify(issuer(), issuer().staff(roles=["staffer"])).staff
    assert not verify(issuer(), issuer().staff(roles=...)).staff


@pytest.mark.parametrize(
    "make",
    [
        lambda: TokenSettings(issuer="", audience=AUDIENCE),
        lambda: TokenSettings(issuer=ISSUER, audience=""),
        lambda: TokenSettings(issuer=ISSUER, audience=AUDIENCE, leeway_s=301),
        lambda: TokenSettings(issuer=ISSUER, audience=AUDIENCE, leeway_s=-1),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(make: Callable[[], TokenSettings]) -> None:
    with pytest.raises(InvalidField):
        make()
