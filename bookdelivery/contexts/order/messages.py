"""The published language of order (주문): what it can be asked, and the facts it states."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import (
    FLAT,
    Won,
    a,
    allowing,
    business_id,
    moment,
    optional,
    price,
    quantity,
    text,
    won,
)


class OrderStatus(StrEnum):
    """Where an order stands."""

    AWAITING_PAYMENT = "awaitingPayment"
    DECLINED = "declined"
    PLACED = "placed"
    TAKEN = "taken"
    PACKED = "packed"
    SHIPPING = "shipping"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    CANCELING = "canceling"
    CANCELED = "canceled"
    EXPIRED = "expired"


@attrs.frozen(kw_only=True)
class Purchase:
    """What is bought, by whom, and where it goes: the part of an order that every context speaks of in the same words.

    Attributes:
        customer_id: who orders, a business id.
        customer_name: the name on the parcel.
        item_id: the book, a business id.
        item_name: its title.
        qty: how many copies, at least 1.
        item_price: the price of one copy in won, 0 or more; a plain whole number is taken as won.
        delivery_address: where the parcel goes.
        delivery_phone_number: whom the courier calls.

    Raises:
        InvalidField: a value is not one of those.
    """

    customer_id: int = attrs.field(validator=business_id)
    customer_name: str = attrs.field(validator=text)
    item_id: int = attrs.field(validator=business_id)
    item_name: str = attrs.field(validator=text)
    qty: int = attrs.field(validator=quantity)
    item_price: Won = attrs.field(converter=won, validator=price)
    delivery_address: str = attrs.field(validator=text)
    delivery_phone_number: str = attrs.field(validator=text)

    @property
    def price(self) -> Won:
        """What the customer pays: all copies together."""
        return self.item_price * self.qty


@attrs.frozen(kw_only=True)
class OrderReceipt:
    """The answer to a customer who orders or pays.

    Attributes:
        order_id: the order.
        order_status: where it stands now.
        price: what is paid, or is to be paid.
        retry_after_s: where the payment is put off, seconds after which to pay with `PayOrder`; else None.
        pay_until: where the order can still be paid, the time it expires, in seconds since the epoch; else None.
    """

    order_id: int
    order_status: OrderStatus
    price: Won
    retry_after_s: float | None = None
    pay_until: float | None = None

    @property
    def complete(self) -> bool:
        """Whether the order stands, paid."""
        return self.order_status in _STANDING


_STANDING = {OrderStatus.PLACED, OrderStatus.TAKEN, OrderStatus.PACKED, OrderStatus.SHIPPING, OrderStatus.DELIVERED}


@attrs.frozen(kw_only=True)
class PlaceOrder(Command[OrderReceipt]):
    """Order books and pay for them in the same step.

    The fields are those of `Purchase`; `order_id` may be given by a caller that wants to ask again safely after a lost
    answer, otherwise the shop gives one.
    """

    correlation_key = "order_id"

    customer_id: int = attrs.field(validator=business_id)
    customer_name: str = attrs.field(validator=text)
    item_id: int = attrs.field(validator=business_id)
    item_name: str = attrs.field(validator=text)
    qty: int = attrs.field(validator=quantity)
    item_price: Won = attrs.field(converter=won, validator=price)
    delivery_address: str = attrs.field(validator=text)
    delivery_phone_number: str = attrs.field(validator=text)
    order_id: int | None = attrs.field(default=None, validator=optional(business_id))

    @property
    def purchase(self) -> Purchase:
        """What is bought."""
        return Purchase(
            customer_id=self.customer_id,
            customer_name=self.customer_name,
            item_id=self.item_id,
            item_name=self.item_name,
            qty=self.qty,
            item_price=self.item_price,
            delivery_address=self.delivery_address,
            delivery_phone_number=self.delivery_phone_number,
        )


@attrs.frozen
class PayOrder(Command[OrderReceipt]):
    """Pay an order whose payment was put off or declined."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen
class CancelOrder(Command[None]):
    """Call the order off; possible until it is delivered."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen
class ExpireOrder(Command[None]):
    """Give up on an order that was not paid in time."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


STEPS = ("take", "pack", "ship", "deliver", "reject", "cancel", "settle")
"""The triggers of an order's lifecycle that follow from what other contexts report."""


@allowing(enum=list(STEPS))
def _a_step(instance: object, attribute: attrs.Attribute[str], value: object) -> None:
    if value not in STEPS:
        raise InvalidField("FollowOrder", attribute.name, value, f"one of {', '.join(STEPS)}")


@attrs.frozen
class CompleteOrder(Command[None]):
    """Complete an order whose payment was approved."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    payment_id: int = attrs.field(validator=business_id)


@attrs.frozen
class FollowOrder(Command[None]):
    """Note how far another context has come with the order.

    Attributes:
        order_id: the order.
        step: the lifecycle's trigger for that progress, one of `STEPS`.
    """

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    step: str = attrs.field(validator=_a_step)


@attrs.frozen(kw_only=True)
class OrderPlaced(Event):
    """A paid order stands. Published only once the payment is approved."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    payment_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class PaymentDeferred(Event):
    """The order waits for its payment: the customer was led to pay a little later."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    pay_until: float = attrs.field(validator=moment)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class OrderCanceled(Event):
    """The customer called the order off; what was done for it is now undone."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class OrderExpired(Event):
    """Nobody paid in time; the order is over."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)
