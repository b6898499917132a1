"""A request that is sent again under its idempotency key has the same answer and no second effect."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bookdelivery.adapters.clients.payment_provider import Mood
from tests.adapters.inbound.rest.serving import PURCHASE, Served, over_the_wire, served

KEY = {"idempotency-key": "a4b2"}


def test_an_order_sent_again_is_one_order_charged_once() -> None:
    async def body(one: Served) -> None:
        first = await one.http.post("/orders", json=PURCHASE, headers=KEY)
        again = await one.http.post("/orders", json=PURCHASE, headers=KEY)
        assert (first.status_code, first.text, first.headers["location"]) == (
            again.status_code,
            again.text,
            again.headers["location"],
        )
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert len((await one.http.get("/orders")).json()["_embedded"]["orders"]) == 1
        other = await one.http.post("/orders", json=PURCHASE, headers={"idempotency-key": "another"})
        assert other.headers["location"] != first.headers["location"]

    over_the_wire(body)


def test_an_action_sent_again_is_not_refused_for_having_been_done() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        first = await one.http.post("/orders/1/cancel", headers=KEY)
        again = await one.http.post("/orders/1/cancel", headers=KEY)
        assert first.status_code == again.status_code == 200
        assert (await one.http.post("/orders/1/cancel")).status_code == 409

    over_the_wire(body)


def test_a_key_is_for_one_request_only() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE, headers=KEY)
        answer = await one.http.post("/orders", json={**PURCHASE, "qty": 3}, headers=KEY)
        assert (answer.status_code, answer.json()["type"]) == (
            422,
            "urn:bookdelivery:problem:idempotency-key-reused",
        )
        assert (await one.http.post("/orders/1/cancel", headers=KEY)).status_code == 422

    over_the_wire(body)


def test_of_two_at_the_same_time_one_is_told_to_wait() -> None:
    async def body(one: Served) -> None:
        one.provider.latency_s = 0.5
        sent = [one.http.post("/orders", json=PURCHASE, headers=KEY) for _ in range(2)]
        answers = sorted(await asyncio.gather(*sent), key=lambda answer: answer.status_code)
        assert [answer.status_code for answer in answers] == [201, 409]
        assert answers[1].json()["type"] == "urn:bookdelivery:problem:in-progress"
        assert len((await one.http.get("/orders")).json()["_embedded"]["orders"]) == 1

    over_the_wire(body)


def test_an_order_put_off_is_paid_by_the_same_request_later_on() -> None:
    async def body(one: Served) -> None:
        one.provider.then(Mood.LOSES_REQUEST)
        first = await one.http.post("/orders", json=PURCHASE, headers=KEY)
        again = await one.http.post("/orders", json=PURCHASE, headers=KEY)
        assert (first.status_code, again.status_code) == (202, 201)
        assert first.headers["location"] == again.headers["location"]
        assert again.json()["orderStatus"] == "placed"

    over_the_wire(body)


def test_what_was_refused_may_be_tried_again_under_its_key() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        assert (await one.http.post("/ordermgmts/1/pack", headers=KEY)).status_code == 409
        await one.http.post("/ordermgmts/1/take")
        assert (await one.http.post("/ordermgmts/1/pack", headers=KEY)).status_code == 200

    over_the_wire(body)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    async def body(one: Served) -> None:
        answer = await one.http.post("/orders", json=PURCHASE, headers={"idempotency-key": key})
        assert (answer.status_code, "1 to 255 printable characters" in answer.json()["detail"]) == (422, True)

    over_the_wire(body)


def test_an_answer_outlives_the_process(tmp_path: Path) -> None:
    async def body() -> None:
        url = f"sqlite:///{tmp_path / 'shop.db'}"
        async with served(url) as one:
            first = await one.http.post("/orders", json=PURCHASE, headers=KEY)
        async with served(url) as one:
            again = await one.http.post("/orders", json=PURCHASE, headers=KEY)
            assert (again.headers["idempotency-replayed"], again.json()["orderId"]) == (
                "true",
                first.json()["orderId"],
            )

    asyncio.run(body())
