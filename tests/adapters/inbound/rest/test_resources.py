"""The bookstore's resources over HTTP: the original system's calls, and what is answered to good and bad ones."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from bookdelivery.adapters.clients.payment_provider import Mood
from bookdelivery.adapters.inbound.rest import RestSettings, rest_app
from bookdelivery.design.contracts.openapi import openapi
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from tests.adapters.inbound.rest.serving import PURCHASE, SEED_ORDER, Served, over_the_wire


def test_the_original_systems_order_is_taken_packed_and_on_its_way_with_one_call() -> None:
    async def body(one: Served) -> None:
        answer = await one.http.post("/ordermgmts", json=SEED_ORDER)
        assert answer.status_code == 201
        here = f"{one.base}/ordermgmts/1"
        assert answer.headers["location"] == here
        shown = answer.json()
        assert shown["_links"] == {"self": {"href": here}, "ordermgmt": {"href": here}}
        assert (shown["orderId"], shown["qty"], shown["deliveryPhoneNumber"]) == (1, 1, "01012341234")
        assert shown["orderStatus"] == "packed"
        await one.shop.settle()
        (delivery,) = (await one.http.get("/deliveries")).json()["_embedded"]["deliveries"]
        assert (delivery["orderId"], delivery["orderStatus"]) == (1, "started")

    over_the_wire(body)


def test_the_original_systems_patch_cancels() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/ordermgmts", json=SEED_ORDER)
        answer = await one.http.patch("/ordermgmts/1", json={"orderStatus": "cancel"})
        assert (answer.status_code, answer.json()["orderStatus"]) == (200, "canceled")
        await one.shop.settle()
        assert (await one.http.get("/deliveries/1")).json()["orderStatus"] == "canceled"

    over_the_wire(body)


def test_an_order_that_only_the_store_was_told_of_is_no_failure_of_the_order_context() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/ordermgmts", json=SEED_ORDER)
        await one.http.patch("/ordermgmts/1", json={"orderStatus": "cancel"})
        await one.shop.settle()
        assert [await each.dead_letters() for each in one.shop.services.values()] == [[]] * 5
        assert (await one.http.get("/orders/1")).status_code == 404

    over_the_wire(body)


def test_a_cancel_by_the_store_cancels_the_order_and_gives_the_money_back() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        (at_store,) = (await one.http.get("/ordermgmts")).json()["_embedded"]["ordermgmts"]
        there = f"/ordermgmts/{at_store['orderMgmtId']}"
        await one.http.post(f"{there}/take")
        assert (await one.http.patch(there, json={"orderStatus": "cancel"})).status_code == 200
        await one.shop.settle()
        assert (await one.http.get("/orders/1")).json()["orderStatus"] == "canceled"
        page = (await one.http.get("/myPages/1")).json()
        assert (page["orderStatus"], page["refunded"]) == ("canceled", 50_000)

    over_the_wire(body)


def test_an_order_goes_all_the_way_by_its_resources() -> None:
    async def body(one: Served) -> None:
        placed = await one.http.post("/orders", json=PURCHASE)
        assert (placed.status_code, placed.json()["orderStatus"], placed.json()["price"]) == (201, "placed", 50_000)
        await one.shop.settle()
        (at_store,) = (await one.http.get("/ordermgmts")).json()["_embedded"]["ordermgmts"]
        for verb, status in (("take", "taken"), ("pack", "packed")):
            answer = await one.http.post(f"/ordermgmts/{at_store['orderMgmtId']}/{verb}")
            assert (answer.status_code, answer.json()["orderStatus"]) == (200, status)
        await one.shop.settle()
        (delivery,) = (await one.http.get("/deliveries")).json()["_embedded"]["deliveries"]
        assert (await one.http.post(f"/deliveries/{delivery['deliveryId']}/complete")).status_code == 200
        await one.shop.settle()
        page = (await one.http.get(f"/myPages/{placed.json()['orderId']}")).json()
        assert (page["orderStatus"], page["customerId"]) == ("delivered", 7)
        assert (await one.http.get("/payments")).json()["_embedded"]["payments"][0]["orderId"] == page["orderId"]

    over_the_wire(body)


def test_a_payment_without_answer_leads_the_customer_to_pay_a_little_later() -> None:
    async def body(one: Served) -> None:
        one.provider.mood = Mood.LOSES_REQUEST
        placed = await one.http.post("/orders", json=PURCHASE)
        assert (placed.status_code, placed.json()["orderStatus"]) == (202, "awaitingPayment")
        assert int(placed.headers["retry-after"]) >= 1
        one.provider.mood = Mood.APPROVES
        paid = await one.http.post(f"{placed.headers['location']}/pay")
        assert (paid.status_code, paid.json()["orderStatus"]) == (200, "placed")

    over_the_wire(body)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "words"),
    [
        ("GET", "/orders/99", {}, 404, "no Order is known for the key 99"),
        ("GET", "/orders/one", {}, 404, "it is no number"),
        ("GET", f"/orders/{2**53}", {}, 404, "it is no number"),
        ("GET", "/books", {}, 404, "Not Found"),
        ("DELETE", "/orders/1", {}, 405, "Method Not Allowed"),
        ("GET", "/orders?size=0", {}, 422, "orders.size is 0, but must be from 1 to 100"),
        ("GET", "/orders?after=x", {}, 422, "orders.after is 'x'"),
        ("POST", "/orders", {"json": {**PURCHASE, "qty": 0}}, 422, "qty is 0"),
        ("POST", "/orders", {"json": {**PURCHASE, "customerName": " "}}, 422, "customerName"),
        ("POST", "/orders", {"json": {}}, 422, "customerId is missing"),
        ("POST", "/orders", {"json": [PURCHASE]}, 400, "must be an object"),
        ("POST", "/orders", {"content": b"{"}, 400, "no JSON in UTF-8"),
        ("POST", "/orders", {"content": b'{"qty": 1, "qty": 2}'}, 400, "the name 'qty' comes twice"),
        ("POST", "/orders", {"content": b"x" * 70_000}, 413, "Too Large"),
        ("POST", "/orders", {"content": b"qty=1", "headers": {"content-type": "text/plain"}}, 415, "text/plain"),
        ("PATCH", "/ordermgmts/1", {"json": {}}, 422, "orderStatus must say what to do"),
        ("PATCH", "/ordermgmts/1", {"json": {"orderStatus": "fly"}}, 422, "orderStatus is 'fly', but must be one of"),
        ("PATCH", "/ordermgmts/1", {"json": {"orderStatus": "take"}}, 409, "TakeOrder for 1 is refused"),
        ("POST", "/ordermgmts/1/fly", {}, 404, "there is no action 'fly'"),
        ("POST", "/ordermgmts/1/cancel", {"json": {"orderId": 2}}, 422, "orderId is 2, but must be 1"),
        ("POST", "/ordermgmts/2/cancel", {}, 404, "no Ordermgmt is known for the key 2"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_problem_document(
    method: str, path: str, sent: dict[str, Any], status: int, words: str
) -> None:
    async def body(one: Served) -> None:
        await one.http.post("/ordermgmts", json=SEED_ORDER)
        answer = await one.http.request(method, path, **{"headers": {"content-type": "application/json"}, **sent})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert (document["status"], document["title"]) == (status, httpx.codes.get_reason_phrase(status))
        assert words in document["detail"]
        assert document["type"].startswith("urn:bookdelivery:problem:")

    over_the_wire(body)


def test_a_refusal_says_what_would_be_allowed() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        refused = await one.http.post("/ordermgmts/1/pack")
        assert (refused.status_code, refused.json()["allowed"]) == (409, ["take", "reject", "cancel"])

    over_the_wire(body)


def test_nothing_is_changed_by_a_post_that_is_wrong_for_its_last_command() -> None:
    async def body(one: Served) -> None:
        wrong = await one.http.post("/ordermgmts", json={**SEED_ORDER, "orderId": 0})
        assert wrong.status_code == 422
        assert (await one.http.get("/ordermgmts")).json()["_embedded"] == {"ordermgmts": []}

    over_the_wire(body)


def test_an_error_nobody_foresaw_is_written_down_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async def body(one: Served) -> None:
        async def burst(*_: object, **__: object) -> None:
            raise ZeroDivisionError("a secret")

        one.shop.services["order"].store.list = burst  # type: ignore[assignment, method-assign]
        answer = await one.http.get("/orders")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "a secret" in caplog.text

    over_the_wire(body)


def test_a_collection_is_read_page_by_page_and_by_customer() -> None:
    async def body(one: Served) -> None:
        for customer in (7, 8, 7, 7, 8):
            await one.http.post("/orders", json={**PURCHASE, "customerId": customer})
        seen, address = [], "/orders?size=2"
        while address:
            page = (await one.http.get(address)).json()
            seen += [order["orderId"] for order in page["_embedded"]["orders"]]
            address = page["_links"].get("next", {}).get("href", "")
        assert seen == [1, 2, 3, 4, 5]
        theirs = (await one.http.get("/orders?customerId=8")).json()["_embedded"]["orders"]
        assert [order["orderId"] for order in theirs] == [2, 5]
        first = (await one.http.get("/orders?customerId=7&size=1")).json()
        assert first["_links"]["next"]["href"].endswith("?after=1&size=1&customerId=7")

    over_the_wire(body)


def test_one_context_can_be_served_by_itself_under_an_address_of_its_own() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/ordermgmts", json=SEED_ORDER)
        shown = (await one.http.get("/ordermgmts/1")).json()
        assert shown["_links"]["self"]["href"] == "https://store.example/ordermgmts/1"
        assert (await one.http.get("/orders")).status_code == 404

    over_the_wire(body, contexts=["ordermanagement"], settings=RestSettings(base_url="https://store.example"))


def test_a_context_that_is_not_there_cannot_be_served() -> None:
    async def body(one: Served) -> None:
        with pytest.raises(InvalidField, match="contexts is 'shipping', but must be one of order"):
            rest_app(one.shop.services, one.shop.codec, contexts=["shipping"])
        with pytest.raises(InvalidField, match=r"contexts is \[\], but must be one context or more"):
            rest_app(one.shop.services, one.shop.codec, contexts=[])

    over_the_wire(body)


def test_a_trace_goes_on_in_the_events() -> None:
    async def body(one: Served) -> None:
        trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
        await one.http.post("/orders", json=PURCHASE, headers={"traceparent": trace})
        await one.http.post("/orders", json=PURCHASE, headers={"traceparent": "no trace"})
        log = await one.shop.services["order"].store.log()
        assert [outgoing.envelope.traceparent for outgoing in log] == [trace, None]

    over_the_wire(body)


def test_every_path_of_the_openapi_document_is_served() -> None:
    async def body(one: Served) -> None:
        document = openapi(DesignModel.of(BOOKSTORE_SYSTEM))
        for path, operations in document["paths"].items():
            address = re.sub(r"\{\w+\}", "1", path)
            for method in operations.keys() & {"get", "post", "patch"}:
                answer = await one.http.request(method, address, json={})
                assert answer.status_code != 405, (method, path)
                assert "http" not in answer.json().get("type", ""), (method, path, answer.text)

    over_the_wire(body)


def test_every_resource_looks_as_the_openapi_document_says() -> None:
    async def body(one: Served) -> None:
        document = openapi(DesignModel.of(BOOKSTORE_SYSTEM))
        placed = await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        for verb in ("take", "pack"):
            await one.http.post(f"/ordermgmts/1/{verb}")
        await one.shop.settle()
        answers = {"PlaceOrderAnswer": placed.json()}
        for collection in ("orders", "payments", "ordermgmts", "deliveries", "myPages"):
            page = (await one.http.get(f"/{collection}")).json()
            (member,) = page["_embedded"][collection]
            name = next(link for link in member["_links"] if link != "self")
            capital = name[:1].upper() + name[1:]
            answers |= {capital: member, f"{capital}Page": page}
            known = document["components"]["schemas"][capital]["properties"]
            assert set(member) <= set(known), "nothing is told that the document does not know"
        answers["Problem"] = (await one.http.get("/orders/99")).json()
        for name, answer in answers.items():
            Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"}).validate(answer)

    over_the_wire(body)


def test_each_path_says_what_it_allows() -> None:
    async def body(one: Served) -> None:
        for path, methods in {
            "/orders": "GET, OPTIONS, POST",
            "/orders/1": "GET, OPTIONS, PATCH",
            "/orders/1/pay": "OPTIONS, POST",
            "/myPages/1": "GET, OPTIONS",
        }.items():
            asked = await one.http.options(path)
            assert (asked.status_code, asked.headers["allow"]) == (204, methods)
            refused = await one.http.delete(path)
            assert (refused.status_code, sorted(refused.headers["allow"].split(", "))) == (405, methods.split(", "))

    over_the_wire(body)
