"""Every field of every message takes what it may hold, and refuses all else by field, value and what would do."""

import math
from typing import Any

import attrs
import pytest

from bookdelivery.contexts.order.messages import (
    CompleteOrder,
    OrderReceipt,
    OrderStatus,
    PlaceOrder,
    Purchase,
)
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.values import HIGHEST_PRICE, LARGEST_ID, Won
from tests.contexts.samples import COMMANDS, EVENTS, PRICE, PURCHASE, example

IDS = [0, -1, LARGEST_ID + 1, 1.0, "1", True, None]
TEXTS = ["", "  \n", "x" * 1001, 7, None, b"text"]
MONEY = [-1, 0.5, 25_000.0, "25000", True, None, LARGEST_ID + 1]
BAD: dict[str, list[Any]] = {
    "order_id": IDS,
    "customer_id": IDS,
    "item_id": IDS,
    "payment_id": IDS,
    "order_mgmt_id": IDS,
    "delivery_id": IDS,
    "customer_name": TEXTS,
    "item_name": TEXTS,
    "delivery_address": TEXTS,
    "delivery_phone_number": TEXTS,
    "reason": TEXTS,
    "qty": [0, -1, 1_000_001, 1.0, "1", True, None],
    "item_price": [*MONEY, Won(HIGHEST_PRICE + 1)],
    "amount": MONEY,
    "refunded": MONEY,
    "purchase": [None, {}, "ITbook", 1],
    "pay_until": [math.nan, math.inf, -math.inf, "soon", True, None],
    "packed": [None, 0, 1, "true"],
    "step": ["", "expire", "defer", "decline", "Take", None, 1],
}
OPTIONAL = {(PlaceOrder, "order_id")}

FIELDS = [
    pytest.param(kind, field.name, value, id=f"{kind.__name__}.{field.name}={repr(value)[:20]}")
    for kind in (*COMMANDS, *EVENTS, Purchase)
    for field in attrs.fields(kind)
    for value in BAD[field.name]
    if not (value is None and (kind, field.name) in OPTIONAL)
]


@pytest.mark.parametrize(("kind", "field", "value"), FIELDS)
def test_a_bad_value_is_refused_by_field_value_and_what_is_allowed(kind: type[Any], field: str, value: Any) -> None:
    with pytest.raises(InvalidField) as refusal:
        example(kind, **{field: value})
    assert (refusal.value.owner, refusal.value.field) == (kind.__name__, field)
    assert refusal.value.value is value
    assert refusal.value.allowed
    assert f"{kind.__name__}.{field} is " in str(refusal.value)


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS, Purchase], ids=lambda kind: kind.__name__)
def test_a_good_message_is_taken_and_cannot_be_changed_afterwards(kind: type[Any]) -> None:
    message = example(kind)
    for field in attrs.fields(kind):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(message, field.name, getattr(message, field.name))


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS], ids=lambda kind: kind.__name__)
def test_every_message_of_the_bookstore_is_about_an_order(kind: type[Any]) -> None:
    assert kind.correlation_key == "order_id"


def test_an_order_needs_no_id_of_its_own_to_be_placed() -> None:
    assert example(PlaceOrder, order_id=None).order_id is None


def test_the_purchase_of_a_command_says_what_the_command_says() -> None:
    assert example(PlaceOrder).purchase == PURCHASE


def test_the_price_is_that_of_all_copies() -> None:
    assert PURCHASE.price == PRICE
    dearest = attrs.evolve(PURCHASE, qty=1_000_000, item_price=HIGHEST_PRICE)
    assert dearest.price == Won(1_000_000 * HIGHEST_PRICE)


def test_a_price_may_be_written_as_a_plain_number() -> None:
    assert example(PlaceOrder, item_price=25_000) == example(PlaceOrder, item_price=Won(25_000))


def test_nothing_is_completed_without_naming_the_payment() -> None:
    with pytest.raises(InvalidField, match=r"CompleteOrder\.payment_id is None"):
        CompleteOrder(1, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_counts_as_complete_only_while_it_stands_paid(status: OrderStatus) -> None:
    receipt = OrderReceipt(order_id=1, order_status=status, price=PRICE)
    standing = {"placed", "taken", "packed", "shipping", "delivered"}
    assert receipt.complete is (status.value in standing)
