"""Why a caller is turned away: the errors of RFC 6750, each with its status and challenge."""

from __future__ import annotations

from typing import ClassVar

from bookdelivery.kernel.errors import BookdeliveryError

REALM = "bookdelivery"


class TurnedAway(BookdeliveryError, PermissionError):
    """A caller may not do what was asked; never raised itself, only as one of its kinds.

    Attributes:
        status: of HTTP.
        error: the code of RFC 6750, section 3.1; empty where nobody tried to say who they are.
        why: what was wrong, in words; never anything of the token itself.
        scope: what the token would have to allow; empty if that is not the matter.
    """

    status: ClassVar[int] = 401
    error: ClassVar[str] = ""

    def __init__(self, why: str, scope: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.scope = scope

    def challenge(self) -> str:
        """Give the value of `WWW-Authenticate` (RFC 6750, section 3)."""
        parts = [f'realm="{REALM}"']
        if self.error:
            parts += [f'error="{self.error}"', f'error_description="{_quotable(self.why)}"']
        if self.scope:
            parts.append(f'scope="{_quotable(self.scope)}"')
        return "Bearer " + ", ".join(parts)


class TokenMissing(TurnedAway):
    """Nobody said who asks."""


class TokenSentWrongly(TurnedAway):
    """A token came in a way it must not, or in two ways at once."""

    status = 400
    error = "invalid_request"


class InvalidToken(TurnedAway):
    """A token is none, not from the issuer, not for us, or not valid now."""

    error = "invalid_token"


class InsufficientScope(TurnedAway):
    """The token is good, but not for this."""

    status = 403
    error = "insufficient_scope"


def _quotable(text: str) -> str:
    """Leave only what RFC 6750 lets stand within the quotes of a challenge."""
    return "".join(char if " " <= char <= "~" and char not in '"\\' else "'" for char in text)
