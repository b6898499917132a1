"""The OpenAPI document is valid, offers what users of the original system know, and describes what the code does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.aggregate import Order
from bookdelivery.contexts.order.messages import OrderReceipt, OrderStatus
from bookdelivery.contexts.payment.messages import Pay, PayDeclined
from bookdelivery.design import DesignModel
from bookdelivery.design.contracts import asyncapi, openapi
from bookdelivery.design.rules.cafe import CAFE
from bookdelivery.kernel.resources import CALLS, represent, representation
from bookdelivery.kernel.values import Won
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_replies import Replies
from bookdelivery.kernel.wire_schema import schema_of
from bookdelivery.services.authorization.people import STAFF_SCOPES
from examples.coupon import BOOKSTORE_WITH_COUPONS
from tests.contexts.samples import COMMANDS, EVENTS, PURCHASE, example

MODEL = DesignModel.of(BOOKSTORE, name="bookstore")
SYSTEMS = {
    "bookstore": MODEL,
    "café": DesignModel.of(CAFE, name="café"),
    "coupons": DesignModel.of(BOOKSTORE_WITH_COUPONS),
}
OFFICIAL = Path(__file__).parent / "assets" / "openapi-3.1.json"
METHODS = ("get", "post", "patch")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def body_validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


# --- as a document ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("internal", [False, True])
def test_the_openapi_document_is_valid_by_the_official_schema(system: str, internal: bool) -> None:
    validator = Draft202012Validator(json.loads(OFFICIAL.read_text()))
    assert [error.message for error in validator.iter_errors(openapi(SYSTEMS[system], internal=internal))] == []


def test_the_official_schema_has_teeth() -> None:
    document = openapi(MODEL)
    del document["paths"]["/orders"]["post"]["responses"]["201"]["description"]
    assert not Draft202012Validator(json.loads(OFFICIAL.read_text())).is_valid(document)


@pytest.mark.parametrize("system", SYSTEMS)
def test_operations_have_names_of_their_own_and_the_parameters_of_their_paths(system: str) -> None:
    document = openapi(SYSTEMS[system], internal=True)
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, item in document["paths"].items():
        declared = {one["name"] for one in item.get("parameters", ()) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))


def test_every_reference_in_the_documents_leads_somewhere() -> None:
    for document in (asyncapi(MODEL), openapi(MODEL, internal=True)):
        for reference in references(document):
            assert resolved(document, reference)


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [reference for inner in part.values() for reference in references(inner)]
    return [reference for inner in part for reference in references(inner)] if isinstance(part, list) else []


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_schema_is_one_and_is_used(system: str) -> None:
    document = openapi(SYSTEMS[system], internal=True)
    used = {reference.split("/")[3] for reference in references(document)}
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert name in used


# --- what is offered --------------------------------------------------------------------------------------------------


def test_people_find_every_operation_of_theirs() -> None:
    assert {f"{method} {path}": one["operationId"] for path, method, one in operations(openapi(MODEL))} == {
        "get /deliveries": "listDeliveries",
        "get /deliveries/{deliveryId}": "readDelivery",
        "patch /deliveries/{deliveryId}": "patchDelivery",
        "post /deliveries/{deliveryId}/complete": "CompleteDelivery",
        "get /myPages": "listMyPages",
        "get /myPages/{orderId}": "readMyPage",
        "get /orders": "listOrders",
        "post /orders": "PlaceOrder",
        "get /orders/{orderId}": "readOrder",
        "patch /orders/{orderId}": "patchOrder",
        "post /orders/{orderId}/cancel": "CancelOrder",
        "post /orders/{orderId}/pay": "PayOrder",
        "get /ordermgmts": "listOrdermgmts",
        "post /ordermgmts": "postOrdermgmt",
        "get /ordermgmts/{orderMgmtId}": "readOrdermgmt",
        "patch /ordermgmts/{orderMgmtId}": "patchOrdermgmt",
        "post /ordermgmts/{orderMgmtId}/cancel": "CancelOrderTaking",
        "post /ordermgmts/{orderMgmtId}/pack": "PackOrder",
        "post /ordermgmts/{orderMgmtId}/reject": "RejectOrder",
        "post /ordermgmts/{orderMgmtId}/take": "TakeOrder",
        "get /payments": "listPayments",
        "get /payments/{paymentId}": "readPayment",
    }


def test_what_only_contexts_ask_one_another_is_there_when_asked_for() -> None:
    assert "post" not in openapi(MODEL)["paths"]["/payments"]
    document = openapi(MODEL, internal=True)
    assert document["paths"]["/calls/Pay"]["post"]["operationId"] == "callPay"
    assert document["paths"]["/calls/Pay"]["post"]["description"] == "결제하기. Called by order."
    pay = Codec(COMMANDS).command_to_dict(example(Pay))
    assert body_validator(document, "PayCall").is_valid(pay)
    assert body_validator(document, "PayReply").is_valid(Replies().write(example(PayDeclined)))


def test_the_commands_of_the_original_system_are_requests_to_this_one() -> None:
    document = openapi(MODEL)
    entered = {
        "orderId": 1,
        "itemId": 1,
        "itemName": "ITbook",
        "qty": 1,
        "customerName": "HanYongSun",
        "deliveryAddress": "kyungkido sungnamsi",
        "deliveryPhoneNumber": "01012341234",
        "orderStatus": "order",
    }
    body = document["paths"]["/ordermgmts"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert body == "#/components/schemas/OrdermgmtPost"
    assert body_validator(document, "OrdermgmtPost").is_valid(entered)
    assert not body_validator(document, "OrdermgmtPost").is_valid({**entered, "qty": 0})
    assert body_validator(document, "OrdermgmtPatch").is_valid({"orderStatus": "cancel"})
    assert not body_validator(document, "OrdermgmtPatch").is_valid({"orderStatus": "pay"})


def test_what_is_put_off_is_answered_with_202_and_when_and_where_to_come_back() -> None:
    responses = openapi(MODEL)["paths"]["/orders"]["post"]["responses"]
    assert set(responses) == {"201", "202", "400", "401", "403", "409", "422", "429", "503"}
    assert "pay a little later" in responses["202"]["description"]
    assert set(responses["202"]["headers"]) == {"Location", "Retry-After"}
    assert "202" not in openapi(MODEL)["paths"]["/orders/{orderId}/cancel"]["post"]["responses"]


def test_what_goes_wrong_is_a_problem_document_everywhere() -> None:
    for _, _, operation in operations(openapi(MODEL, internal=True)):
        wrong = {status: one for status, one in operation["responses"].items() if status >= "400"}
        assert wrong
        for status, response in wrong.items():
            assert set(response["content"]) == {"application/problem+json"}
            assert ("Retry-After" in response.get("headers", {})) == (status in ("429", "503"))


def test_each_operation_says_which_scope_it_needs_and_the_issuer_for_development_gives_just_these() -> None:
    document = openapi(MODEL, internal=True)
    needed = {f"{method} {path}": one["security"] for path, method, one in operations(document)}
    assert needed["get /orders/{orderId}"] == [{"oauth2": ["orders:read"]}, {"bearer": ["orders:read"]}]
    assert needed["post /ordermgmts/{orderMgmtId}/take"][0] == {"oauth2": ["ordermgmts:write"]}
    assert needed["patch /deliveries/{deliveryId}"][0] == {"oauth2": ["deliveries:write"]}
    assert needed["post /calls/Pay"][0] == {"oauth2": [CALLS]}
    schemes = document["components"]["securitySchemes"]
    assert set(schemes) == {name for one in needed.values() for way in one for name in way}
    for flow in schemes["oauth2"]["flows"].values():
        assert set(flow["scopes"]) == STAFF_SCOPES | {CALLS}


def test_what_is_posted_may_carry_an_idempotency_key() -> None:
    for _, method, operation in operations(openapi(MODEL)):
        carries = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
        assert carries == (method == "post")


def test_a_view_can_be_watched_as_it_changes() -> None:
    answers = openapi(MODEL)["paths"]["/myPages/{orderId}"]["get"]["responses"]["200"]["content"]
    assert set(answers) == {"application/hal+json", "application/json", "text/event-stream"}


def test_an_action_asks_only_for_what_its_path_does_not_say() -> None:
    paths = openapi(MODEL)["paths"]
    assert "requestBody" not in paths["/ordermgmts/{orderMgmtId}/take"]["post"]
    reject = openapi(MODEL)["components"]["schemas"]["RejectOrder"]
    assert list(reject["properties"]) == ["reason"]
    assert paths["/ordermgmts/{orderMgmtId}/reject"]["post"]["requestBody"]["required"] is False


# --- what the code takes and answers ----------------------------------------------------------------------------------


def test_each_request_body_of_a_single_command_is_that_commands() -> None:
    document = openapi(MODEL, internal=True)
    codec = Codec([*COMMANDS, *EVENTS])
    bodies = {kind.__name__: codec.command_to_dict(example(kind)) for kind in COMMANDS}
    checked = set()
    for _, _, operation in operations(document):
        name = operation["operationId"]
        if "requestBody" in operation and name in bodies:
            assert body_validator(document, name).is_valid(bodies[name])
            checked.add(name)
    assert checked == {"PlaceOrder", "RejectOrder"}


def test_an_order_is_shown_with_the_bookstores_fields_and_nothing_of_how_it_remembers() -> None:
    document = openapi(MODEL)
    schema = document["components"]["schemas"]["Order"]
    order = Order(order_id=7, purchase=PURCHASE, status=OrderStatus.PLACED, payment_id=3, seen=2)
    kept = json.loads(Codec((), [Order]).dump(order))
    shown = represent(kept, {key: schema[key] for key in ("type", "properties", "required")}, status="orderStatus")
    assert shown["orderStatus"] == "placed"
    assert shown["itemName"] == PURCHASE.item_name
    assert {"purchase", "seen", "settled", "status", "payUntil"}.isdisjoint(shown)
    links = {"self": {"href": "/orders/7"}, "order": {"href": "/orders/7"}}
    assert body_validator(document, "Order").is_valid({**shown, "_links": links})
    assert not body_validator(document, "Order").is_valid(shown)


def test_everything_a_view_keeps_is_shown() -> None:
    kept = {"properties": {"orderId": {}, "canceled": {}}, "required": ["orderId"]}
    assert list(representation(kept, status="", spoken=None)["properties"]) == ["orderId", "canceled"]
    assert list(representation(kept, status="", spoken={"percent"})["properties"]) == ["orderId"]


def test_the_answer_to_an_order_is_the_order_and_its_receipt() -> None:
    document = openapi(MODEL)
    answer = document["paths"]["/orders"]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/PlaceOrderAnswer"}
    receipt = OrderReceipt(order_id=1, order_status=OrderStatus.PLACED, price=Won(5))
    body = {
        "orderId": receipt.order_id,
        "orderStatus": receipt.order_status.value,
        "price": receipt.price.amount,
        "_links": {"self": {"href": "/orders/1"}},
    }
    assert body_validator(document, "PlaceOrderAnswer").is_valid(body)
    assert not body_validator(document, "PlaceOrderAnswer").is_valid({**body, "orderStatus": "lost"})


def test_a_page_lists_its_members_as_hal_has_it() -> None:
    document = openapi(MODEL)
    one = {"orderId": 1, "orderStatus": "placed", "_links": {"self": {"href": "/orders/1"}}}
    page = {"_embedded": {"orders": [one]}, "_links": {"self": {"href": "/orders"}}}
    assert body_validator(document, "OrderPage").is_valid(page)
    assert not body_validator(document, "OrderPage").is_valid({**page, "_embedded": {"deliveries": [one]}})


def test_the_stored_schema_is_what_the_representation_is_made_of() -> None:
    shown = representation(schema_of(Order), status="orderStatus", spoken=set())
    assert list(shown["required"]) == ["orderId", "orderStatus"]
