"""REST that asks for tokens: each caller's own, by the same rules as behind the gateway."""

from __future__ import annotations

from typing import Any

from tests.adapters.inbound.gateway.running import PURCHASE, Secured, behind_the_gateway


def test_an_idempotency_key_is_its_callers_own() -> None:
    async def body(one: Secured) -> None:
        key = {"idempotency-key": "order-1"}
        mine = [await one.direct.post("/orders", json=PURCHASE, headers=one.bearer() | key) for _ in range(2)]
        assert mine[0].json() == mine[1].json()
        assert mine[1].headers["idempotency-replayed"] == "true"
        theirs = await one.direct.post("/orders", json=PURCHASE, headers=one.bearer(sub="yongsun", customer_id=8) | key)
        assert (theirs.status_code, theirs.json()["customerId"]) == (201, 8)
        assert theirs.json()["orderId"] != mine[0].json()["orderId"]

    behind_the_gateway(body)


def test_a_number_beyond_64_bits_is_refused_under_a_key_too() -> None:
    async def body(one: Secured) -> None:
        headers = one.bearer() | {"idempotency-key": "order-1"}
        answer = await one.direct.post("/orders", json={**PURCHASE, "qty": 10**30}, headers=headers)
        assert answer.status_code == 422
        assert "qty" in answer.text

    behind_the_gateway(body)


def test_a_neighbours_call_needs_the_scope_for_it() -> None:
    async def body(one: Secured) -> None:
        pay: dict[str, Any] = {"orderId": 1, "amount": 50_000, "customerId": 7, **PURCHASE}
        for token, status in (
            (one.issuer.token(), 403),
            (one.issuer.staff(), 403),
            (one.issuer.token(customer_id=..., sub="services", scope="calls"), 200),
        ):
            answer = await one.direct.post("/calls/Pay", json=pay, headers=one.bearer(token))
            assert answer.status_code == status, answer.text
        assert (await one.direct.post("/calls/Pay", json=pay)).status_code == 401

    behind_the_gateway(body)


def test_a_customers_list_is_their_own_and_pages_through_it() -> None:
    async def body(one: Secured) -> None:
        for customer_id in (7, 8, 7, 8):
            await one.order(customer_id)
        first = (await one.direct.get("/orders?size=1", headers=one.bearer())).json()
        then = (await one.direct.get(first["_links"]["next"]["href"], headers=one.bearer())).json()
        found = first["_embedded"]["orders"] + then["_embedded"]["orders"]
        assert [order["customerId"] for order in found] == [7, 7]
        assert "next" not in then["_links"]
        everything = (await one.direct.get("/orders", headers=one.bearer(one.issuer.staff()))).json()
        assert len(everything["_embedded"]["orders"]) == 4

    behind_the_gateway(body)
