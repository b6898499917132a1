"""The bookstore as processes that answer over gRPC too, and call one another so."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bookdelivery.services.config import Config, HttpSection
from bookdelivery.services.serving import PORTS, addresses_of
from tests.adapters.inbound.grpc.serving import PURCHASE, Reflected
from tests.services.processes import PATIENCE_S, Served, eventually, five_free_ports, run, serving


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_order_is_placed_paid_and_read_over_grpc_alone(tmp_path: Path) -> None:
    first = five_free_ports()
    ports = {name: first + place for place, name in enumerate(PORTS)}
    payment = f"grpc://127.0.0.1:{ports['payment']}"
    over_grpc = ["--grpc.enabled", "true", "--grpc.first-port", str(first), "--at.payment", payment]
    served = Served(tmp_path, "all", *over_grpc)
    try:
        eventually(lambda: all(served.is_ready(name) for name in PORTS))

        async def shop() -> None:
            order, store, mypage = (Reflected(ports[name]) for name in ("order", "ordermanagement", "mypage"))
            placed = await order.call("order.v1.OrderService/PlaceOrder", **PURCHASE)
            assert placed.order.order_status == "placed"
            number = placed.order.order_id
            while (await _status(mypage, number)) != "placed":  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
            while not (await store.call("ordermanagement.v1.OrdermanagementService/ListOrdermgmts")).ordermgmts:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            stream = await mypage.stream("mypage.v1.MypageService/WatchMyPage", order_id=number)
            assert (await stream.read()).my_page.order_id == number
            await store.call("ordermanagement.v1.OrdermanagementService/TakeOrder", order_id=number)
            assert (await stream.read()).my_page.order_status == "taken"
            health = health_pb2_grpc.HealthStub(order.channel)
            told = await health.Check(health_pb2.HealthCheckRequest())  # type: ignore[attr-defined]
            assert told.status == health_pb2.HealthCheckResponse.SERVING
            served.process.send_signal(signal.SIGTERM)
            assert await stream.code() is grpc.StatusCode.UNAVAILABLE
            for one in (order, store, mypage):
                await one.channel.close()

        async def patiently() -> None:
            async with asyncio.timeout(PATIENCE_S):
                await shop()

        asyncio.run(patiently())
        assert served.process.wait(PATIENCE_S) == 0
        assert f"serving payment on {payment}" in served.log.read_text()
    finally:
        served.end()


async def _status(mypage: Reflected, number: int) -> str:
    try:
        row = await mypage.call("mypage.v1.MypageService/GetMyPage", order_id=number)
    except grpc.aio.AioRpcError:
        return ""
    return str(row.order_status)


@pytest.mark.slow
def test_an_address_that_is_none_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    refused = run(serving("order", "--at.payment", "payment:8084"), tmp_path)
    assert refused.returncode == 2
    assert "--at.payment: 'payment:8084' is not an address such as http://host:8084" in refused.stderr


def test_what_is_configured_counts_before_the_environment_and_that_before_this_computer() -> None:
    config = Config(http=HttpSection(at={"payment": "grpc://pay:1"}))
    told = {
        "BOOKDELIVERY_AT_PAYMENT": "http://nobody:1",
        "DELIVERY_SERVICE_HOST": "10.0.0.7",
        "DELIVERY_SERVICE_PORT": "80",
    }
    found = addresses_of(config, told)
    assert (found["payment"], found["delivery"]) == ("grpc://pay:1", "http://10.0.0.7:80")
    assert found["order"] == "http://127.0.0.1:8081"
