"""The declaration of notification (알림), whose service is written in TypeScript.

So it stands on the board and the context map, and a simulation has it; in production the Python here is never run.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery.contexts.delivery.messages import DeliveryStarted
from bookdelivery.contexts.ordermanagement.messages import OrderTaken
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given
from bookdelivery.kernel.context import Context, Decides, Policy, Subdomain
from bookdelivery.kernel.lifecycle import Lifecycle, to
from examples.polyglot.messages import CustomerNotified, NotifyCustomer, Occasion


class NotificationStatus(StrEnum):
    """Whether the customer was told anything."""

    SILENT = "silent"
    TOLD = "told"


@attrs.frozen(kw_only=True, slots=False)
class Notification(Aggregate):
    """What the customer of one order was told.

    Attributes:
        order_id: the order, its key.
        told: of what.
        status: where it stands.
    """

    correlation_key = "order_id"
    identity = "order_id"
    lifecycle = Lifecycle(
        "notification",
        NotificationStatus,
        NotificationStatus.SILENT,
        [to(NotificationStatus.TOLD, "tell", NotificationStatus.SILENT, NotificationStatus.TOLD)],
    )

    order_id: int
    told: tuple[Occasion, ...] = ()
    status: NotificationStatus = NotificationStatus.SILENT


def notify(notification: Notification | None, command: NotifyCustomer, given: Given) -> Decision[Notification]:
    """Tell the customer, of each occasion once."""
    known = notification or Notification(order_id=command.order_id)
    if command.of in known.told:
        return Decision(known)
    told = attrs.evolve(known, told=(*known.told, command.of), status=NotificationStatus.TOLD)
    stated = CustomerNotified(
        order_id=command.order_id, customer_id=command.customer_id, of=command.of, text=command.text
    )
    return Decision(told, (stated,))


def tell_taken(event: OrderTaken) -> NotifyCustomer:
    """Tell the customer that the store takes the order."""
    bought = event.purchase
    return NotifyCustomer(
        order_id=event.order_id,
        customer_id=bought.customer_id,
        of=Occasion.ORDER_TAKEN,
        text=f"{bought.customer_name} 님, 서점에서 『{bought.item_name}』 주문을 접수했습니다.",
    )


def tell_started(event: DeliveryStarted) -> NotifyCustomer:
    """Tell the customer that the courier sets out."""
    bought = event.purchase
    return NotifyCustomer(
        order_id=event.order_id,
        customer_id=bought.customer_id,
        of=Occasion.DELIVERY_STARTED,
        text=f"{bought.customer_name} 님, 『{bought.item_name}』 배송을 시작했습니다.",
    )


NOTIFICATION = Context(
    name="notification",
    korean="알림",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=0.9,
    cadence="weekly",
    team="notification",
    store="documents in files",
    aggregates=(Notification,),
    handlers=(Decides(command=NotifyCustomer, on=Notification, by=notify, emits=(CustomerNotified,), creates=True),),
    events=(CustomerNotified,),
    policies=(
        Policy(name="tell that the order is taken", on=OrderTaken, issues=NotifyCustomer, by=tell_taken),
        Policy(name="tell that the delivery started", on=DeliveryStarted, issues=NotifyCustomer, by=tell_started),
    ),
    language={
        "NotifyCustomer": "고객에게 알린다",
        "CustomerNotified": "고객에게 알림",
        "Notification": "알림",
        "tell that the order is taken": "주문 접수를 알린다",
        "tell that the delivery started": "배송 시작을 알린다",
    },
)
