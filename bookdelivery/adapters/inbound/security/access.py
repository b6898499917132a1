"""Who may come in: finds the token of a request, verifies it, and holds it against what the request needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from bookdelivery.adapters.inbound.security.bearer import bearer_token
from bookdelivery.adapters.inbound.security.caller import Caller


class Verifier(Protocol):
    """Says whose a token is; `TokenVerifier` does."""

    async def caller(self, token: str) -> Caller:
        """Verify a token; see `TokenVerifier.caller`."""
        ...


@attrs.frozen
class Access:
    """Lets requests in by their token; the same for REST, gRPC and the gateway.

    Attributes:
        verifier: says whose a token is.
    """

    verifier: Verifier

    async def caller(self, authorization: Sequence[str], *, scope: str = "", query: str = "", form: str = "") -> Caller:
        """Say who asks.

        Args:
            authorization: the values of all Authorization headers, or of gRPC's metadata of that name.
            scope: what the request needs; empty if any good token will do.
            query: the address's query, as it was sent.
            form: the body, if it is a form's.

        Raises:
            TurnedAway: the request may not be let in; its kinds say why.
            Unavailable: the issuer's keys cannot be had, so nobody knows.
        """
        caller = await self.verifier.caller(bearer_token(authorization, query=query, form=form))
        if scope:
            caller.needs(scope)
        return caller
