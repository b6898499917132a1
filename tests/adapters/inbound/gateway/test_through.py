"""What goes through the gateway, and comes back."""

from __future__ import annotations

import asyncio

import httpx

from tests.adapters.inbound.gateway.running import PURCHASE, Secured, behind_the_gateway, impostor, secured


def test_an_order_goes_all_the_way_through_the_one_entrance() -> None:
    async def body(one: Secured) -> None:
        staff = one.bearer(one.issuer.staff())
        placed = await one.http.post("/orders", json=PURCHASE, headers=one.bearer())
        assert (placed.status_code, placed.json()["customerId"]) == (201, 7)
        assert placed.headers["location"] == f"{one.gateway}/orders/{placed.json()['orderId']}"
        await one.shop.settle()
        (at_store,) = (await one.http.get("/ordermgmts", headers=staff)).json()["_embedded"]["ordermgmts"]
        for verb in ("take", "pack"):
            answer = await one.http.post(f"/ordermgmts/{at_store['orderMgmtId']}/{verb}", headers=staff)
            assert answer.status_code == 200
        await one.shop.settle()
        (delivery,) = (await one.http.get("/deliveries", headers=staff)).json()["_embedded"]["deliveries"]
        assert (await one.http.post(f"/deliveries/{delivery['deliveryId']}/complete", headers=staff)).status_code == 200
        await one.shop.settle()
        (page,) = (await one.http.get("/myPages", headers=one.bearer())).json()["_embedded"]["myPages"]
        assert (page["orderStatus"], page["customerId"]) == ("delivered", 7)

    behind_the_gateway(body)


def test_the_original_systems_call_works_for_staff() -> None:
    async def body(one: Secured) -> None:
        sent = {name: str(value) for name, value in PURCHASE.items() if name != "itemPrice"}
        sent |= {"orderId": "1", "orderStatus": "order"}
        answer = await one.http.post("/ordermgmts", json=sent, headers=one.bearer(one.issuer.staff()))
        assert (answer.status_code, answer.json()["orderStatus"]) == (201, "packed")

    behind_the_gateway(body)


def test_a_customer_watches_an_order_live_until_the_token_ends() -> None:
    async def body(one: Secured) -> None:
        order_id = await one.order()
        now = int(one.issuer.now())
        short = one.bearer(exp=now - 27)  # within the leeway, so it ends at once
        headers = {"accept": "text/event-stream"}
        async with one.http.stream("GET", f"/myPages/{order_id}", headers=headers | one.bearer()) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            async for line in lines:
                if line.startswith("data:") and '"orderStatus":"placed"' in line:
                    break
            cancelled = await one.http.post(f"/orders/{order_id}/cancel", headers=one.bearer())
            assert cancelled.status_code == 200
            async for line in lines:
                if line.startswith("data:") and "cancel" in line:
                    break
        async with one.http.stream("GET", f"/myPages/{order_id}", headers=headers | short) as answer:
            assert answer.status_code == 200
            await answer.aread()

    behind_the_gateway(body)


def test_the_customers_page_comes_through_with_its_policy() -> None:
    async def body(one: Secured) -> None:
        order_id = await one.order()
        answer = await one.http.get(f"/myPages/{order_id}?lang=ko", headers={"accept": "text/html"} | one.bearer())
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "주문" in answer.text

    behind_the_gateway(body)


def test_a_request_has_an_id_of_its_own_or_the_clients_if_it_is_one() -> None:
    async def body(one: Secured) -> None:
        ids = [(await one.http.get("/orders", headers=one.bearer())).headers["x-request-id"] for _ in range(2)]
        assert ids[0] != ids[1]
        mine = {"x-request-id": "order-4711-a"}
        assert (await one.http.get("/orders", headers=one.bearer() | mine)).headers["x-request-id"] == "order-4711-a"
        bad = {"x-request-id": "a id with spaces"}
        refused = await one.http.get("/nowhere", headers=bad)
        assert refused.headers["x-request-id"] == refused.json()["requestId"] != "a id with spaces"

    behind_the_gateway(body)


