"""The messages of notification (알림) and contact (고객 응대)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import business_id, text


class Occasion(StrEnum):
    """What customers are told of: the events that notification follows."""

    ORDER_TAKEN = "OrderTaken"
    DELIVERY_STARTED = "DeliveryStarted"


@attrs.frozen(kw_only=True)
class NotifyCustomer(Command[None]):
    """Tell a customer what became of an order."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)
    of: Occasion
    text: str = attrs.field(validator=text)


@attrs.frozen(kw_only=True)
class CustomerNotified(Event):
    """A customer was told what became of an order.

    `contract/CustomerNotified.json` is what its team publishes of it; a test holds this class against that.
    """

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)
    of: Occasion
    text: str = attrs.field(validator=text)


@attrs.frozen(kw_only=True)
class NoteNotice(Command[None]):
    """Write down that the customer was told something."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)
    of: Occasion
