"""The issuer's keys: fetched when they are needed, never too often, and not trusted for ever."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bookdelivery.adapters.inbound.bodies import Malformed
from bookdelivery.adapters.inbound.security.key_ring import KeyRing, KeyRingSettings
from bookdelivery.adapters.inbound.security.keys import read_keys
from bookdelivery.kernel.errors import InvalidField, Unavailable
from tests.adapters.inbound.security.issuing import Issuer


class Here:
    """An issuer that counts how often it is asked, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.away = False
        self.asked = 0
        self.now = 1000.0
        self.ring = KeyRing(self.fetch, lambda: self.now)

    async def fetch(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        return self.issuer.document()


def test_keys_are_fetched_once_for_all_who_need_them() -> None:
    async def body() -> None:
        here = Here()
        found = await asyncio.gather(*(here.ring.key("rsa-0") for _ in range(50)))
        assert all(found)
        assert here.asked == 1

    asyncio.run(body())


def test_a_new_key_is_found_at_once_and_one_taken_away_is_refused_after_a_while() -> None:
    async def body() -> None:
        here = Here()
        await here.ring.key("rsa-0")
        here.issuer.rotation = 1
        here.now += 10
        assert await here.ring.key("rsa-1")
        assert await here.ring.key("rsa-0") is None
        here.issuer.rotation = 2
        here.now += 299
        assert await here.ring.key("rsa-1"), "nobody told of a change yet"
        here.now += 2
        assert await here.ring.key("rsa-1") is None

    asyncio.run(body())


def test_names_that_are_made_up_cost_the_issuer_one_question_in_ten_seconds() -> None:
    async def body() -> None:
        here = Here()
        for number in range(1000):
            assert await here.ring.key(f"made-up-{number}") is None
            here.now += 0.02
        assert here.asked == 2, "at the beginning, and after ten seconds"

    asyncio.run(body())


def test_known_keys_hold_while_the_issuer_is_away_but_not_for_ever() -> None:
    async def body() -> None:
        here = Here()
        await here.ring.key("rsa-0")
        here.away = True
        here.now += 3600
        assert await here.ring.key("rsa-0")
        here.now += 1
        with pytest.raises(Unavailable, match="keys cannot be fetched"):
            await here.ring.key("rsa-0")
        with pytest.raises(Unavailable):
            await here.ring.check()
        here.away = False
        here.now += 1
        await here.ring.check()
        assert await here.ring.key("rsa-0")

    asyncio.run(body())


def test_an_issuer_that_is_away_is_asked_once_a_second() -> None:
    async def body() -> None:
        here = Here()
        here.away = True
        for _ in range(100):
            with pytest.raises(Unavailable):
                await here.ring.key("rsa-0")
            here.now += 0.05
        assert here.asked == 5

    asyncio.run(body())


RSA: dict[str, Any] = json.loads(Issuer().document())["keys"][0]


@pytest.mark.parametrize(
    "jwk",
    [
        "no object",
        RSA | {"kid": None},
        RSA | {"kid": ""},
        RSA | {"use": "enc"},
        RSA | {"key_ops": ["sign"]},
        RSA | {"key_ops": "verify"},
        RSA | {"alg": "RS1"},
        RSA | {"alg": ["RS256"]},
        RSA | {"d": "AQAB"},
        RSA | {"n": RSA["n"][:100]},
        RSA | {"n": 7},
        RSA | {"e": "!"},
        RSA | {"kty": "EC"},
        RSA | {"kty": ["RSA"]},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-0", "alg": "HS256"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA", "kid": "rsa-0"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "rsa-0"},
    ],
)
def test_what_cannot_verify_a_signature_is_left_out(jwk: Any) -> None:
    assert not read_keys(json.dumps({"keys": [jwk]}).encode())


def test_two_keys_of_one_name_are_both_left_out() -> None:
    assert not read_keys(json.dumps({"keys": [RSA, RSA]}).encode())


@pytest.mark.parametrize("document", ["{}", '{"keys": {}}', "[]", '{"keys": [], "keys": []}', "no JSON"])
def test_what_is_no_set_of_keys_is_refused(document: str) -> None:
    with pytest.raises(Malformed):
        read_keys(document.encode())


def test_a_key_is_for_the_algorithms_of_its_kind() -> None:
    keys = read_keys(Issuer().document())
    assert {kid: sorted(key.algorithms) for kid, key in keys.items()} == {
        "rsa-0": ["RS256"],
        "ed-0": ["Ed25519", "EdDSA"],
        "ec-0": ["ES256"],
    }


@pytest.mark.parametrize("field", ["keep_s", "stale_s", "look_again_s", "try_again_s"])
def test_a_time_of_nothing_is_refused(field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        KeyRingSettings(**{field: 0})
