"""Addresses as people and environments write them."""

from __future__ import annotations

import asyncio

import pytest

from bookdelivery.adapters.clients.finding.addresses import Address, Speech, address, found_in
from bookdelivery.adapters.clients.finding.places import Fixed, Place


@pytest.mark.parametrize(
    ("text", "place", "speech", "path"),
    [
        ("http://payment:8084", Place("payment", 8084), Speech.HTTP, ""),
        ("https://shop.example/payment/", Place("shop.example", 443), Speech.HTTPS, "/payment"),
        ("grpc://127.0.0.1:9084", Place("127.0.0.1", 9084), Speech.GRPC, ""),
        ("grpcs://payment", Place("payment", 443), Speech.GRPCS, ""),
        ("http://[::1]:8084", Place("::1", 8084), Speech.HTTP, ""),
    ],
)
def test_a_fixed_address_says_where_and_how(text: str, place: Place, speech: Speech, path: str) -> None:
    assert address(text) == Address(speech, Fixed(place), path)
    assert asyncio.run(address(text).finder.places()) == (place,)


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        ({"BOOKDELIVERY_AT_PAYMENT": "grpc://payment:9084", "PAYMENT_SERVICE_HOST": "10.0.0.1"}, "grpc://payment:9084"),
        ({"PAYMENT_SERVICE_HOST": "10.0.0.1", "PAYMENT_SERVICE_PORT": "80"}, "http://10.0.0.1:80"),
        (
            {"PAYMENT_SERVICE_HOST": "fd00::1", "PAYMENT_SERVICE_PORT": "80", "PAYMENT_SERVICE_PORT_GRPC": "9084"},
            "grpc://[fd00::1]:9084",
        ),
        ({"PAYMENT_SERVICE_HOST": "10.0.0.1"}, None),
    ],
)
def test_the_environment_tells_as_kubernetes_does(environ: dict[str, str], found: str | None) -> None:
    assert found_in(environ, "payment") == found
