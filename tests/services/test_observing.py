"""What a process tells of itself: metrics that agree with what happened, and one trace from request to last event."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bookdelivery import Bookstore
from bookdelivery.adapters.inbound.gateway import Services
from bookdelivery.adapters.inbound.rest import rest_app
from bookdelivery.adapters.observability.catalogue import CATALOGUE, Sort
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.adapters.observability.tracing import Traces
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.checking import checks_of
from bookdelivery.services.config import Config, OperationsSection
from bookdelivery.services.gateway_serving import addresses_of, gateway, protections
from bookdelivery.services.observing import observing
from tests.adapters.inbound.rest.serving import PURCHASE
from tests.services.otlp import TRACE, TRACEPARENT, Collector
from tests.services.processes import Served, eventually, five_free_ports

Shopping = Callable[[httpx.AsyncClient, Bookstore], Awaitable[None]]


def observed(shopping: Shopping, *, metrics: bool = False, traces: Traces | None = None) -> None:
    """Go shopping over HTTP in a bookstore in memory that is observed."""
    config = Config(operations=OperationsSection(metrics=metrics))

    async def body() -> None:
        front = Front(Health(), "shop")
        async with observing(config, "shop", front) as watch:
            if traces is not None:
                front.observer = watch.observer = traces
            async with Bookstore.open(system=watch.system(BOOKSTORE_SYSTEM)) as shop:
                for name, ask in checks_of(shop).items():
                    front.health.add(name, ask)
                front.app = rest_app(watch.contexts(shop), shop.codec)
                front.health.phase = Phase.SERVING
                async with httpx.AsyncClient(
                    transport=httpx.ASGITransport(app=front), base_url="http://shop"
                ) as client:
                    await shopping(client, shop)

    asyncio.run(body())


def values(text: str) -> dict[str, float]:
    """Read Prometheus' text format: a metric with its labels, in their order, and its value."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}


def test_requests_at_the_gateway_are_counted_by_the_form_of_their_paths() -> None:
    config = Config(operations=OperationsSection(metrics=True))

    async def body() -> None:
        front = Front(Health(), "gateway")
        services = Services(dict.fromkeys(addresses_of(config), "http://127.0.0.1:1"), protections(config.gateway))
        front.app = gateway(config, services, None)
        transport = httpx.ASGITransport(app=front)
        async with (
            observing(config, "gateway", front),
            httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
        ):
            for path in ("/orders/1", "/orders/2", "/orders/1/whatever", "/nowhere"):
                await client.get(path)
            told = values((await client.get("/metrics")).text)
        await services.close()
        counted = {name: count for name, count in told.items() if "operation_seconds_count" in name and "http" in name}
        seconds = "bookdelivery_operation_seconds_count"
        assert counted == {
            f'{seconds}{{context="gateway",kind="http",operation="GET /orders/{{id}}",outcome="503"}}': 2,
            f'{seconds}{{context="gateway",kind="http",operation="GET /orders/{{id}}/...",outcome="503"}}': 1,
            f'{seconds}{{context="gateway",kind="http",operation="GET -",outcome="404"}}': 1,
        }

    asyncio.run(body())


