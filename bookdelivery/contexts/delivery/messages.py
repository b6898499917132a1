"""The published language of delivery (배송)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import FLAT, a, business_id


class DeliveryStatus(StrEnum):
    """Where the parcel is."""

    STARTED = "started"
    COMPLETED = "completed"
    CANCELED = "canceled"


@attrs.frozen(kw_only=True)
class DeliveryStarted(Event):
    """The courier has the parcel."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    delivery_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen(kw_only=True)
class DeliveryCompleted(Event):
    """The customer has the parcel."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    delivery_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True)
class DeliveryCanceled(Event):
    """The parcel was stopped, or will never be sent."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    delivery_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True)
class StartDelivery(Command[None]):
    """Send the parcel out."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    purchase: Purchase = attrs.field(validator=a(Purchase), metadata=FLAT)


@attrs.frozen
class CompleteDelivery(Command[None]):
    """Hand the parcel over to the customer."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen
class CancelDelivery(Command[None]):
    """Stop the parcel of an order that was called off."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
