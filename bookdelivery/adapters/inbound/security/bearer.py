"""Finding the token in a request: in one Authorization header, and nowhere else (RFC 6750, RFC 9700 section 4.3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from bookdelivery.adapters.inbound.security.errors import InvalidToken, TokenMissing, TokenSentWrongly

LONGEST_TOKEN = 8 * 1024
"""Characters of a token; those of the issuers we know are shorter than 3,000."""


def bearer_token(authorization: Sequence[str], *, query: str = "", form: str = "") -> str:
    """Find the token.

    Args:
        authorization: the values of all Authorization headers, or of gRPC's metadata of that name.
        query: the address's query, as it was sent.
        form: the body, if it is a form's.

    Raises:
        TokenMissing: nobody said who asks, or not by a bearer token.
        TokenSentWrongly: it is in the query or in a form, or there are two.
        InvalidToken: it is too long to be one.
    """
    if _holds_token(query):
        raise TokenSentWrongly(
            "a token in the address is never taken, as addresses end up in logs; send it as a header"
        )
    if _holds_token(form):
        raise TokenSentWrongly("a token in a form is never taken; send it as a header")
    if not authorization:
        raise TokenMissing("a bearer token is needed")
    if len(authorization) > 1:
        raise TokenSentWrongly("there are several Authorization headers, but must be one")
    scheme, _, token = authorization[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        raise TokenMissing("a bearer token is needed")
    token = token.strip()
    if not token or any(char in token for char in " ,\t"):
        raise TokenSentWrongly("the Authorization header must be the word Bearer and one token")
    if len(token) > LONGEST_TOKEN:
        raise InvalidToken(f"the token is longer than {LONGEST_TOKEN} characters")
    return token


def _holds_token(encoded: str) -> bool:
    if "access_token" not in encoded.lower() and "%" not in encoded:
        return False
    return any(name.lower() == "access_token" for name, _ in parse_qsl(encoded, keep_blank_values=True))
