"""Headers: what goes on to a service, what comes back, and where a request is believed to come from."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bookdelivery.adapters.inbound.gateway.headers import back, client_address, neighbourhood, onwards, request_id

OURS = [ip_network("10.0.0.0/8")]


def test_the_clients_headers_go_on_but_for_those_between_neighbours_and_those_of_ours() -> None:
    sent = [
        (b"accept", b"application/json"),
        (b"authorization", b"Bearer abc"),
        (b"connection", b"close, X-Secret, Authorization"),
        (b"x-secret", b"1"),
        (b"transfer-encoding", b"chunked"),
        (b"te", b"trailers"),
        (b"upgrade", b"websocket"),
        (b"cookie", b"session=1"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"x-forwarded-user", b"admin"),
        (b"forwarded", b"for=1.2.3.4"),
        (b"x-request-id", b"mine"),
        (b"ce-correlationid", b"somebody-elses"),
        (b"request-timeout-s", b"100000"),
        (b"traceparent", b"00-1-2-01"),
    ]
    assert onwards(sent, {"x-request-id": "ours", "host": "shop.example"}) == [
        (b"accept", b"application/json"),
        (b"authorization", b"Bearer abc"),
        (b"traceparent", b"00-1-2-01"),
        (b"x-request-id", b"ours"),
        (b"host", b"shop.example"),
    ]


def test_what_is_nobodys_business_does_not_come_back() -> None:
    said = [
        (b"Content-Type", b"application/json"),
        (b"Server", b"thing/1.0"),
        (b"Set-Cookie", b"a=b"),
        (b"X-Powered-By", b"thing"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"Connection", b"keep-alive, x-hop"),
        (b"X-Hop", b"1"),
        (b"Content-Length", b"7"),
        (b"Retry-After", b"1"),
    ]
    assert back(said) == [(b"content-type", b"application/json"), (b"retry-after", b"1")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("9.9.9.9", [], "9.9.9.9"),
        ("9.9.9.9", ["1.2.3.4"], "9.9.9.9"),
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["1.2.3.4, made up"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
    ],
)
def test_what_a_header_says_of_an_address_counts_as_far_as_proxies_of_ours_wrote_it(
    peer: str, forwarded: list[str], address: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert client_address(peer, headers, OURS) == address


def test_an_ipv6_client_counts_as_its_whole_network() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:1") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("1.2.3.4") == "1.2.3.4"
    assert neighbourhood("unknown") == "unknown"


@pytest.mark.parametrize("given", ["short", "a" * 65, "with space", "line\nbreak", "<script>", ""])
def test_an_id_that_may_not_go_into_a_log_is_none(given: str) -> None:
    assert request_id([(b"x-request-id", given.encode())]) is None
    assert request_id([(b"x-request-id", b"order-4711"), (b"x-request-id", b"order-4712")]) is None
