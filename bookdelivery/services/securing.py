"""The verification of access tokens, as the configuration says; the same in the gateway and in every service."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bookdelivery.adapters.inbound.security import Access
from bookdelivery.services.config import SecuritySection
from bookdelivery.services.extras import needing


@asynccontextmanager
async def securing(section: SecuritySection) -> AsyncIterator[Access | None]:
    """Verify tokens within this; None where no issuer is configured, and nobody is asked who they are.

    Args:
        section: whose tokens count.

    Raises:
        InvalidField: an address is none.
        MissingExtra: the extra `security` is not installed.
    """
    if not section.issuer:
        yield None
        return
    with needing("security", "a configured issuer"):
        from bookdelivery.adapters.inbound.security.fetching import IssuerKeys  # noqa: PLC0415
        from bookdelivery.adapters.inbound.security.key_ring import KeyRing  # noqa: PLC0415
        from bookdelivery.adapters.inbound.security.tokens import TokenSettings, TokenVerifier  # noqa: PLC0415
    keys = IssuerKeys(section.issuer, section.jwks_url)
    settings = TokenSettings(issuer=section.issuer, audience=section.audience, leeway_s=section.leeway_s)
    try:
        yield Access(TokenVerifier(settings, KeyRing(keys, time.monotonic), time.time))
    finally:
        await keys.close()
