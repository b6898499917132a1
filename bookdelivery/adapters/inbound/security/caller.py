"""Who asks, as a verified token tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from bookdelivery.adapters.inbound.security.errors import InsufficientScope, InvalidToken
from bookdelivery.kernel.values import LARGEST_ID


@attrs.frozen(kw_only=True)
class CallerClaims:
    """Where a token says who its bearer is to the bookstore.

    Attributes:
        customer: the claim that holds a customer's business id, as a number or as its digits.
        roles: the claim that lists roles (RFC 9068, section 2.2.3.1).
        staff: the role of those who work for the store.
    """

    customer: str = "customer_id"
    roles: str = "roles"
    staff: str = "staff"


@attrs.frozen(kw_only=True)
class Caller:
    """Somebody whose token was verified.

    A token that names a customer is a customer's, whatever roles it lists. One that names neither is a program's:
    it does what its scopes say and owns nothing.

    Attributes:
        subject: who it is to the issuer.
        client_id: the program that asks on their behalf.
        scopes: what the token allows.
        customer_id: the customer, a business id; None for others.
        staff: whether they work for the store, and so see every customer's.
        expires_at: when the token ends, in seconds since the epoch.
    """

    subject: str
    client_id: str
    scopes: frozenset[str]
    customer_id: int | None = None
    staff: bool = False
    expires_at: float

    def needs(self, scope: str) -> None:
        """See to it that the token allows something.

        Raises:
            InsufficientScope: it does not.
        """
        if scope not in self.scopes:
            raise InsufficientScope(f"the token does not allow {scope}", scope)


def caller_of(claims: Mapping[str, Any], where: CallerClaims) -> Caller:
    """Read the caller from claims whose signature, issuer, audience and times were verified.

    Raises:
        InvalidToken: a claim has no readable value.
    """
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise InvalidToken("the claim scope is no text")
    customer_id = _business_id(where.customer, claims.get(where.customer))
    roles = claims.get(where.roles, [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise InvalidToken(f"the claim {where.roles} is no list of texts")
    return Caller(
        subject=_text("sub", claims),
        client_id=_text("client_id", claims),
        scopes=frozenset(scope.split()),
        customer_id=customer_id,
        staff=customer_id is None and where.staff in roles,
        expires_at=float(claims["exp"]),
    )


def _text(name: str, claims: Mapping[str, Any]) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"the claim {name} is missing or no text")
    return value


def _business_id(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_ID)):
        value = int(value)
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise InvalidToken(f"the claim {name} is no business id")
    return value
