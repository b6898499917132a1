"""Tokens that must be refused: every line of OWASP's, RFC 8725's and RFC 9068's advice as somebody would send it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.adapters.inbound.security.issuing import (
    Issuer,
    compact,
    ec_key,
    ed_key,
    encoded,
    es256,
    hs256,
    rs256,
    rsa_key,
)


def _unsigned(alg: str) -> Callable[[Issuer], str]:
    return lambda one: compact(one.header(alg=alg), one.claims(), lambda _: b"")


def _with_header(**more: Any) -> Callable[[Issuer], str]:
    """Sign with a key of the attacker's; the header tells where to find it."""
    return lambda one: compact(one.header(**more), one.claims(), rs256(rsa_key(99)))


def _signed_header(**more: Any) -> Callable[[Issuer], str]:
    return lambda one: one.token(header=more)


def _claiming(**more: Any) -> Callable[[Issuer], str]:
    return lambda one: one.token(**more)


def _later(name: str, seconds: int) -> Callable[[Issuer], str]:
    def make(one: Issuer) -> str:
        claims: dict[str, Any] = {name: int(one.now()) + seconds}
        return one.token(**claims)

    return make


def _written(change: Callable[[str], str]) -> Callable[[Issuer], str]:
    """Sign claims whose text is changed after it was written."""
    return lambda one: compact(one.header(), change(json.dumps(one.claims())).encode(), rs256(one.rsa))


def _tampered(one: Issuer) -> str:
    header, _, signature = one.token().split(".")
    return f"{header}.{encoded(json.dumps(one.claims(customer_id=8)).encode())}.{signature}"


def _another_signature(one: Issuer) -> str:
    return one.token().rpartition(".")[0] + "." + one.token(customer_id=8).rpartition(".")[2]


_EMBEDDED = {"kty": "RSA", "e": "AQAB", "n": encoded(rsa_key(99).public_key().public_numbers().n.to_bytes(256))}

FORGERIES: Mapping[str, Callable[[Issuer], str]] = {
    **{f"alg {alg}, no signature": _unsigned(alg) for alg in ("none", "None", "NONE", "nOnE", "")},
    "alg absent": _signed_header(alg=...),
    "alg no text": _signed_header(alg=["RS256"]),
    "HS256 signed with the public key": lambda one: compact(
        one.header(alg="HS256"), one.claims(), hs256(one.public_pem())
    ),
    "HS256 signed with nothing": lambda one: compact(one.header(alg="HS256"), one.claims(), hs256(b"")),
    "ES256 with the RSA key's name": lambda one: compact(one.header(alg="ES256"), one.claims(), es256(ec_key(99))),
    "an algorithm the key is not for": lambda one: compact(one.header(alg="RS512"), one.claims(), rs256(one.rsa)),
    "another key under the issuer's name": _with_header(),
    "another Ed25519 key": lambda one: compact(
        one.header(alg="EdDSA", kid="ed-0"), one.claims(), lambda data: ed_key(99).sign(data)
    ),
    "embedded jwk": _with_header(jwk=_EMBEDDED),
    "embedded jwk, signed by the issuer all the same": _signed_header(jwk=_EMBEDDED),
    "jku": _with_header(jku="https://attacker.example/keys"),
    "x5u": _with_header(x5u="https://attacker.example/chain"),
    "x5c": _with_header(x5c=["MIIB"]),
    "kid a path": _with_header(kid="../../../../dev/null"),
    "kid an injection": _with_header(kid="' UNION SELECT 'key' --"),
    "kid unknown": _with_header(kid="nobody-knows"),
    "kid absent": _signed_header(kid=...),
    "kid empty": _signed_header(kid=""),
    "kid no text": _signed_header(kid=7),
    "signature stripped": lambda one: one.token().rpartition(".")[0] + ".",
    "signature and its dot stripped": lambda one: one.token().rpartition(".")[0],
    "claims tampered with": _tampered,
    "another token's signature": _another_signature,
    "signature in another spelling": lambda one: one.token() + "=",
    "crit unknown": _signed_header(crit=["exp"], exp=1),
    "crit empty": _signed_header(crit=[]),
    "b64 false": _signed_header(crit=["b64"], b64=False),
    "aud another": _claiming(aud="https://elsewhere.example"),
    "aud absent": _claiming(aud=...),
    "aud a list of others": _claiming(aud=["https://elsewhere.example"]),
    "aud an object": _claiming(aud={"https://bookstore.example": True}),
    "iss another": _claiming(iss="https://attacker.example"),
    "iss with a slash more": _claiming(iss="https://issuer.example/"),
    "iss absent": _claiming(iss=...),
    "exp past": _later("exp", -61),
    "exp absent": _claiming(exp=...),
    "exp a string": _claiming(exp="9999999999"),
    "exp true": _claiming(exp=True),
    "exp null": _claiming(exp=None),
    "exp NaN": _claiming(exp=float("nan")),
    "exp Infinity": _claiming(exp=float("inf")),
    "exp 1e400": _written(lambda text: text.replace('"exp": ', '"exp": 1e400, "was": ')),
    "nbf in the future": _later("nbf", 120),
    "nbf a string": _claiming(nbf="now"),
    "iat in the future": _later("iat", 120),
    "iat absent": _claiming(iat=...),
    "typ JWT": _signed_header(typ="JWT"),
    "typ absent": _signed_header(typ=...),
    "typ of an ID token's logout": _signed_header(typ="logout+jwt"),
    "sub missing": _claiming(sub=...),
    "sub empty": _claiming(sub=""),
    "client_id missing": _claiming(client_id=...),
    "client_id no text": _claiming(client_id=5),
    "jti missing": _claiming(jti=...),
    "a claim twice": _written(lambda text: text.replace('"customer_id": 7', '"customer_id": 8, "customer_id": 7')),
    "a header's name twice": lambda one: compact(
        json.dumps(one.header()).replace('"alg"', '"alg": "none", "alg"').encode(), one.claims(), rs256(one.rsa)
    ),
    "scope no text": _claiming(scope=["orders:read"]),
    "customer_id no id": _claiming(customer_id=-7),
    "customer_id true": _claiming(customer_id=True),
    "roles no list": _claiming(roles="staff"),
    "claims nested deeply": _written(lambda text: f'{text[:-1]}, "deep": {"[" * 2000}{"]" * 2000}}}'),
    "a header nested deeply": lambda one: compact(
        b'{"alg":' + b"[" * 2000 + b"]" * 2000 + b"}", one.claims(), rs256(one.rsa)
    ),
    "claims that are a list": lambda one: compact(one.header(), b"[]", rs256(one.rsa)),
    "half of a surrogate pair": _written(lambda text: text.replace('"minsu"', r'"\ud800"')),
    "a token of 1 MB": _claiming(padding="x" * 1_000_000),
    "a token of 9 kB": _claiming(padding="x" * 9_000),
    "four parts": lambda one: one.token() + ".AAAA",
    "five parts, as if it were encrypted": lambda one: one.token() + ".AAAA.AAAA",
    "no token at all": lambda _: "AAAA",
}
"""A name, and what makes the token."""