def test_metrics_agree_with_what_happened() -> None:
    async def shopping(client: httpx.AsyncClient, shop: Bookstore) -> None:
        order = (await client.post("/orders", json=PURCHASE)).json()
        await shop.settle()
        assert (await client.post(f"/ordermgmts/{order['orderId']}/pack")).status_code == 409
        assert (await client.get("/nowhere/else")).status_code == 404
        answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        told = values(answer.text)
        seconds = "bookdelivery_operation_seconds_count"
        assert told[f'{seconds}{{context="shop",kind="http",operation="POST /orders",outcome="201"}}'] == 1
        assert told[f'{seconds}{{context="shop",kind="http",operation="GET -",outcome="404"}}'] == 1
        assert told[f'{seconds}{{context="order",kind="command",operation="PlaceOrder",outcome="ok"}}'] == 1
        assert (
            told[f'{seconds}{{context="ordermanagement",kind="command",operation="PackOrder",outcome="refused"}}'] == 1
        )
        assert told[f'{seconds}{{context="payment",kind="publish",operation="PayApproved",outcome="ok"}}'] == 1
        assert told[f'{seconds}{{context="mypage",kind="message",operation="PayApproved",outcome="ok"}}'] == 1
        assert told['bookdelivery_event_delay_seconds_count{context="mypage",type="PayApproved"}'] == 1
        counters = shop.services["mypage"].counters
        assert told['bookdelivery_messages_total{context="mypage",result="handled"}'] == counters.handled > 0
        assert told['bookdelivery_outbox_events{context="order"}'] == 0
        assert told['bookdelivery_consumer_lag_messages{context="mypage"}'] == 0
        assert told['bookdelivery_dead_letters{context="mypage"}'] == 0
        assert told['bookdelivery_breaker_state{breaker="Pay",context="order",state="closed"}'] == 1
        assert told['bookdelivery_ready{context="shop"}'] == 1
        assert told['bookdelivery_check_ok{check="broker",context="shop"}'] == 1

    observed(shopping, metrics=True)


def test_where_nobody_observes_nothing_is_put_around_anything() -> None:
    async def shopping(client: httpx.AsyncClient, shop: Bookstore) -> None:
        assert (await client.get("/metrics")).status_code == 404
        assert type(shop.services["order"].broker).__module__ == "bookdelivery.adapters.brokers.memory"

    observed(shopping)


def test_the_catalogue_names_metrics_as_prometheus_wants_them() -> None:
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    for metric in CATALOGUE:
        assert re.fullmatch(r"bookdelivery_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.sort is Sort.COUNTER)
        assert metric.about.endswith(".")


def test_what_an_order_leads_to_is_one_trace_with_one_correlation_id() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    async def shopping(client: httpx.AsyncClient, shop: Bookstore) -> None:
        headers = {"traceparent": TRACEPARENT}
        assert (await client.post("/orders", json=PURCHASE, headers=headers)).status_code == 201
        await shop.settle()

    observed(shopping, traces=Traces(provider.get_tracer("tests")))
    spans = exporter.get_finished_spans()
    by_id = {span.context.span_id: span for span in spans if span.context is not None}
    assert {span.context.trace_id for span in spans if span.context} == {int(TRACE, 16)}
    assert len({span.attributes["bookdelivery.correlation_id"] for span in spans if span.attributes}) == 1

    def way(span: ReadableSpan) -> list[str]:
        parent = None if span.parent is None else by_id.get(span.parent.span_id)
        return [*(way(parent) if parent else []), span.name]

    ways = {" > ".join(way(span)) for span in spans}
    assert "POST /orders > PlaceOrder > publish PayApproved > process PayApproved" in ways
    assert "POST /orders > PlaceOrder > publish OrderPlaced > process OrderPlaced" in ways


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector.running() as one:
        yield one


@pytest.mark.slow
def test_a_trace_crosses_processes_over_http_and_over_the_topic(collector: Collector, tmp_path: Path) -> None:
    with ExitStack() as started:
        first = five_free_ports()
        processes = {}
        for name in ("order", "payment", "mypage"):
            folder = tmp_path / name
            folder.mkdir()
            arguments = ("--url", f"sqlite:///{tmp_path}/shop.db", "--operations.traces", collector.url)
            process = Served(folder, name, *arguments, "--operations.log-format", "json", first_port=first)
            started.callback(process.end)
            processes[name] = process
        eventually(lambda: all(process.is_ready(name) for name, process in processes.items()))
        headers = {"traceparent": TRACEPARENT}
        order = processes["order"]
        assert order.http.post(order.at("order", "/orders"), json=PURCHASE, headers=headers).status_code == 201
        expected = {
            "order: POST /orders",
            "order: PlaceOrder",
            "order: call Pay",
            "payment: POST /calls/{command}",
            "payment: Pay",
            "payment: publish PayApproved",
            "mypage: process PayApproved",
            "mypage: process OrderPlaced",
        }
        eventually(lambda: expected <= collector.names(of=TRACE))
        assert f'"trace_id":"{TRACE}"' in (tmp_path / "payment" / "log").read_text()
