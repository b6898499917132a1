"""Services are found by DNS as Kubernetes keeps it, from a real name server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bookdelivery.adapters.clients.finding.places import Place
from bookdelivery.adapters.clients.finding.srv import SrvNames
from bookdelivery.adapters.clients.remote_requests import RemoteRequests
from bookdelivery.adapters.conformance.requests import HOME, REQUESTS_CODEC, Ask, Callee, home
from bookdelivery.kernel.errors import Unavailable
from tests.adapters.clients.finding.name_server import Zone, name_server
from tests.adapters.clients.reaching import free_port, over_grpc, over_http

HTTP, GRPC = "_http._tcp.desk.default.svc", "_grpc._tcp.desk.default.svc"
POD = "pod-1.desk.default.svc"
WAIT_S = 120.0


def in_a_zone(zone: Zone, test: Callable[[Zone, int], Awaitable[None]]) -> None:
    async def body() -> None:
        async with asyncio.timeout(WAIT_S):
            await test(zone, port)

    with name_server(zone) as port:
        asyncio.run(body())


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    while not await true():  # noqa: ASYNC110 - what is waited for is a time to live
        await asyncio.sleep(0.05)


def test_places_come_with_priority_weight_and_address() -> None:
    zone = Zone(
        services={HTTP: [("pod-2.desk.default.svc", 8084, 10, 1), (POD, 8085, 0, 3)]},
        hosts={POD: "127.0.0.1", "pod-2.desk.default.svc": "127.0.0.2"},
    )

    async def body(_: Zone, port: int) -> None:
        places = await SrvNames(HTTP, ("127.0.0.1", port)).places()
        assert places == [Place("127.0.0.1", 8085, 0, 3), Place("127.0.0.2", 8084, 10, 1)]

    in_a_zone(zone, body)


def test_within_its_time_to_live_an_answer_is_not_asked_for_again() -> None:
    zone = Zone(services={HTTP: [(POD, 8085, 0, 1)]}, hosts={POD: "127.0.0.1"}, ttl_s=300)

    async def body(zone: Zone, port: int) -> None:
        names = SrvNames(HTTP, ("127.0.0.1", port))
        await asyncio.gather(*(names.places() for _ in range(10)))
        assert sum(asked.startswith("SRV") for asked in zone.asked) == 1

    in_a_zone(zone, body)


def test_after_its_time_to_live_a_service_is_found_where_it_has_moved() -> None:
    zone = Zone(services={HTTP: [(POD, 8085, 0, 1)]}, hosts={POD: "127.0.0.1"})

    async def body(zone: Zone, port: int) -> None:
        names = SrvNames(HTTP, ("127.0.0.1", port))
        assert [place.port for place in await names.places()] == [8085]
        zone.services[HTTP] = [(POD, 9999, 0, 1)]

        async def moved() -> bool:
            return [place.port for place in await names.places()] == [9999]

        await until(moved)

    in_a_zone(zone, body)


def test_while_dns_is_away_the_last_places_are_used_and_once_a_name_is_gone_they_are_not() -> None:
    zone = Zone(services={HTTP: [(POD, 8085, 0, 1)]}, hosts={POD: "127.0.0.1"})

    async def body(zone: Zone, port: int) -> None:
        names = SrvNames(HTTP, ("127.0.0.1", port))
        await names.places()
        zone.silent, before = True, len(zone.asked)

        async def asked_again() -> bool:
            assert [place.port for place in await names.places()] == [8085]
            return len(zone.asked) > before

        await until(asked_again)
        zone.silent = False
        zone.services = {}

        async def gone() -> bool:
            try:
                await names.places()
            except Unavailable:
                return True
            return False

        await until(gone)

    in_a_zone(zone, body)


@pytest.mark.parametrize(
    ("services", "hosts"), [({}, {}), ({HTTP: [(POD, 1, 0, 1)]}, {}), ({HTTP: [(".", 0, 0, 0)]}, {})]
)
def test_a_service_that_is_nowhere_is_not_there(
    services: dict[str, list[tuple[str, int, int, int]]], hosts: dict[str, str]
) -> None:
    async def body(_: Zone, port: int) -> None:
        address = f"srv://127.0.0.1:{port}/{HTTP}"
        async with RemoteRequests({HOME: address}, home, REQUESTS_CODEC) as requests:
            with pytest.raises(Unavailable, match=f"DNS has no place for {HTTP}"):
                await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=WAIT_S)

    in_a_zone(Zone(services=services, hosts=hosts), body)


@pytest.mark.parametrize("way", ["http", "grpc"])
def test_calls_take_turns_among_what_is_found_and_pass_over_who_is_away(way: str) -> None:
    name, serve = (HTTP, over_http) if way == "http" else (GRPC, over_grpc)

    async def body(zone: Zone, port: int) -> None:
        callees = [Callee(), Callee()]
        async with serve(callees[0]) as first, serve(callees[1]) as second:
            zone.services[name] = [(POD, one, 0, 1) for one in (first, second, free_port())]
            address = f"srv://127.0.0.1:{port}/{name}"
            async with RemoteRequests({HOME: address}, home, REQUESTS_CODEC) as requests:
                for number in range(1, 13):
                    await requests.request(Ask(case_id=number), idempotency_key=str(number), timeout_s=WAIT_S)
        counts = sorted(len(callee.asked) for callee in callees)
        assert sum(counts) == 12
        assert counts[0] >= 4

    in_a_zone(Zone(hosts={POD: "127.0.0.1"}, ttl_s=300), body)
