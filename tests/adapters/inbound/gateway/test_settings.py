"""Where paths lead, and limits that are none."""

from __future__ import annotations

from typing import Any

import pytest

from bookdelivery.adapters.inbound.gateway import GatewaySettings, Route
from bookdelivery.adapters.inbound.gateway.settings import find_route
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.config import Config, GatewaySection
from bookdelivery.services.gateway_serving import ROUTES, addresses_of

ORDERS = Route("orders", "order")


@pytest.mark.parametrize("path", ["/orders", "/orders/7", "/orders/7/pay", "/orders/a%20b", "/orders/a:b@c"])
def test_a_plain_path_leads_to_its_service(path: str) -> None:
    assert find_route([ORDERS], path) is ORDERS


@pytest.mark.parametrize(
    "path",
    ["", "/", "orders", "/ordersx", "/orders/", "/orders/%2E%2e/x", "/orders/%252e", "/orders\\x", "/orders/\n", "*"],
)
def test_any_other_leads_nowhere(path: str) -> None:
    assert find_route([ORDERS], path) is None


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/orders", "/orders"),
        ("/orders/7", "/orders/{id}"),
        ("/orders/anything-at-all", "/orders/{id}"),
        ("/orders/7/pay", "/orders/{id}/pay"),
        ("/orders/7/anything-at-all", "/orders/{id}/..."),
        ("/orders/7/pay/8", "/orders/{id}/..."),
    ],
)
def test_a_path_has_one_of_few_forms_whatever_is_in_it(path: str, form: str) -> None:
    assert Route("orders", "order", frozenset({"pay"})).template(path) == form


def test_the_routes_are_those_that_the_contexts_declare() -> None:
    assert {(route.collection, route.service) for route in ROUTES} == {
        ("orders", "order"),
        ("payments", "payment"),
        ("ordermgmts", "ordermanagement"),
        ("deliveries", "delivery"),
        ("myPages", "mypage"),
    }
    assert addresses_of(Config())["mypage"] == "http://127.0.0.1:8085"


@pytest.mark.parametrize(
    "wrong",
    [
        {"largest_body_bytes": 0},
        {"most_headers": 1.5},
        {"headers_within_s": 0},
        {"body_within_s": float("inf")},
        {"allowed_origins": frozenset({"*"})},
        {"allowed_origins": frozenset({"https://shop.example/"})},
        {"allowed_origins": frozenset({"null"})},
    ],
)
def test_a_limit_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidField, match=next(iter(wrong))):
        GatewaySettings(**wrong)


def test_a_proxys_network_that_is_none_is_refused() -> None:
    from bookdelivery.adapters.inbound.gateway import Services
    from bookdelivery.services.gateway_serving import gateway

    config = Config(gateway=GatewaySection(trusted_proxies=("10.0.0.1/8",)))
    with pytest.raises(InvalidField, match="trusted_proxies"):
        gateway(config, Services({}, {}), None)
