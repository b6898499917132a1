"""Connections that are kept between the gateway and the services."""

from __future__ import annotations

import httpx

from bookdelivery.adapters.inbound.gateway import Services
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health
from bookdelivery.services.config import Config
from bookdelivery.services.http_server import HttpServer


def test_a_service_keeps_a_connection_far_longer_than_the_gateway_does() -> None:
    # Otherwise the gateway sends a request now and then on a connection that is just being closed.
    server = HttpServer(Front(Health()), Config())
    transport = Services({}, {})._client._transport
    assert isinstance(transport, httpx.AsyncHTTPTransport)
    kept_s = transport._pool._keepalive_expiry
    assert kept_s is not None
    assert server._server.config.timeout_keep_alive > 5 * kept_s > 0
