"""A café that keeps every rule: what the specimens of broken rules are made from, by changing one thing.

A guest orders a cake at the counter, the till charges for it while the guest waits, the kitchen bakes it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

import attrs

from bookdelivery.kernel.aggregate import Aggregate, Decision, Given, Row
from bookdelivery.kernel.context import (
    Actor,
    Call,
    Context,
    Decides,
    ExternalSystem,
    Performs,
    Policy,
    Subdomain,
    View,
    WakeUp,
)
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command, Envelope, Event
from bookdelivery.kernel.ports import Scope

GUEST = Actor("guest", "손님")


class Stage(StrEnum):
    """How far something is."""

    BEGUN = "begun"
    STOPPED = "stopped"


def stages(name: str) -> Lifecycle:
    """Make the lifecycle of what is begun and may be stopped."""
    return Lifecycle(name, Stage, Stage.BEGUN, [to(Stage.STOPPED, "stop", Stage.BEGUN)])


@attrs.frozen
class OrderCake(Command[None]):
    """Order a cake."""

    correlation_key = "cake_id"
    cake_id: int | None = None


@attrs.frozen
class CancelCake(Command[None]):
    """Call a cake off."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class CakeOrdered(Event):
    """A cake was ordered and paid for."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class CakeCanceled(Event):
    """The guest does not want the cake any more."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class Cake(Aggregate):
    """A cake that a guest wants."""

    correlation_key = "cake_id"
    lifecycle = stages("cake")
    cake_id: int
    status: Stage = Stage.BEGUN


@attrs.frozen
class MyCakeRow(Row):
    """A cake as the guest sees it."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class Charge(Command[None]):
    """Charge for a cake."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class Refund(Command[None]):
    """Give the money for a cake back."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class SettleBill(Command[None]):
    """Ask what became of a charge without an answer."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class CakePaid(Event):
    """The guest was charged."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class CakeRefunded(Event):
    """The guest has the money back."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class Bill(Aggregate):
    """What a guest owes for a cake."""

    correlation_key = "cake_id"
    wake_at = "settle_at"
    lifecycle = stages("bill")
    cake_id: int
    status: Stage = Stage.BEGUN
    settle_at: float | None = None


class CardTerminal(Protocol):
    """Charges cards."""

    async def charge(self, key: str) -> bool:
        """Charge once for this key."""
        ...


