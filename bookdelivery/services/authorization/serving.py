"""The authorization server for development, served by this process until it is asked to end."""

from __future__ import annotations

import logging
import time

from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.authorization.app import authorization_app
from bookdelivery.services.authorization.keys import SigningKeys
from bookdelivery.services.authorization.people import clients
from bookdelivery.services.config import Config
from bookdelivery.services.http_server import http_server, listening
from bookdelivery.services.securing import issuer_of, services_secret

logger = logging.getLogger(__name__)


async def serve_authorization(config: Config) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        InvalidField: this is not development, or an address or port is none, or somebody listens there already.
    """
    section = config.authorization
    if not section.development:
        allowed = "true: this server knows everybody's password, so it runs in development only; take another issuer"
        raise InvalidField("authorization", "authorization.development", False, allowed)
    keys = SigningKeys(section.algorithm, section.rotate_s, time.monotonic)
    known = clients(config.security.client_id, services_secret(config), section.redirect_uris)
    issuer = issuer_of(config)
    with listening(config.http.host, section.port) as door:
        health = Health()
        front = Front(health, "authorization")
        front.app = authorization_app(issuer, config.security.audience, keys, known, lasts_s=section.token_lasts_s)
        async with http_server(front, door, config, {"proxy_headers": False}) as server:
            health.phase = Phase.SERVING
            logger.warning("serving an authorization server for development, at %s: nothing here is secret", issuer)
            await server.wait_for_end()
