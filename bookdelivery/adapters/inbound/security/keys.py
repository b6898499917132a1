"""An issuer's public keys as a JWK set (RFC 7517) has them: what may verify a token's signature, and nothing else."""

from __future__ import annotations

import base64
import binascii
import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from bookdelivery.adapters.inbound.bodies import Malformed, read_object
from bookdelivery.kernel.errors import shorten

logger = logging.getLogger(__name__)

MOST_KEYS = 64
"""Keys in a set; issuers have two or three."""

LEAST_RSA_BITS = 2048
"""RFC 7518, section 3.3."""

_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_SECRET = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@attrs.frozen
class SigningKey:
    """A key that an issuer signs with, its public half.

    Attributes:
        kid: its name.
        algorithms: those it may be used with; a token names one of them, it never chooses (RFC 8725, section 3.1).
        key: for joserfc.
    """

    kid: str
    algorithms: frozenset[str]
    key: Key = attrs.field(repr=False)


def read_keys(document: bytes) -> Mapping[str, SigningKey]:
    """Read a JWK set.

    What cannot verify a signature here is left out, and said in the log: symmetric, private, short and nameless keys,
    those for encryption, those of which two have one name.

    Raises:
        Malformed: it is no JWK set.
    """
    listed = read_object(document).get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise Malformed(f"keys must be a list of at most {MOST_KEYS}")
    found: dict[str, SigningKey] = {}
    names = Counter(jwk.get("kid") for jwk in listed if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str))
    for jwk in listed:
        try:
            one = _signing_key(jwk)
            if names[one.kid] > 1:
                raise _NoSigningKey("another key has its name")
        except _NoSigningKey as error:
            logger.warning("a key of the issuer is left out: %s", error)
        else:
            found[one.kid] = one
    return found


class _NoSigningKey(ValueError):
    pass


def _signing_key(jwk: Any) -> SigningKey:
    if not isinstance(jwk, dict):
        raise _NoSigningKey("it is no object")
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        raise _NoSigningKey("it has no kid")
    if _SECRET & jwk.keys():
        raise _NoSigningKey(f"{shorten(kid)} shows its secret half")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise _NoSigningKey(f"{shorten(kid)} is not for signatures")
    kinds: Mapping[str, tuple[type[RSAKey | ECKey | OKPKey], frozenset[str]]] = {
        "RSA": (RSAKey, frozenset({"RS256", "PS256"})),
        "EC P-256": (ECKey, frozenset({"ES256"})),
        # RFC 9864 names the curve; issuers still write what RFC 8037 said before.
        "OKP Ed25519": (OKPKey, frozenset({"EdDSA", "Ed25519"})),
    }
    kind = f"{jwk.get('kty')} {jwk.get('crv', '')}".strip()
    if kind not in kinds:
        raise _NoSigningKey(f"{shorten(kid)} is of a kind that nobody here verifies with: {shorten(kind)}")
    made, algorithms = kinds[kind]
    if "alg" in jwk:
        algorithms = algorithms if jwk["alg"] == "EdDSA" else algorithms & {str(jwk["alg"])}
    public = {name: jwk.get(name) for name in ("kty", *_PUBLIC[jwk["kty"]])}
    if not algorithms or not all(isinstance(value, str) for value in public.values()):
        raise _NoSigningKey(f"{shorten(kid)} cannot be read")
    if made is RSAKey and _bits(public["n"]) < LEAST_RSA_BITS:
        raise _NoSigningKey(f"{shorten(kid)} is shorter than {LEAST_RSA_BITS} bits")
    try:
        return SigningKey(kid, algorithms, made.import_key(public))  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError) as error:
        raise _NoSigningKey(f"{shorten(kid)} cannot be read") from error


def _bits(encoded: Any) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(encoded + "==")).bit_length()
    except (binascii.Error, ValueError):
        return 0
