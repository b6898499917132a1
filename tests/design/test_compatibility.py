"""A change of messages is held against what was published, from the view of those who read and send them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel
from bookdelivery.design.contracts import json_schemas
from bookdelivery.design.contracts.compatibility import breaks
from bookdelivery.design.contracts.consumers import expectations, read_expectations, unmet
from bookdelivery.design.contracts.fitting import misfits
from bookdelivery.kernel.errors import InvalidMessage

MODEL = DesignModel.of(BOOKSTORE, name="bookstore")
PUBLISHED = json_schemas(MODEL)

Change = Callable[[dict[str, Any]], None]


def changed(message: str, change: Change) -> dict[str, Any]:
    schemas = deepcopy(dict(PUBLISHED))
    change(schemas[message])
    return schemas


def without(field: str) -> Change:
    def change(schema: dict[str, Any]) -> None:
        del schema["properties"][field]
        schema["required"].remove(field)

    return change


def with_new(field: str, *, required: bool) -> Change:
    def change(schema: dict[str, Any]) -> None:
        schema["properties"][field] = {"type": "string"}
        schema["required"] += [field] if required else []

    return change


def holding(field: str, schema_of_field: dict[str, Any]) -> Change:
    def change(schema: dict[str, Any]) -> None:
        schema["properties"][field] = schema_of_field

    return change


def test_what_is_as_it_was_breaks_nobody() -> None:
    assert breaks(PUBLISHED, PUBLISHED) == []


@pytest.mark.parametrize(
    ("message", "change", "words"),
    [
        (
            "OrderTaken",
            without("orderMgmtId"),
            "its readers are told what they do not expect: orderMgmtId is not there",
        ),
        ("OrderTaken", with_new("shelf", required=True), "what is in logs and outboxes can no longer be read: shelf"),
        ("OrderTaken", holding("qty", {"type": "string"}), "qty is string, where integer was counted on"),
        ("OrderTaken", holding("qty", {"type": "integer", "minimum": 1}), "qty has maximum without limit"),
        ("PlaceOrder", with_new("coupon", required=True), "those who send it as it was are refused: coupon"),
        ("PlaceOrder", holding("qty", {"type": "integer", "minimum": 5, "maximum": 9}), "qty has minimum 1"),
    ],
)
def test_what_breaks_somebody_is_told_with_its_field_and_a_remedy(message: str, change: Change, words: str) -> None:
    found = breaks(PUBLISHED, changed(message, change))
    assert {one.message for one in found} == {message}
    assert any(words in one.words for one in found), found
    assert all(one.remedy for one in found)


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ("OrderTaken", with_new("shelf", required=False)),
        ("PlaceOrder", with_new("coupon", required=False)),
        ("PlaceOrder", without("deliveryPhoneNumber")),
        ("PlaceOrder", holding("qty", {"type": "integer", "minimum": 0})),
    ],
)
def test_what_breaks_nobody_passes(message: str, change: Change) -> None:
    assert breaks(PUBLISHED, changed(message, change)) == []


def test_an_event_may_change_with_a_new_version_and_a_command_may_not() -> None:
    def anew(schema: dict[str, Any]) -> None:
        without("deliveryAddress")(schema)
        with_new("address", required=True)(schema)
        schema["x-schema-version"] = 2

    assert breaks(PUBLISHED, changed("OrderTaken", anew)) == []
    assert breaks(PUBLISHED, changed("PlaceOrder", anew))


def test_a_message_that_is_gone_breaks_unless_nobody_outside_sends_it() -> None:
    fewer = {name: schema for name, schema in PUBLISHED.items() if name not in ("OrderTaken", "SettlePayment")}
    assert [one.message for one in breaks(PUBLISHED, fewer, private={"SettlePayment"})] == ["OrderTaken"]


@pytest.mark.parametrize(
    ("given", "wanted", "why"),
    [
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "is one of a, b, where one of a was counted on"),
        ({"type": "string"}, {"enum": ["a"]}, "is string"),
        ({"enum": ["a"]}, {"type": "integer"}, "is one of a"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"type": "integer"}, "is null"),
        ({"type": "integer"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, "may be integer"),
        ({"type": "string"}, {"type": "string", "pattern": "x"}, "need not look like 'x'"),
        (
            {"type": "array", "items": {"type": "number"}},
            {"type": "array", "items": {"type": "integer"}},
            "[] is number",
        ),
        ({}, {"type": "integer"}, "is anything"),
    ],
)
def test_each_way_not_to_fit_is_told(given: dict[str, Any], wanted: dict[str, Any], why: str) -> None:
    assert why in str(next(misfits(given, wanted)))
    assert list(misfits(given, given)) == []


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"enum": ["a"]}, {"type": "string"}),
        ({"type": "integer"}, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ({"type": "integer"}, {}),
        ({"const": "a"}, {"enum": ["a", "b"]}),
    ],
)
def test_what_is_narrower_fits(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert list(misfits(given, wanted)) == []


# --- consumers --------------------------------------------------------------------------------------------------------


def test_a_consumer_counts_on_the_fields_that_it_reads_and_no_others() -> None:
    (one,) = (one for one in expectations(MODEL) if one.by == "policy stop the delivery")
    assert (one.consumer, one.event, list(one.expects["properties"])) == (
        "delivery",
        "CancelOrderTaken",
        ["orderId", "packed"],
    )


def test_every_producer_meets_its_consumers() -> None:
    expected = expectations(MODEL)
    assert {one.consumer for one in expected} == {"order", "payment", "ordermanagement", "delivery", "mypage"}
    assert unmet(expected, PUBLISHED) == []


def test_a_broken_producer_is_told_the_consumer_the_event_and_the_field() -> None:
    broken = changed("CancelOrderTaken", without("packed"))
    assert {str(one) for one in unmet(expectations(MODEL), broken)} == {
        f"{who} counts on CancelOrderTaken.packed: it is not there, and was counted on"
        for who in (
            "payment (policy refund unless packed)",
            "delivery (policy stop the delivery)",
            "mypage (view mypage)",
        )
    }
    fewer = {name: schema for name, schema in PUBLISHED.items() if name != "DeliveryStarted"}
    assert "counts on DeliveryStarted: it is stated by nobody any more" in str(unmet(expectations(MODEL), fewer)[0])


def test_what_no_consumer_reads_may_go() -> None:
    unread = changed("PayDeclined", with_new("hint", required=False))
    assert unmet(expectations(MODEL), unread) == []


def test_expectations_of_others_are_read_and_wrong_ones_are_refused() -> None:
    written = [one.to_dict() for one in expectations(MODEL)]
    assert read_expectations(written, "consumers.json") == expectations(MODEL)
    wrongs: list[Any] = [{}, [1], [{"consumer": "x", "by": "y", "event": "Z"}]]
    for wrong in wrongs:
        with pytest.raises(InvalidMessage, match=r"mine\.json"):
            read_expectations(wrong, "mine.json")