@attrs.frozen
class StartBaking(Command[None]):
    """Put a cake into the oven."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class StopBaking(Command[None]):
    """Take a cake out of the oven that nobody wants any more."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class BakingStarted(Event):
    """The cake is in the oven."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class BakingStopped(Event):
    """The cake is out of the oven before its time."""

    correlation_key = "cake_id"
    cake_id: int


@attrs.frozen
class Baking(Aggregate):
    """The work on one cake."""

    correlation_key = "cake_id"
    lifecycle = stages("baking")
    cake_id: int
    status: Stage = Stage.BEGUN


def decide(state: Any, command: Any, given: Given) -> Decision[Any]:  # noqa: ARG001
    """Leave everything as it is; specimens are looked at, never run."""
    return Decision(state)


async def perform(command: Any, scope: Scope) -> None:
    """Take no step."""


def show(row: MyCakeRow | None, event: Any, envelope: Envelope) -> MyCakeRow:  # noqa: ARG001
    """Show a cake."""
    return row or MyCakeRow(event.cake_id)


def bake(event: CakePaid) -> StartBaking:
    """Bake what is paid."""
    return StartBaking(event.cake_id)


def stop_baking(event: CakeCanceled) -> StopBaking:
    """Stop baking what is canceled."""
    return StopBaking(event.cake_id)


def refund(event: CakeCanceled) -> Refund:
    """Give the money back for what is canceled."""
    return Refund(event.cake_id)


def settle(bill: Bill) -> SettleBill:
    """Ask about a bill."""
    return SettleBill(bill.cake_id)


LANGUAGE = {
    "OrderCake": "케이크 주문하기",
    "CancelCake": "케이크 취소하기",
    "CakeOrdered": "케이크 주문됨",
    "CakeCanceled": "케이크 취소됨",
    "Cake": "케이크",
    "cakes": "케이크 현황",
    "Charge": "결제하기",
    "Refund": "환불하기",
    "SettleBill": "결제 확인하기",
    "CakePaid": "케이크 결제됨",
    "CakeRefunded": "케이크 환불됨",
    "Bill": "계산서",
    "card terminal": "카드 단말기",
    "StartBaking": "굽기 시작하기",
    "StopBaking": "굽기 멈추기",
    "BakingStarted": "굽기 시작됨",
    "BakingStopped": "굽기 멈춤",
    "Baking": "굽기",
    "cakeId": "케이크 번호",
    "bake": "굽는다",
    "stop baking": "굽기를 멈춘다",
    "refund": "환불한다",
    "when Bill.settleAt has come": "결제를 확인할 때가 되면",
}

COUNTER = Context(
    name="counter",
    korean="카운터",
    subdomain=Subdomain.CORE,
    uptime_goal=0.99,
    cadence="monthly",
    team="counter",
    store="SQL",
    aggregates=(Cake,),
    handlers=(
        Performs(
            command=OrderCake,
            on=Cake,
            by=perform,
            emits=(CakeOrdered,),
            calls=(Charge,),
            actor=GUEST,
            undone_by=CancelCake,
        ),
        Decides(command=CancelCake, on=Cake, by=decide, emits=(CakeCanceled,), actor=GUEST),
    ),
    events=(CakeOrdered, CakeCanceled),
    views=(
        View(
            name="cakes",
            row=MyCakeRow,
            projects=dict.fromkeys((CakeOrdered, CakeCanceled, CakeRefunded, BakingStarted, BakingStopped), show),
        ),
    ),
    calls=(Call(command=Charge, timeout_s=2.0, fallback="the guest pays later"),),
    language=LANGUAGE,
)

TILL = Context(
    name="till",
    korean="계산대",
    subdomain=Subdomain.GENERAL,
    uptime_goal=None,
    cadence="its own pace",
    team="till",
    store="SQL",
    aggregates=(Bill,),
    handlers=(
        Performs(
            command=Charge,
            on=Bill,
            by=perform,
            emits=(CakePaid,),
            creates=True,
            undone_by=Refund,
            uses=(CardTerminal,),
        ),
        Decides(command=Refund, on=Bill, by=decide, emits=(CakeRefunded,), creates=True),
        Performs(command=SettleBill, on=Bill, by=perform, emits=(CakePaid, CakeRefunded), uses=(CardTerminal,)),
    ),
    events=(CakePaid, CakeRefunded),
    policies=(Policy(name="refund", on=CakeCanceled, issues=Refund, by=refund),),
    external_systems=(ExternalSystem(name="card terminal", port=CardTerminal, timeout_s=3.0),),
    wake_ups=(WakeUp(aggregate=Bill, issues=SettleBill, by=settle),),
    language=LANGUAGE,
)

KITCHEN = Context(
    name="kitchen",
    korean="주방",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=0.6,
    cadence="weekly",
    team="kitchen",
    store="key-value",
    aggregates=(Baking,),
    handlers=(
        Decides(command=StartBaking, on=Baking, by=decide, emits=(BakingStarted,), creates=True, undone_by=StopBaking),
        Decides(command=StopBaking, on=Baking, by=decide, emits=(BakingStopped,), creates=True),
    ),
    events=(BakingStarted, BakingStopped),
    policies=(
        Policy(name="bake", on=CakePaid, issues=StartBaking, by=bake),
        Policy(name="stop baking", on=CakeCanceled, issues=StopBaking, by=stop_baking),
    ),
    language=LANGUAGE,
)

CAFE = (COUNTER, TILL, KITCHEN)
"""The whole café."""


def cafe_with(changed: Context) -> tuple[Context, ...]:
    """Give the café with one context changed."""
    return tuple(changed if context.name == changed.name else context for context in CAFE)
