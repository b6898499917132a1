"""Exported contracts are valid by the official schemas, and say what the code does."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel, NodeKind, UnknownElement
from bookdelivery.design.contracts import asyncapi, json_schemas, kubernetes, to_json, to_yaml
from bookdelivery.design.rules.cafe import CAFE
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.wire import Codec
from tests.contexts.samples import COMMANDS, EVENTS, example

MODEL = DesignModel.of(BOOKSTORE, name="bookstore")
ASSETS = Path(__file__).parent / "assets"
SYSTEMS = {"bookstore": MODEL, "café": DesignModel.of(CAFE, name="café")}


def official(name: str) -> Any:
    return json.loads((ASSETS / name).read_text())


# --- AsyncAPI ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def async_validator() -> Draft7Validator:
    return Draft7Validator(official("asyncapi-3.0.0.json"))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("part", ["whole", "one context"])
def test_the_asyncapi_document_is_valid_by_the_official_schema(
    async_validator: Draft7Validator, system: str, part: str
) -> None:
    model = SYSTEMS[system]
    document = asyncapi(model, None if part == "whole" else model.contexts()[0].name)
    assert [error.message for error in async_validator.iter_errors(document)] == []


def test_the_official_schema_has_teeth(async_validator: Draft7Validator) -> None:
    document = asyncapi(MODEL)
    document["operations"]["orderSends"]["action"] = "shout"
    assert list(async_validator.iter_errors(document))


def test_each_context_sends_what_it_states_and_receives_what_it_follows() -> None:
    operations = asyncapi(MODEL)["operations"]

    def names(operation: str) -> set[str]:
        return {ref["$ref"].rpartition("/")[2] for ref in operations[operation]["messages"]}

    assert names("deliverySends") == {"DeliveryStarted", "DeliveryCompleted", "DeliveryCanceled"}
    assert names("deliveryReceives") == {"OrderPacked", "CancelOrderTaken"}
    assert "mypageSends" not in operations
    assert {name: one["action"] for name, one in operations.items() if name.startswith("delivery")} == {
        "deliverySends": "send",
        "deliveryReceives": "receive",
    }
    assert operations["mypageReceives"]["bindings"]["kafka"]["groupId"] == {"type": "string", "enum": ["mypage"]}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_what_goes_over_the_topic_is_as_described(kind: Any) -> None:
    envelope = Envelope("1", kind.__name__, "somebody", 1_800_000_000.0, "1", "0", 1, example(kind))
    headers, body = Codec([*COMMANDS, *EVENTS]).encode_event(envelope)
    components = asyncapi(MODEL)["components"]
    assert Draft202012Validator(components["schemas"][kind.__name__]).is_valid(json.loads(body))
    assert Draft202012Validator(components["schemas"]["Headers"]).is_valid(headers)
    assert set(headers) <= set(components["schemas"]["Headers"]["properties"])


def test_a_document_of_one_context_has_only_what_it_deals_with() -> None:
    document = asyncapi(MODEL, "delivery")
    assert set(document["operations"]) == {"deliverySends", "deliveryReceives"}
    assert set(document["components"]["messages"]) == {
        "OrderPacked",
        "CancelOrderTaken",
        "DeliveryStarted",
        "DeliveryCompleted",
        "DeliveryCanceled",
    }
    with pytest.raises(UnknownElement, match="delivery"):
        asyncapi(MODEL, "deliver")


# --- schemas, text ----------------------------------------------------------------------------------------


def test_there_is_a_json_schema_for_every_message() -> None:
    schemas = json_schemas(MODEL)
    assert set(schemas) == {kind.__name__ for kind in (*EVENTS, *COMMANDS)}
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert schema["description"]
        assert schema["x-korean"]
        assert schema["title"] == name
    assert set(json_schemas(MODEL, "delivery")) == {
        node.name for kind in (NodeKind.EVENT, NodeKind.COMMAND) for node in MODEL.nodes(kind, context="delivery")
    }


def test_documents_are_written_as_json_and_yaml_and_read_back() -> None:
    document = asyncapi(MODEL)
    assert json.loads(to_json(document)) == document
    assert yaml.safe_load(to_yaml(document)) == document
    assert "주문됨" in to_yaml(document)
    assert "&id" not in to_yaml(kubernetes(MODEL))
    objects = kubernetes(MODEL)
    assert list(yaml.safe_load_all(to_yaml(objects))) == objects
