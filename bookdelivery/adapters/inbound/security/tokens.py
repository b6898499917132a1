"""Verifying an access token: RFC 9068's profile with the advice of RFC 8725, on joserfc.

Nothing in a token decides how it is verified: its header names a key of the configured issuer, and the key says with
which algorithm. No key, and no address of one, is ever taken from a token.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, deserialize_compact
from joserfc.jwt import JWTClaimsRegistry

from bookdelivery.adapters.inbound.bodies import Malformed, read_object
from bookdelivery.adapters.inbound.security.bearer import LONGEST_TOKEN
from bookdelivery.adapters.inbound.security.caller import Caller, CallerClaims, caller_of
from bookdelivery.adapters.inbound.security.errors import InvalidToken
from bookdelivery.adapters.inbound.security.key_ring import KeySource
from bookdelivery.kernel.errors import InvalidField

TYPES = ("at+jwt", "application/at+jwt")
"""RFC 9068, section 2.1: so that no other kind of token, such as an ID token, is taken for an access token."""

_HEADER = {"alg", "typ", "kid"}
"""All that a header may say. `crit`, `jwk`, `jku`, `x5u`, `x5c` and whatever else could change how a token is to be
verified is refused with everything else (RFC 8725, sections 3.1 and 3.10)."""


def _said(instance: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a text that is not empty")


def _leeway(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or not 0 <= value <= 300:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number of seconds from 0 to 300")


@attrs.frozen(kw_only=True)
class TokenSettings:
    """Which tokens are taken.

    Attributes:
        issuer: who must have issued them, character for character as in `iss`.
        audience: for whom they must be: one of `aud`.
        leeway_s: seconds by which the issuer's clock may differ from ours.
        claims: where they say who the caller is to the bookstore.

    Raises:
        InvalidField: a value is not allowed.
    """

    issuer: str = attrs.field(validator=_said)
    audience: str = attrs.field(validator=_said)
    leeway_s: int = attrs.field(default=30, validator=_leeway)
    claims: CallerClaims = attrs.field(factory=CallerClaims)


class TokenVerifier:
    """Says whose a token is.

    Args:
        settings: which tokens are taken.
        keys: the issuer's.
        now: the time, in seconds since the epoch.
    """

    def __init__(self, settings: TokenSettings, keys: KeySource, now: Callable[[], float]) -> None:
        self._keys = keys
        self._where = settings.claims
        self._claims = JWTClaimsRegistry(
            now=now,  # type: ignore[arg-type] # fractions of a second do no harm
            leeway=settings.leeway_s,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            client_id={"essential": True},
            jti={"essential": True},
        )

    async def caller(self, token: str) -> Caller:
        """Verify a token and say who its bearer is.

        Raises:
            InvalidToken: it is none of the issuer's for us, or not valid now.
            Unavailable: the issuer's keys cannot be had, so nobody knows.
        """
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken(f"the token is longer than {LONGEST_TOKEN} characters")
        header, _ = read = _parts(token)
        algorithm, kid = _checked(header)
        key = await self._keys.key(kid)
        if key is None:
            raise InvalidToken("the issuer has no such key")
        if algorithm not in key.algorithms:
            raise InvalidToken("the key is not for this algorithm")
        try:
            deserialize_compact(token, key.key, registry=_Registry(algorithms=[algorithm]))
            claims = read[1]()
            self._claims.validate(claims)
        except JoseError as error:
            raise InvalidToken(_why(error)) from error
        return caller_of(claims, self._where)


def _parts(token: str) -> tuple[dict[str, Any], Callable[[], dict[str, Any]]]:
    """Take a token apart: its header, and its claims, which nobody should read before the signature was verified."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise InvalidToken("the token is not made of a header, claims and a signature")
    decoded = [_decoded(part) for part in parts]
    return _object("header", decoded[0]), lambda: _object("claims", decoded[1])


def _decoded(part: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvalidToken("a part of the token is not written in base64url") from error
    # Python's decoder passes over what is no base64; one token must have one spelling only.
    if base64.urlsafe_b64encode(decoded).decode().rstrip("=") != part:
        raise InvalidToken("a part of the token is not written in base64url")
    return decoded


def _object(name: str, text: bytes) -> dict[str, Any]:
    try:
        return read_object(text)
    except Malformed as error:
        raise InvalidToken(f"the token's {name} cannot be read") from error


def _checked(header: Mapping[str, Any]) -> tuple[str, str]:
    more = header.keys() - _HEADER
    if more:
        raise InvalidToken("the token's header says more than alg, typ and kid")
    typ, algorithm, kid = header.get("typ"), header.get("alg"), header.get("kid")
    if not isinstance(typ, str) or typ.lower() not in TYPES:
        raise InvalidToken("the token is no access token: its typ is not at+jwt")
    if not isinstance(algorithm, str) or not isinstance(kid, str) or not kid:
        raise InvalidToken("the token names no algorithm or no key")
    return algorithm, kid


def _why(error: JoseError) -> str:
    told = {
        "bad_signature": "the token's signature is wrong",
        "expired_token": "the token has expired",
        "invalid_claim": "a claim of the token is wrong",
        "missing_claim": "a claim of the token is missing",
    }
    return told.get(error.error, "the token cannot be verified")


class _Registry(JWSRegistry):
    """Joserfc's, without its warning of the older name of Ed25519, which the key has confined to that curve."""

    def get_alg(self, name: str) -> Any:
        assert self.allowed == [name], "the caller decided on it"
        return self.algorithms[name]
