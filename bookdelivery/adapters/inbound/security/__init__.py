"""Who asks, and what is theirs: access tokens of any OpenID Connect issuer; knows no framework.

`TokenVerifier`, `KeyRing` and `IssuerKeys`, in modules of their own, need the extra `security`; the rest needs none.
"""

from bookdelivery.adapters.inbound.security.access import Access
from bookdelivery.adapters.inbound.security.caller import Caller, CallerClaims
from bookdelivery.adapters.inbound.security.callers_context import CallersContext
from bookdelivery.adapters.inbound.security.errors import (
    InsufficientScope,
    InvalidToken,
    TokenMissing,
    TokenSentWrongly,
    TurnedAway,
)

__all__ = [
    "Access",
    "Caller",
    "CallerClaims",
    "CallersContext",
    "InsufficientScope",
    "InvalidToken",
    "TokenMissing",
    "TokenSentWrongly",
    "TurnedAway",
]
