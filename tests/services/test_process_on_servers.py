"""A service's process on real servers: a wrong password, tables to migrate, and a trace that crosses Kafka."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bookdelivery.services.serving import PORTS
from tests.adapters.brokers.topics import topic_on
from tests.adapters.inbound.rest.serving import PURCHASE
from tests.adapters.stores.databases import database
from tests.servers.urls import postgres_url, redis_url
from tests.services.otlp import TRACE, TRACEPARENT, Collector
from tests.services.processes import Served, eventually, five_free_ports, run, serving

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]


@pytest.fixture
def fresh() -> Iterator[str]:
    with database(postgres_url) as url:
        yield url


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
def test_a_wrong_password_is_told_and_not_shown_and_not_tried_again(kind: str, tmp_path: Path) -> None:
    right = postgres_url() if kind == "postgresql" else redis_url()
    wrong = re.sub(r":bookdelivery@", ":geheim@", right)
    assert wrong != right
    broker = f"sqlite:///{tmp_path}/topic.db"
    told = run(
        serving("order", "--url", wrong, "--broker-url", broker, "--first-port", str(five_free_ports())), tmp_path
    )
    assert told.returncode == 1
    assert "order cannot be served: order: store: " in told.stderr
    assert "wrong user or password" in told.stderr
    assert "geheim" not in told.stderr
    assert "Traceback" not in told.stderr
    assert "asking again" not in told.stderr


def test_the_whole_shop_runs_by_one_command_with_contexts_on_other_kinds_of_stores(fresh: str, tmp_path: Path) -> None:
    # The tests' other orders are in the database 0.
    deliveries = redis_url().removesuffix("/0") + "/9"
    pages = tmp_path / "pages"
    with topic_on("kafka") as topic, Redis.from_url(deliveries) as redis:
        redis.flushdb()
        places = ("--stores.delivery", deliveries, "--stores.mypage", f"file://{pages}")
        shop = Served(tmp_path, "all", "--url", fresh, "--broker-url", topic, *places)
        try:
            eventually(lambda: all(shop.is_ready(name) for name in PORTS))
            placed = shop.http.post(shop.at("order", "/orders"), json=PURCHASE)
            assert placed.status_code == 201, placed.text

            def members(context: str, collection: str) -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = shop.http.get(shop.at(context, f"/{collection}")).json()["_embedded"][
                    collection
                ]
                return found

            eventually(lambda: bool(members("ordermanagement", "ordermgmts")))
            (taken,) = members("ordermanagement", "ordermgmts")
            for action in ("take", "pack"):
                asked = f"/ordermgmts/{taken['orderMgmtId']}/{action}"
                assert shop.http.post(shop.at("ordermanagement", asked)).status_code == 200
            eventually(lambda: bool(members("delivery", "deliveries")))
            eventually(lambda: "deliveryId" in members("mypage", "myPages")[0])
            assert redis.dbsize() > 0
            assert list(pages.iterdir())
        finally:
            shop.end()
            redis.flushdb()


def test_a_trace_crosses_http_grpc_and_kafka_and_readiness_tells_of_the_migrations(fresh: str, tmp_path: Path) -> None:
    with ExitStack() as started:
        collector = started.enter_context(Collector.running())
        topic = started.enter_context(topic_on("kafka"))
        first, first_grpc = five_free_ports(), five_free_ports()
        grpc = ("--grpc.enabled", "true", "--grpc.first-port", str(first_grpc))
        payment = f"grpc://127.0.0.1:{first_grpc + list(PORTS).index('payment')}"
        processes = {}
        for name in ("order", "payment", "mypage"):
            folder = tmp_path / name
            folder.mkdir()
            arguments = ("--url", fresh, "--broker-url", topic, "--operations.traces", collector.url)
            processes[name] = Served(folder, name, *arguments, *grpc, "--at.payment", payment, first_port=first)
            started.callback(processes[name].end)
        eventually(lambda: all(process.is_ready(name) for name, process in processes.items()))
        order = processes["order"]
        checks = order.ready("order")["checks"]
        assert {name: found["ok"] for name, found in checks.items()} == {
            "order: store": True,
            "order: broker": True,
            "order: migrations": True,
            "order: work": True,
        }
        headers = {"traceparent": TRACEPARENT}
        assert order.http.post(order.at("order", "/orders"), json=PURCHASE, headers=headers).status_code == 201
        expected = {
            "order: POST /orders",
            "order: call Pay",
            "payment: Pay",
            "payment: publish PayApproved",
            "mypage: process PayApproved",
        }
        eventually(lambda: expected <= collector.names(of=TRACE))
        assert "payment: POST /calls/{command}" not in collector.names(of=TRACE)
