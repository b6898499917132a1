"""What the service adds to the bookstore: whoever buys three books or more gets a bookmark with them."""

from __future__ import annotations

from enum import StrEnum

import attrs

from bookdelivery import BOOKSTORE_SYSTEM, System
from bookdelivery.contexts.order.messages import OrderCanceled, OrderPlaced
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, Row, changed
from bookdelivery.kernel.context import Context, Decides, Policy, Subdomain, View
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command, Envelope, Event
from bookdelivery.kernel.values import business_id

GENEROUS_FROM = 3
"""How many copies it takes."""


class GiftStatus(StrEnum):
    """Where a gift stands."""

    ADDED = "added"
    REMOVED = "removed"


@attrs.frozen(kw_only=True)
class AddGift(Command[None]):
    """Put a bookmark in with an order."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True)
class RemoveGift(Command[None]):
    """Take it out again: the order is off."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True)
class GiftAdded(Event):
    """A bookmark goes with an order."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    gift_id: int = attrs.field(validator=business_id)
    customer_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True)
class GiftRemoved(Event):
    """No bookmark goes with the order any more."""

    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    gift_id: int = attrs.field(validator=business_id)


@attrs.frozen(kw_only=True, slots=False)
class Gift(Aggregate):
    """The bookmark that goes with one order."""

    correlation_key = "order_id"
    identity = "gift_id"
    lifecycle = Lifecycle("gift", GiftStatus, GiftStatus.ADDED, [to(GiftStatus.REMOVED, "remove", GiftStatus.ADDED)])

    order_id: int
    gift_id: int
    status: GiftStatus = GiftStatus.ADDED


@attrs.frozen(kw_only=True, slots=False)
class GiftRow(Row):
    """A gift as its customer sees it."""

    correlation_key = "order_id"
    identity = "gift_id"
    owner = "customer_id"

    order_id: int
    gift_id: int
    customer_id: int | None = None
    removed: bool = False


def add(gift: Gift | None, command: AddGift, given: Given) -> Decision[Gift]:
    """Add one, once."""
    if gift is not None:
        return Decision(gift)
    added = GiftAdded(order_id=command.order_id, gift_id=given.new_id, customer_id=command.customer_id)
    return Decision(Gift(order_id=command.order_id, gift_id=given.new_id), (added,))


def remove(gift: Gift | None, command: RemoveGift, given: Given) -> Decision[Gift]:
    """Take it out; that an order is off may be heard before the order is, and is remembered."""
    if gift is None:
        return Decision(Gift(order_id=command.order_id, gift_id=given.new_id, status=GiftStatus.REMOVED))
    status = gift.lifecycle.after(gift.status, "remove", gift)
    if status is None:
        return Decision(gift)
    return Decision(changed(gift, status=status), (GiftRemoved(order_id=gift.order_id, gift_id=gift.gift_id),))


def thank(event: OrderPlaced) -> AddGift | None:
    """Thank for a large order."""
    if event.purchase.qty < GENEROUS_FROM:
        return None
    return AddGift(order_id=event.order_id, customer_id=event.purchase.customer_id)


def call_off(event: OrderCanceled) -> RemoveGift:
    """Give nothing for an order that is off."""
    return RemoveGift(order_id=event.order_id)


def show(row: GiftRow | None, event: GiftAdded, envelope: Envelope) -> GiftRow:
    """Show it to its customer."""
    row = row or GiftRow(order_id=event.order_id, gift_id=event.gift_id)
    return changed(row, customer_id=event.customer_id)


def hide(row: GiftRow | None, event: GiftRemoved, envelope: Envelope) -> GiftRow:
    """Show it no more."""
    return changed(row or GiftRow(order_id=event.order_id, gift_id=event.gift_id), removed=True)


GIFTS = Context(
    name="gifts",
    korean="선물",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=0.9,
    cadence="daily",
    team="gifts",
    store="SQL",
    aggregates=(Gift,),
    handlers=(
        Decides(command=AddGift, on=Gift, by=add, emits=(GiftAdded,), creates=True, undone_by=RemoveGift),
        Decides(command=RemoveGift, on=Gift, by=remove, emits=(GiftRemoved,), creates=True),
    ),
    events=(GiftAdded, GiftRemoved),
    policies=(
        Policy(name="thank for large orders", on=OrderPlaced, issues=AddGift, by=thank),
        Policy(name="no gift for what is called off", on=OrderCanceled, issues=RemoveGift, by=call_off),
    ),
    views=(View(name="mygifts", row=GiftRow, projects={GiftAdded: show, GiftRemoved: hide}),),
    language={
        "Gift": "선물",
        "AddGift": "선물 넣기",
        "GiftAdded": "선물 들어감",
        "RemoveGift": "선물 빼기",
        "GiftRemoved": "선물 빠짐",
        "no gift for what is called off": "취소된 주문에는 선물이 없다",
        "removed": "빠짐",
        "thank for large orders": "큰 주문에 감사한다",
        "mygifts": "내 선물",
        "giftId": "선물 번호",
        "customerId": "고객 번호",
        "added": "들어감",
        "gifts team": "선물팀",
        "daily": "매일",
    },
)

BOOKSTORE_WITH_GIFTS = System("bookstore with gifts", (*BOOKSTORE_SYSTEM.contexts, GIFTS))
