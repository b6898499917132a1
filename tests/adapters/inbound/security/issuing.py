"""An issuer of tokens whose keys the tests hold, so that they can issue good ones and forge any other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from joserfc.jwk import ECKey, OKPKey, RSAKey

AUDIENCE = "https://bookstore.example"
ISSUER = "https://issuer.example"

ALL_SCOPES = "orders:read orders:write myPages:read payments:read deliveries:read"
STAFF_SCOPES = f"{ALL_SCOPES} ordermgmts:read ordermgmts:write deliveries:write"


@cache
def rsa_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Give a key; each number always the same one, as making one takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ed_key(number: int) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


@cache
def ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


Sign = Callable[[bytes], bytes]


def rs256(key: rsa.RSAPrivateKey) -> Sign:
    return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def es256(key: ec.EllipticCurvePrivateKey) -> Sign:
    def sign(data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


def hs256(secret: bytes) -> Sign:
    return lambda data: hmac.digest(secret, data, hashlib.sha256)


def compact(header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes, sign: Sign) -> str:
    """Write a token, whatever is in it; a header or claims in bytes are taken as they are."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(encoded(part) for part in parts)
    return f"{signed}.{encoded(sign(signed.encode()))}"


@attrs.define
class Issuer:
    """An issuer with an RSA, an Ed25519 and an EC key.

    Attributes:
        url: its name in tokens.
        now: the time, in seconds since the epoch.
        rotation: how often its keys were changed.
    """

    url: str = ISSUER
    now: Callable[[], float] = time.time
    rotation: int = 0

    @property
    def rsa(self) -> rsa.RSAPrivateKey:
        return rsa_key(self.rotation)

    @property
    def kid(self) -> str:
        return f"rsa-{self.rotation}"

    def document(self) -> bytes:
        """Give its JWK set."""
        found: list[dict[str, Any]] = [
            {**_public(RSAKey, self.rsa), "kid": self.kid, "use": "sig", "alg": "RS256"},
            {**_public(OKPKey, ed_key(self.rotation)), "kid": f"ed-{self.rotation}"},
            {**_public(ECKey, ec_key(self.rotation)), "kid": f"ec-{self.rotation}"},
        ]
        return json.dumps({"keys": found}).encode()

    def metadata(self) -> bytes:
        """Say of itself what OpenID Connect Discovery asks for."""
        return json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"}).encode()

    def public_pem(self) -> bytes:
        return self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def header(self, **more: Any) -> dict[str, Any]:
        return _without({"alg": "RS256", "typ": "at+jwt", "kid": self.kid} | more)

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(self.now())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "minsu",
            "client_id": "shop-page",
            "jti": "a-token",
            "iat": now,
            "exp": now + 600,
            "scope": ALL_SCOPES,
            "customer_id": 7,
        }
        return _without(claims | more)

    def token(self, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """Issue a token; a claim or part of the header that is `...` is left out."""
        return compact(self.header(**(header or {})), self.claims(**claims), rs256(self.rsa))

    def staff(self, **claims: Any) -> str:
        """Issue a token of somebody who works for the store."""
        mine: dict[str, Any] = {"sub": "storekeeper", "customer_id": ..., "roles": ["staff"], "scope": STAFF_SCOPES}
        return self.token(**mine | claims)


def _public(kind: type[RSAKey | ECKey | OKPKey], key: Any) -> dict[str, Any]:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return dict(kind.import_key(pem).as_dict(private=False))


def _without(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ...}
