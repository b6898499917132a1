"""The authorization server for development: who gets a token, and who does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from bookdelivery.adapters.inbound.security import Caller, InvalidToken
from bookdelivery.adapters.inbound.security.fetching import IssuerKeys
from bookdelivery.adapters.inbound.security.key_ring import KeyRing, KeyRingSettings
from bookdelivery.adapters.inbound.security.tokens import TokenSettings, TokenVerifier
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.authorization import SigningKeys, serve_authorization
from bookdelivery.services.authorization.people import CUSTOMER_SCOPES, STAFF_SCOPES
from bookdelivery.services.config import AuthorizationSection, Config
from tests.services.authorization.signing_in import AUDIENCE, Authorization, SigningIn, authorization


def with_a_server(test: Callable[[Authorization], Awaitable[None]], algorithm: str = "RS256") -> None:
    async def body() -> None:
        async with authorization(algorithm) as one:
            await test(one)

    asyncio.run(body())


async def verified(one: Authorization, token: str) -> Caller:
    async with kept(one) as verifier:
        return await verifier.caller(token)


@pytest.mark.parametrize("algorithm", ["RS256", "Ed25519"])
def test_a_customer_signs_in_with_pkce_and_gets_what_is_theirs_to_do(algorithm: str) -> None:
    async def body(one: Authorization) -> None:
        got = await SigningIn(one.http).tokens("minsu")
        caller = await verified(one, got["access_token"])
        assert (caller.subject, caller.client_id, caller.customer_id, caller.staff) == ("minsu", "shop-page", 2, False)
        assert "orders:write" in caller.scopes
        assert not {scope for scope in caller.scopes if scope.startswith("ordermgmts")}, "asked for, and not theirs"
        told = jwt.decode(got["id_token"], KeySet.import_key_set(dict(one.keys.shown())), algorithms=[algorithm])  # type: ignore[arg-type]
        assert (told.claims["sub"], told.claims["aud"], told.claims["iss"]) == ("minsu", ["shop-page"], one.issuer)
        with pytest.raises(InvalidToken, match="typ is not at"):
            await verified(one, got["id_token"])

    with_a_server(body, algorithm)


def test_staff_are_told_from_customers() -> None:
    async def body(one: Authorization) -> None:
        caller = await verified(one, (await SigningIn(one.http).tokens("storekeeper"))["access_token"])
        assert (caller.customer_id, caller.staff) == (None, True)
        assert "ordermgmts:write" in caller.scopes

    with_a_server(body)


def test_a_program_gets_a_token_by_its_own_secret_and_for_its_own_scopes_only() -> None:
    async def body(one: Authorization) -> None:
        form = {"grant_type": "client_credentials"}
        for asked, secret, status in (
            ({"scope": "calls"}, "development", 200),
            ({}, "development", 200),
            ({"scope": "orders:read"}, "development", 400),
            ({}, "wrong", 401),
            ({}, "", 401),
        ):
            answer = await one.http.post("/token", data=form | asked, auth=("services", secret))
            assert answer.status_code == status, (asked, secret)
            if status == 200:
                caller = await verified(one, answer.json()["access_token"])
                assert (caller.scopes, caller.staff, caller.customer_id) == (frozenset({"calls"}), False, None)
        for client in ("shop-page", "nobody"):
            assert (await one.http.post("/token", data=form | {"client_id": client})).status_code in (400, 401)

    with_a_server(body)


def test_a_code_is_good_once_with_its_own_verifier_and_address() -> None:
    async def body(one: Authorization) -> None:
        here = SigningIn(one.http)
        code = await here.code("minsu")
        assert (await here.exchange(code)).status_code == 200
        assert (await here.exchange(code)).json()["error"] == "invalid_grant"
        assert (await here.exchange("made-up")).json()["error"] == "invalid_grant"
        for wrong in (
            {"code_verifier": "a" * 43},
            {"code_verifier": ""},
            {"redirect_uri": "http://127.0.0.1:1/signed-in"},
            {"client_id": "services"},
        ):
            fresh = await here.code("minsu")
            answer = await here.exchange(fresh, **wrong)
            assert answer.status_code in (400, 401), wrong
            assert "access_token" not in answer.text

    with_a_server(body)


def test_a_wrong_request_goes_back_to_the_page_without_a_code() -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"response_type": "token"},
        {"scope": "everything"},
    )

    async def body(one: Authorization) -> None:
        for asked in wrong:
            answer = await SigningIn(one.http).submit("minsu", **asked)
            assert answer.status_code in (302, 400), asked
            back = parse_qs(urlsplit(answer.headers.get("location", "")).query)
            assert "code" not in back, asked

    with_a_server(body)


def test_nobody_is_sent_to_an_address_that_is_not_registered() -> None:
    async def body(one: Authorization) -> None:
        for address in (
            "https://attacker.example/signed-in",
            "http://127.0.0.1.attacker.example:80/signed-in",
            "http://127.0.0.1:8088@attacker.example:80/signed-in",
            "http://127.0.0.1:8088/elsewhere",
            "http://127.0.0.1:8088/signed-in?x=1",
            "http://127.0.0.1:8088/signed-in#x",
            "javascript:alert(1)",
            "",
        ):
            answer = await SigningIn(one.http).submit("minsu", redirect_uri=address)
            assert answer.status_code == 400, address
            assert "location" not in answer.headers

    with_a_server(body)


def test_a_wrong_password_shows_the_page_again() -> None:
    async def body(one: Authorization) -> None:
        for name, password in (("minsu", "wrong"), ("nobody", "bookstore"), ("", "")):
            answer = await SigningIn(one.http).submit(name, password, lang="ko")
            assert answer.status_code == 401
            assert "이름이나 비밀번호가 맞지 않습니다" in answer.text
        shown = await SigningIn(one.http).submit('"><script>alert(1)</script>', "x")
        assert "<script>" not in shown.text

    with_a_server(body)


def test_keys_are_replaced_and_the_last_ones_are_still_shown() -> None:
    async def body(one: Authorization) -> None:
        async with kept(one) as verifier:
            before = (await SigningIn(one.http).tokens("minsu"))["access_token"]
            assert (await verifier.caller(before)).subject == "minsu"
            one.keys.rotate()
            after = (await SigningIn(one.http).tokens("minsu"))["access_token"]
            assert (await verifier.caller(after)).subject == (await verifier.caller(before)).subject == "minsu"
            one.keys.rotate()
            await verifier.caller((await SigningIn(one.http).tokens("minsu"))["access_token"])
            with pytest.raises(InvalidToken, match="no such key"):
                await verifier.caller(before)

    with_a_server(body)


@asynccontextmanager
async def kept(one: Authorization) -> AsyncIterator[TokenVerifier]:
    """Verify with a ring of keys that looks again whenever it is asked for a key that it does not know."""
    keys = IssuerKeys(one.issuer)
    ring = KeyRing(keys, time.monotonic, KeyRingSettings(look_again_s=1e-9))
    try:
        yield TokenVerifier(TokenSettings(issuer=one.issuer, audience=AUDIENCE), ring, time.time)
    finally:
        await keys.close()


def test_a_key_signs_no_longer_than_it_is_said_to() -> None:
    now = [0.0]
    keys = SigningKeys("RS256", 100.0, lambda: now[0])
    first = keys.signing().keys[0].kid
    now[0] = 100.0
    assert keys.signing().keys[0].kid == first
    now[0] = 100.1
    assert keys.signing().keys[0].kid != first
    assert len(keys.shown()["keys"]) == 4
    assert not {"d", "p", "q"} & {name for key in keys.shown()["keys"] for name in key}


def test_scopes_follow_from_what_the_contexts_declare() -> None:
    assert {"orders:read", "orders:write", "myPages:read"} <= CUSTOMER_SCOPES
    assert not {scope for scope in CUSTOMER_SCOPES if scope.startswith("ordermgmts")}
    assert "deliveries:write" in STAFF_SCOPES
    assert "myPages:write" not in STAFF_SCOPES


def test_it_refuses_to_start_outside_development() -> None:
    with pytest.raises(InvalidField, match="development only"):
        asyncio.run(serve_authorization(Config(authorization=AuthorizationSection(development=False))))
