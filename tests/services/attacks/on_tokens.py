"""Attacks on who one is: forged tokens, tokens sent wrongly, tokens that do not allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.adapters.inbound.gateway.running import Secured
from tests.adapters.inbound.security.forgeries import FORGERIES
from tests.adapters.inbound.security.issuing import Issuer, compact, rs256, rsa_key
from tests.services.attacks.attack import AT_THE_SERVICE, THROUGH_THE_GATEWAY, Attack, requested

FORGED = "Forged, expired and foreign tokens"
SENT_WRONGLY = "A token sent in two ways, or in the address"
NOT_ALLOWED = "Without the scope, or a customer on a staff route"


def attacks(trap: str) -> list[Attack]:
    """Give them.

    Args:
        trap: an address that nobody must ever fetch a key from.
    """
    return [*forged(), *trapping(trap), *wrongly_sent(), *without_scope()]


def forged() -> list[Attack]:
    """Give every forgery, sent as the one token of a request."""
    found: list[Attack] = []
    for name, forge in FORGERIES.items():
        # Nothing reads a header of a megabyte, and who goes on sending it may be cut off before the answer is there.
        statuses: tuple[int, ...] = (431, 400, 0) if "1 MB" in name else (401,)
        says = "" if "1 MB" in name else 'error="invalid_token"'
        found += requested(FORGED, name, statuses, _with_token(forge), says=says)
    return found


def trapping(trap: str) -> list[Attack]:
    """Give tokens that name an address of ours to fetch the key from."""

    def naming(parameter: str) -> Callable[[Issuer], str]:
        return lambda one: compact(one.header(**{parameter: trap}), one.claims(), rs256(rsa_key(99)))

    return [
        attack
        for parameter in ("jku", "x5u", "kid")
        for attack in requested(FORGED, f"{parameter} an address that waits", 401, _with_token(naming(parameter)))
    ]


def _with_token(forge: Callable[[Issuer], str]) -> Callable[[Secured], dict[str, Any]]:
    return lambda one: {"headers": {"authorization": f"Bearer {forge(one.issuer)}"}}


def wrongly_sent() -> list[Attack]:
    """Give a good token, sent as it must not be."""

    def headers(*values: str) -> Callable[[Secured], dict[str, Any]]:
        return lambda one: {"headers": [("authorization", value.format(token=one.issuer.token())) for value in values]}

    def query(*, beside: bool) -> Callable[[Secured], dict[str, Any]]:
        return lambda one: {
            "params": {"access_token": one.issuer.token()},
            "headers": one.bearer() if beside else {},
        }

    def form(one: Secured) -> dict[str, Any]:
        return {"method": "POST", "data": {"access_token": one.issuer.token()}, "headers": one.bearer()}

    line, wrong = SENT_WRONGLY, "invalid_request"
    return [
        *requested(line, "two headers", 400, headers("Bearer {token}", "Bearer {token}"), says=wrong),
        *requested(line, "two tokens in a header", 400, headers("Bearer {token}, Bearer {token}"), says=wrong),
        *requested(line, "a second word", 400, headers("Bearer {token} {token}"), says=wrong),
        *requested(line, "Basic and Bearer", 400, headers("Basic Zm9vOmJhcg==", "Bearer {token}"), says=wrong),
        *requested(line, "header and query", 400, query(beside=True), says=wrong),
        *requested(line, "query alone", 400, query(beside=False), says=wrong),
        *requested(line, "header and form", 400, form, says=wrong, places=(THROUGH_THE_GATEWAY,)),
        *requested(line, "header and form", 415, form, places=(AT_THE_SERVICE,)),
        *requested(line, "no token", 401, lambda _: {}, says="Bearer realm"),
        *requested(line, "another scheme", 401, headers("Basic Zm9vOmJhcg=="), says="Bearer realm"),
    ]


def without_scope() -> list[Attack]:
    """Give tokens that are good, but not for this."""

    def asks(method: str, url: str, **claims: Any) -> Callable[[Secured], dict[str, Any]]:
        return lambda one: {"method": method, "url": url, "headers": one.bearer(**claims), "json": {}}

    line, wrong = NOT_ALLOWED, "insufficient_scope"
    everything = "ordermgmts:read ordermgmts:write deliveries:read deliveries:write payments:read orders:read"
    found: list[Attack] = []
    for name, make in {
        "no scope at all": asks("GET", "/orders", scope=...),
        "an empty scope": asks("GET", "/orders", scope=""),
        "read, and writes": asks("POST", "/orders", scope="orders:read"),
        "a scope that only begins alike": asks("GET", "/orders", scope="orders:readonly orders"),
        "a scope in capitals": asks("GET", "/orders", scope="ORDERS:READ"),
        "a customer lists the store's orders": asks("GET", "/ordermgmts"),
        "a customer takes an order": asks("POST", "/ordermgmts/1/take"),
        "a customer packs an order": asks("POST", "/ordermgmts/1/pack"),
        "a customer enters an order at the store": asks("POST", "/ordermgmts"),
        "a customer cancels at the store": asks("PATCH", "/ordermgmts/1"),
        "a customer completes a delivery": asks("POST", "/deliveries/1/complete"),
        "a customer with staff's scopes lists": asks("GET", "/ordermgmts", scope=everything),
        "a customer with staff's scopes takes": asks("POST", "/ordermgmts", scope=everything),
        "a customer who says to be staff lists": asks("GET", "/ordermgmts", scope=everything, roles=["staff"]),
        "a program that is nobody lists": asks("GET", "/orders", customer_id=..., scope=everything),
    }.items():
        # A customer who was given staff's scopes by mistake gets into the service, and no further.
        found += requested(line, name, 403, make, says=wrong)
    calls = requested(
        line, "a customer sends a neighbour's call", 403, asks("POST", "/calls/Pay"), places=(AT_THE_SERVICE,)
    )
    hidden = requested(
        line, "a neighbour's call from outside", 404, asks("POST", "/calls/Pay"), places=(THROUGH_THE_GATEWAY,)
    )
    return [*found, *calls, *hidden]
