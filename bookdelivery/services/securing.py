"""Access tokens as the configuration says: their verification, and those that the services show one another."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import attrs

from bookdelivery.adapters.inbound.security import Access
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.resources import CALLS
from bookdelivery.services.config import Config
from bookdelivery.services.extras import needing

DEVELOPMENT_SECRET = "development"  # noqa: S105 - it is told to everybody, and taken in development only


@attrs.frozen
class Security:
    """What a process has of it.

    Attributes:
        access: verifies the tokens of those who ask.
        bearer: gives the token of calls to the neighbours; None where there are no such calls.
        endpoint: asks the issuer for an address of its own by its name; raises Unavailable.
        check: raises Unavailable where nobody's token can be verified just now.
    """

    access: Access
    bearer: Callable[[], Awaitable[str]] | None
    endpoint: Callable[[str], Awaitable[str]]
    check: Callable[[], Awaitable[None]]


@asynccontextmanager
async def securing(config: Config, *, calls: bool = False) -> AsyncIterator[Security | None]:
    """Verify and get tokens within this; None where no issuer is configured, and nobody is asked who they are.

    Args:
        config: whose tokens count.
        calls: whether this process calls its neighbours, and so needs a token of its own.

    Raises:
        InvalidField: an address is none, or the services have no secret.
        MissingExtra: the extra `security` is not installed.
    """
    section = config.security
    name = issuer_of(config)
    if not name:
        yield None
        return
    with needing("security", "a configured issuer"):
        from bookdelivery.adapters.clients.service_tokens import ServiceTokens  # noqa: PLC0415
        from bookdelivery.adapters.inbound.security.fetching import IssuerKeys  # noqa: PLC0415
        from bookdelivery.adapters.inbound.security.key_ring import KeyRing  # noqa: PLC0415
        from bookdelivery.adapters.inbound.security.tokens import TokenSettings, TokenVerifier  # noqa: PLC0415
    issuer = IssuerKeys(name, section.jwks_url)
    settings = TokenSettings(issuer=name, audience=section.audience, leeway_s=section.leeway_s)
    keys = KeyRing(issuer, time.monotonic)
    verifier = TokenVerifier(settings, keys, time.time)
    async with AsyncExitStack() as leaving:
        leaving.push_async_callback(issuer.close)
        tokens = None
        if calls:
            endpoint = partial(issuer.endpoint, "token_endpoint")
            secret = services_secret(config)
            tokens = ServiceTokens(endpoint, section.client_id, secret, CALLS, time.monotonic)
            leaving.push_async_callback(tokens.close)
        yield Security(Access(verifier), tokens, issuer.endpoint, keys.check)


def issuer_of(config: Config) -> str:
    """Say whose tokens count: the configured issuer's, or in development our own server's; empty for nobody's."""
    if config.security.issuer or not config.authorization.development:
        return config.security.issuer
    return f"http://{config.http.host}:{config.authorization.port}"


def services_secret(config: Config) -> str:
    """Give what proves to the issuer that the services are the services.

    Raises:
        InvalidField: there is none, and this is not development.
    """
    if config.security.client_secret:
        return config.security.client_secret
    if config.authorization.development:
        return DEVELOPMENT_SECRET
    raise InvalidField("security", "client_secret", "", "the secret by which the services get tokens from the issuer")
