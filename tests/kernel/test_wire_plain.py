"""Events without metadata, as the original bookstore writes them, are understood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookdelivery.contexts.delivery.messages import DeliveryCanceled
from bookdelivery.contexts.ordermanagement.messages import OrderTaken
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Unreadable
from bookdelivery.kernel.values import Won
from bookdelivery.kernel.wire import Codec, UnknownEvent

CODEC = Codec([OrderTaken, DeliveryCanceled])
TAKEN: dict[str, Any] = {
    "eventType": "OrderTaken",
    "timestamp": "20210709081656",
    "orderMgmtId": 1,
    "orderId": 7,
    "customerId": 3,
    "customerName": "HanYongSun",
    "itemId": 1,
    "itemName": "ITbook",
    "qty": 1,
    "itemPrice": 10_000,
    "deliveryAddress": "kyungkido sungnamsi",
    "deliveryPhoneNumber": "01012341234",
    "orderStatus": "order",
    "me": True,
}


def read(body: object, headers: dict[str, str] | None = None) -> Envelope | Unreadable:
    return CODEC.decode_event(headers or {}, json.dumps(body).encode(), position="bookdelivery:3:17")


def test_the_body_tells_what_it_is_and_its_place_in_the_log_which_one() -> None:
    envelope = read(TAKEN)
    assert isinstance(envelope, Envelope)
    assert (envelope.id, envelope.type, envelope.key) == ("bookdelivery:3:17", "OrderTaken", 7)
    assert envelope.time == 1_625_818_616.0
    assert envelope.correlation_id == envelope.id
    assert isinstance(envelope.message, OrderTaken)
    assert envelope.message.purchase.item_price == Won(10_000)


def test_ids_may_be_texts() -> None:
    texts = {**TAKEN, "orderId": "7", "orderMgmtId": "1", "itemId": "1"}
    assert read(texts) == read(TAKEN)


def test_other_headers_count_as_ever() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    envelope = read(TAKEN, {"traceparent": trace, "content-type": "application/json"})
    assert isinstance(envelope, Envelope)
    assert envelope.traceparent == trace


def test_an_event_nobody_here_knows_passes_by() -> None:
    envelope = read({"eventType": "GiftWrapped", "timestamp": "20210709081656"})
    assert isinstance(envelope, Envelope)
    assert envelope.type == "GiftWrapped"
    assert isinstance(envelope.message, UnknownEvent)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ([1], "no eventType in its body"),
        ({"timestamp": "20210709081656"}, "no eventType in its body"),
        ({**TAKEN, "eventType": 5}, "no eventType in its body"),
        ({**TAKEN, "timestamp": None}, "OrderTaken.timestamp is missing"),
        ({**TAKEN, "timestamp": "yesterday"}, "yesterday"),
        ({**TAKEN, "qty": 0}, "qty is 0"),
    ],
)
def test_what_says_too_little_is_set_aside_with_the_reason(body: object, part: str) -> None:
    broken = read(body)
    assert isinstance(broken, Unreadable)
    assert broken.id == "bookdelivery:3:17"
    assert part in broken.error


def test_a_message_with_some_attributes_needs_them_all() -> None:
    broken = read(TAKEN, {"ce_type": "OrderTaken"})
    assert isinstance(broken, Unreadable)
    assert "the header ce_id is missing" in broken.error
