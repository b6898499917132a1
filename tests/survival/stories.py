"""What customers, the shopkeeper and the courier do with one order, step by step, across the lives of any process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import attrs

from bookdelivery import CancelOrder, CompleteDelivery, PackOrder, PlaceOrder, RejectOrder, TakeOrder
from bookdelivery.contexts.order.messages import OrderReceipt
from bookdelivery.kernel.errors import Conflict, NotFound, Refused, Unavailable
from bookdelivery.kernel.messages import Command

PRICE = 25_000

PLOTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "delivered": (("place",), ("take",), ("pack",), ("complete",)),
    "left alone": (("place",),),
    "canceled at once": (("place",), ("cancel",)),
    "canceled when taken": (("place",), ("take",), ("cancel",)),
    "canceled when packed": (("place",), ("take",), ("pack",), ("cancel",)),
    "rejected": (("place",), ("take",), ("reject",)),
    "taken or canceled": (("place",), ("take", "cancel")),
    "packed or canceled": (("place",), ("take",), ("pack", "cancel")),
    "delivered or canceled": (("place",), ("take",), ("pack",), ("complete", "cancel")),
}
"""The steps of each plot. What stands together in one step is sent at the same time."""


@attrs.frozen(kw_only=True)
class Story:
    """One order and what is to become of it.

    Attributes:
        token: tells this order from all others; written into the order itself as the book's title.
        plot: a key of `PLOTS`.
        chosen_id: the order id that the customer chose so as to be able to ask again; None leaves it to the shop.
        order_id: the order's id as far as it is known.
        done: how many steps are over.
    """

    token: str
    plot: str
    chosen_id: int | None = None
    order_id: int | None = None
    done: int = 0


@attrs.frozen(kw_only=True)
class Answer:
    """What came back for one command.

    Attributes:
        order_id: the order.
        complete: for an order placed, whether it was said to stand.
        refused: the reason, where it was refused.
        at: when, in seconds since the epoch.
    """

    order_id: int
    complete: bool = False
    refused: str | None = None
    at: float = 0.0


class Listener(Protocol):
    """Hears what is asked, before it is sent, and what is answered, after the answer was there."""

    def asks(self, story: Story, verb: str) -> None:
        """Hear of a command that is about to be sent."""
        ...

    def answers(self, story: Story, verb: str, answer: Answer) -> None:
        """Hear of its answer."""
        ...


class Shop(Protocol):
    """Takes commands."""

    async def send(self, command: Command[Any]) -> Any:
        """Send one and wait for its answer."""
        ...


async def tell(shop: Shop, story: Story, listener: Listener, now: Callable[[], float]) -> None:
    """Go through the rest of a story.

    A command that comes before the news it builds on (`NotFound`), or to a store that is busy, is sent again, as a
    patient person would.
    """
    for step in PLOTS[story.plot][story.done :]:
        answers = await asyncio.gather(*(_one(shop, story, verb, listener, now) for verb in step))
        story = attrs.evolve(story, order_id=answers[0].order_id, done=story.done + 1)
        if step == ("place",) and not answers[0].complete:
            return


async def _one(shop: Shop, story: Story, verb: str, listener: Listener, now: Callable[[], float]) -> Answer:
    command = _command(story, verb)
    listener.asks(story, verb)
    while True:
        try:
            reply = await shop.send(command)
        except (NotFound, Conflict, Unavailable):
            await asyncio.sleep(0.01)
            continue
        except Refused as refusal:
            answer = Answer(order_id=story.order_id or 0, refused=str(refusal), at=now())
        else:
            if isinstance(reply, OrderReceipt):
                answer = Answer(order_id=reply.order_id, complete=reply.complete, at=now())
            else:
                answer = Answer(order_id=story.order_id or 0, at=now())
        listener.answers(story, verb, answer)
        return answer


_COMMANDS: Mapping[str, Callable[[int], Command[Any]]] = {
    "take": TakeOrder,
    "pack": PackOrder,
    "complete": CompleteDelivery,
    "cancel": CancelOrder,
    "reject": RejectOrder,
}


def _command(story: Story, verb: str) -> Command[Any]:
    if verb == "place":
        return place(story.token, story.chosen_id)
    assert story.order_id is not None
    return _COMMANDS[verb](story.order_id)


def place(token: str, order_id: int | None = None) -> PlaceOrder:
    """Order one book with the token for its title."""
    return PlaceOrder(
        customer_id=7,
        customer_name="HanYongSun",
        item_id=3,
        item_name=token,
        qty=1,
        item_price=PRICE,
        delivery_address="kyungkido sungnam",
        delivery_phone_number="01012341234",
        order_id=order_id,
    )
