"""The one entrance in front of all services (extra `gateway`): limits, tokens, routes, and what goes back and forth."""

from bookdelivery.adapters.inbound.gateway.app import Gateway, RateLimit
from bookdelivery.adapters.inbound.gateway.forwarding import Protect, Services
from bookdelivery.adapters.inbound.gateway.settings import GatewaySettings, Route
from bookdelivery.adapters.inbound.gateway.signing_in import SigningIn

__all__ = [
    "Gateway",
    "GatewaySettings",
    "Protect",
    "RateLimit",
    "Route",
    "Services",
    "SigningIn",
]
