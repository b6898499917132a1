"""The published language of order management (주문관리)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import FLAT, a, business_id, text, yes_or_no


class OrdermgmtStatus(StrEnum):
    """How far the store is with an order."""

    RECEIVED = "received"
    TAKEN = "taken"
    PACKED = "packed"
    REJECTED = "rejected"
    CANCELED = "canceled"


@attrs.frozen(kw_only=True)
class OrderTaken(Event):
    """The shopkeeper took the order on."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    order_mgmt_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class OrderPacked(Event):
    """The parcel stands ready for the courier."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    order_mgmt_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class OrderRejected(Event):
    """The store will not fulfil the order."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    order_mgmt_id: int = attrs.field(validator=business_id)
    reason: str = attrs.field(validator=text)


@attrs.frozen(kw_only=True)
class CancelOrderTaken(Event):
    """The store stopped working on an order that was called off.

    Attributes:
        order_id: the order.
        order_mgmt_id: the store's id for it.
        packed: whether a parcel had been packed, which the courier may have by now.
    """

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    order_mgmt_id: int = attrs.field(validator=business_id)
    packed: bool = attrs.field(validator=yes_or_no)


@attrs.frozen(kw_only=True)
class TakeOrderInfo(Command[None]):
    """Put a paid order on the shopkeeper's list."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen
class TakeOrder(Command[None]):
    """Take an order on."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen
class PackOrder(Command[None]):
    """Pack the parcel."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen
class RejectOrder(Command[None]):
    """Turn a paid order down, before it is packed; its money goes back."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    reason: str = attrs.field(default="out of stock", validator=text)


@attrs.frozen
class CancelOrderTaking(Command[None]):
    """Stop working on an order that was called off."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
