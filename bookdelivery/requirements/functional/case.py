"""A written-down case: what a customer, shopkeeper or courier does, and what must be seen then."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from bookdelivery.adapters.clients.payment_provider import Mood
from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.messages import OrderReceipt, PlaceOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.messages import Command
from bookdelivery.requirements.shop import Shop

STAGES = ("awaitingPayment", "declined", "placed", "taken", "shipping", "delivered")
"""How far an order can be brought by people; packing leads on to shipping by itself."""


@attrs.define(eq=False)
class Scene:
    """A shop, chance, and what was seen that should not be.

    Attributes:
        shop: the running bookstore.
        rng: seeded; draws what is bought, and who is quicker where two race.
        problems: what was wrong, in sentences, each with the order it concerns.
        checks: how many things were looked at.
    """

    shop: Shop
    rng: random.Random
    problems: list[tuple[int | None, str]] = attrs.field(factory=list)
    checks: int = 0

    def see(self, holds: bool, otherwise: str, order_id: int | None = None) -> None:
        """Note a problem unless something holds.

        Args:
            holds: whether it does.
            otherwise: what is wrong if not.
            order_id: the order it concerns.
        """
        self.checks += 1
        if not holds:
            self.problems.append((order_id, otherwise))

    def purchase(self, **given: Any) -> PlaceOrder:
        """Make an order of something."""
        customer_id = self.rng.randrange(1, 1_000)
        fields: dict[str, Any] = {
            "customer_id": customer_id,
            "customer_name": f"customer {customer_id}",
            "item_id": self.rng.randrange(1, 500),
            "item_name": "ITbook",
            "qty": self.rng.randrange(1, 5),
            "item_price": self.rng.randrange(1, 60) * 1_000,
            "delivery_address": "kyungkido sungnam-si",
            "delivery_phone_number": "010-1234-5678",
        }
        return PlaceOrder(**{**fields, **given})

    async def place(self, **given: Any) -> OrderReceipt:
        """Order something."""
        return await self.shop.send(self.purchase(**given))

    async def bring_to(self, stage: str) -> int:
        """Bring a fresh order to one of `STAGES`, at rest there; give its id."""
        shop = self.shop
        if stage in {"awaitingPayment", "declined"}:
            shop.provider.then(Mood.DECLINES if stage == "declined" else Mood.LOSES_REQUEST)
        order_id = (await self.place()).order_id
        steps: dict[str, tuple[Command[None], ...]] = {
            "taken": (TakeOrder(order_id),),
            "shipping": (TakeOrder(order_id), PackOrder(order_id)),
            "delivered": (TakeOrder(order_id), PackOrder(order_id), CompleteDelivery(order_id)),
        }
        await shop.settle()
        for step in steps.get(stage, ()):
            await shop.send(step)
            await shop.settle()
        await self.stands_at(order_id, stage)
        return order_id

    async def stands_at(self, order_id: int, *stages: str) -> None:
        """See that the order is at one of these stages, and that MyPage says so."""
        order, row = await shop_and_page(self.shop, order_id)
        wanted = " or ".join(stages)
        self.see(order in stages, f"the order is {order}, not {wanted}", order_id)
        self.see(row in stages or row is None is order, f"MyPage shows {row}, not {wanted}", order_id)

    async def refuses(self, command: Command[Any], why: str, kind: type[Exception] = Refused) -> None:
        """See that a command is refused."""
        order_id: int | None = getattr(command, "order_id", None)
        name = type(command).__name__
        try:
            await self.shop.send(command)
        except kind:
            self.checks += 1
        else:
            self.see(False, f"{name} was accepted although {why}", order_id)

    async def race(self, *commands: Command[Any]) -> int:
        """Send commands at the same time, each after a moment drawn by lot; say how many were accepted."""

        async def send(command: Command[Any], moments: int) -> bool:
            for _ in range(moments):
                await asyncio.sleep(0)
            try:
                await self.shop.send(command)
            except Refused:
                return False
            return True

        accepted = await asyncio.gather(*(send(command, self.rng.randrange(6)) for command in commands))
        return sum(accepted)

    async def balance(self, order_id: int) -> int:
        """Say what the customer has paid for an order and not got back, in won."""
        return (await self.shop.account(order_id)).balance

    async def is_charged(self, order_id: int, times: int) -> None:
        """See that an order was charged this often."""
        charges = len((await self.shop.account(order_id)).charges)
        self.see(charges == times, f"the provider charged {charges} times, not {times}", order_id)


async def shop_and_page(shop: Shop, order_id: int) -> tuple[str | None, str | None]:
    """Read where an order stands, and what MyPage shows."""
    order, row = await shop.stored("Order", order_id), await shop.mypage(order_id)
    status = None if order is None else str(order.status)
    shown = None if row is None or row.order_status is None else str(row.order_status)
    return status, shown


Play = Callable[[Scene], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Case:
    """One case of a functional requirement.

    Attributes:
        requirement: the requirement's id.
        title: what must hold, in a sentence.
        play: what is done and seen.
    """

    requirement: str
    title: str
    play: Play
