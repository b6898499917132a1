"""The gateway served by this process, until it is asked to end."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from bookdelivery.adapters.inbound.gateway import (
    Gateway,
    GatewaySettings,
    Route,
    Services,
    SigningIn,
)
from bookdelivery.adapters.inbound.http_protocol import protocol_with
from bookdelivery.adapters.inbound.security import Access
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.front import access as access_log
from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.resources import endpoints, scope_of
from bookdelivery.resilience import RateLimitConfig
from bookdelivery.services.config import Config, GatewaySection
from bookdelivery.services.gateway_resilience import RateLimits, ServiceProtection, ServiceResilience
from bookdelivery.services.http_server import http_server, listening
from bookdelivery.services.observing import observing
from bookdelivery.services.securing import Security, securing
from bookdelivery.services.serving import ports_of

logger = logging.getLogger(__name__)

ROUTES = tuple(
    Route(endpoint.collection, context.name, frozenset(endpoint.actions))
    for context in BOOKSTORE
    for endpoint in endpoints(context)
)
"""What leads where: each collection to the context that declares it. Nothing else leads anywhere."""


async def serve_gateway(config: Config) -> None:
    """Serve the gateway until SIGTERM or SIGINT; then finish what is in work.

    Raises:
        InvalidField: an address, network, origin or port is none, or somebody listens there already.
        MissingExtra: the extra `security` is not installed, and an issuer is configured.
    """
    section = config.gateway
    with listening(config.http.host, section.port) as door:
        health = Health()
        front = Front(health, "gateway")
        # The gateway's own lines tell the same, and who asked.
        access_log.setLevel(logging.WARNING)
        async with AsyncExitStack() as leaving:
            await leaving.enter_async_context(observing(config, "gateway", front))
            security = await leaving.enter_async_context(securing(config))
            services = Services(addresses_of(config), protections(section))
            leaving.push_async_callback(services.close)
            signing_in = signing_in_with(config, security)
            if signing_in is not None:
                leaving.push_async_callback(signing_in.close)
            front.app = gateway(config, services, None if security is None else security.access, signing_in)
            server = await leaving.enter_async_context(http_server(front, door, config, uvicorn_options(section)))
            health.phase = Phase.SERVING
            if security is not None:
                health.add("issuer", security.check)
            else:
                logger.warning("no issuer is configured ([security] issuer): everybody is let in")
            logger.info("serving the gateway on http://%s:%s", *door.getsockname()[:2])
            await server.wait_for_end()


def signing_in_with(config: Config, security: Security | None) -> SigningIn | None:
    """Give what signs people in; None where nobody is asked who they are, or everybody brings a token."""
    client_id = config.gateway.sign_in_client
    if security is None or not client_id:
        return None
    scopes = ("openid", *(scope_of(route.collection, writes=False) for route in ROUTES))
    return SigningIn(security.endpoint, client_id, scopes, time.monotonic)


def gateway(config: Config, services: Services, access: Access | None, signing_in: SigningIn | None = None) -> Gateway:
    """Make the gateway as the configuration says.

    Raises:
        InvalidField: a network or origin is none.
    """
    section = config.gateway
    return Gateway(
        routes=ROUTES,
        services=services,
        by_address=_limits("this address", section.per_address_per_second, section),
        by_caller=_limits("this caller", section.per_caller_per_second, section),
        access=access,
        signing_in=signing_in,
        settings=GatewaySettings(
            largest_body_bytes=section.largest_body_bytes,
            largest_headers_bytes=section.largest_headers_bytes,
            headers_within_s=section.headers_within_s,
            body_within_s=section.body_within_s,
            allowed_origins=frozenset(section.allowed_origins),
        ),
        trusted_proxies=_networks(section.trusted_proxies),
    )


def uvicorn_options(section: GatewaySection) -> dict[str, Any]:
    """Give what uvicorn has to be told so that strangers do no harm."""
    return {
        # The application itself sees to bodies, and can say why it refuses one.
        "http": protocol_with(section.headers_within_s),
        "ws": "none",
        # Strangers do not hold connections for nothing for long.
        "timeout_keep_alive": 5,
        # It would believe X-Forwarded-For of whoever connects from this computer.
        "proxy_headers": False,
        "h11_max_incomplete_event_size": section.largest_headers_bytes,
        "limit_concurrency": section.most_connections,
    }


def addresses_of(config: Config) -> dict[str, str]:
    """Give the address of each context."""
    here = {name: f"http://{config.http.host}:{port}" for name, port in ports_of(config).items()}
    return here | dict(config.http.at)


def protections(section: GatewaySection) -> dict[str, ServiceProtection]:
    """Give what is put around each service."""
    settings = ServiceResilience(timeout_s=section.answer_within_s)
    return {route.service: ServiceProtection(settings, name=route.service, rng=random.Random()) for route in ROUTES}


def _limits(name: str, per_second: float, section: GatewaySection) -> RateLimits:
    burst = max(1, int(per_second * section.burst_s))
    return RateLimits(RateLimitConfig(per_second=per_second, burst=burst), name=name, clock=time.monotonic)


def _networks(texts: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(text) for text in texts]
    except ValueError as error:
        raise InvalidField("gateway", "trusted_proxies", texts, f"networks such as 10.0.0.0/8 ({error})") from error
