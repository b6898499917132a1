"""One good example of everything the bookstore's contexts speak of."""

from __future__ import annotations

from typing import Any

import attrs

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import Won

PURCHASE = Purchase(
    customer_id=7,
    customer_name="HanYongSun",
    item_id=3,
    item_name="ITbook",
    qty=2,
    item_price=25_000,
    delivery_address="kyungkido sungnam",
    delivery_phone_number="01012341234",
)
PRICE = Won(50_000)

VALUES: dict[str, Any] = {
    "order_id": 1,
    "customer_id": 7,
    "customer_name": "HanYongSun",
    "item_id": 3,
    "item_name": "ITbook",
    "qty": 2,
    "item_price": Won(25_000),
    "delivery_address": "kyungkido sungnam",
    "delivery_phone_number": "01012341234",
    "purchase": PURCHASE,
    "payment_id": 11,
    "order_mgmt_id": 12,
    "delivery_id": 13,
    "amount": PRICE,
    "refunded": PRICE,
    "reason": "no cover",
    "pay_until": 1_800_000_000.0,
    "packed": True,
    "step": "take",
}
"""A good value for each field of any message."""

COMMANDS: list[type[Command[Any]]] = [command for context in BOOKSTORE for command in context.commands]
EVENTS: list[type[Event]] = [event for context in BOOKSTORE for event in context.events]


def example(kind: type[Any], **changes: Any) -> Any:
    """Make a good one, with some fields changed."""
    values = {field.name: VALUES[field.name] for field in attrs.fields(kind)}
    return kind(**{**values, **changes})