def test_nothing_but_the_collections_is_behind_it() -> None:
    async def body(one: Secured) -> None:
        for path in ("/", "/calls/Pay", "/openapi.json", "/ordersx", "/orders/../calls/Pay", "/orders//7"):
            sent = httpx.Request("GET", one.gateway + path, headers=one.bearer())
            sent.url = httpx.URL(one.gateway).copy_with(raw_path=path.encode())
            assert (await one.http.send(sent)).status_code == 404, path
        assert (await one.http.request("TRACE", "/orders", headers=one.bearer())).status_code == 405

    behind_the_gateway(body)


def test_a_service_that_is_away_breaks_off_or_shows_its_inside_is_told_as_a_problem() -> None:
    def answer(head: bytes) -> bytes:
        if b"/orders" in head:
            return b"HTTP/1.1 500 Oops\r\ncontent-type: text/html\r\ncontent-length: 18\r\n\r\nTraceback: secret!"
        return b"no HTTP at all\r\n\r\n"

    async def body() -> None:
        async with (
            impostor(answer) as here,
            secured(addresses={"order": here, "payment": here, "delivery": "http://127.0.0.1:1"}) as one,
        ):
            for path, status, kind in (
                ("/orders", 500, "service"),
                ("/payments", 502, "broken-answer"),
                ("/deliveries", 503, "unavailable"),
            ):
                answered = await one.http.get(path, headers=one.bearer(one.issuer.staff()))
                assert (answered.status_code, answered.json()["type"]) == (status, f"urn:bookdelivery:problem:{kind}")
                assert "secret" not in answered.text
            away = await one.http.get("/deliveries", headers=one.bearer(one.issuer.staff()))
            assert away.headers["retry-after"] == "1"

    asyncio.run(body())


def test_a_service_that_does_not_answer_in_time_is_told_and_then_left_alone_for_a_while() -> None:
    asked: list[bytes] = []

    async def body() -> None:
        async with impostor(asked.append) as here, secured(addresses={"order": here}, limits=HASTY) as one:
            first = await one.http.post("/orders", json=PURCHASE, headers=one.bearer())
            assert (first.status_code, first.json()["type"]) == (504, "urn:bookdelivery:problem:not-answered")
            assert len(asked) == 1, "what may have had its effect is not sent twice"
            while (last := await one.http.get("/orders", headers=one.bearer())).status_code == 504:
                pass
            assert (last.status_code, last.json()["type"]) == (503, "urn:bookdelivery:problem:overloaded")
            assert int(last.headers["retry-after"]) >= 1
            assert len(asked) == 20, "the circuit breaker judges from so many on"
            assert (await one.http.get("/myPages", headers=one.bearer())).status_code == 200, "others go on"

    asyncio.run(body())


def test_a_request_under_an_idempotency_key_is_sent_again_when_its_answer_breaks_off() -> None:
    asked: list[bytes] = []

    def answer(head: bytes) -> bytes | None:
        asked.append(head)
        return b"no HTTP at all\r\n\r\n" if len(asked) < 3 else b"HTTP/1.1 201 Made\r\ncontent-length: 0\r\n\r\n"

    async def body() -> None:
        async with impostor(answer) as here, secured(addresses={"order": here}) as one:
            keyed = one.bearer() | {"idempotency-key": "of-this-order"}
            assert (await one.http.post("/orders", json=PURCHASE, headers=keyed)).status_code == 201
            assert len(asked) == 3
            assert all(b"idempotency-key: of-this-order" in head for head in asked)
            asked.clear()
            assert (await one.http.post("/orders", json=PURCHASE, headers=one.bearer())).status_code == 502
            assert len(asked) == 1

    asyncio.run(body())


HASTY = {"answer_within_s": 0.1}
