"""What one visitor of the shop does."""

from __future__ import annotations

import asyncio
from bisect import bisect
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from typing import Any, Protocol, TypeVar

import attrs
import numpy as np

from bookdelivery.contexts.order.messages import CancelOrder, OrderReceipt, OrderStatus, PayOrder, PlaceOrder
from bookdelivery.contexts.ordermanagement.messages import TakeOrder
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation._checks import a_count, a_duration_s, a_factor, a_probability, has
from bookdelivery.simulation.distributions import Distribution, Exponential, Uniform, a_distribution, distribution

Reply = TypeVar("Reply")


class Shop(Protocol):
    """The shop as its visitors see it: something to send requests to."""

    async def ask(
        self,
        kind: str,
        command: Command[Reply],
        timeout_s: float,
        outcome: Callable[[Reply], str] | None = None,
    ) -> Reply | None:
        """Send a request, and have it recorded as one of this kind.

        Args:
            kind: what the visitor calls it, such as "place".
            command: the request.
            timeout_s: seconds after which the visitor gives up waiting.
            outcome: names the outcome of an answer; by default "answered".

        Returns:
            The answer, None if there was none (refused, turned away, failed or timed out).
        """
        ...

    async def look(self, view: str, key: int, timeout_s: float) -> Any:
        """Read a view's row, and have it recorded as a request "look"; None if there is none or no answer."""
        ...


Visitor = Callable[[int, Shop], Awaitable[None]]
"""Does what one visitor does, up to the visit's end: gets the visitor's number (from 1, also a fine order id)."""


class Behaviour(Protocol):
    """What visitors do; write your own for contexts of your own."""

    def prepare(self, rng: np.random.Generator) -> Visitor:
        """Make the function that does what one visitor does.

        Args:
            rng: where randomness comes from. Draw at a visit's beginning, before the first await, and equally often
                for every visitor, so that no trouble of one changes what another does.
        """
        ...


@attrs.frozen(kw_only=True)
class Customers:
    """Customers of the bookstore: they order, pay later when led to, cancel now and then, look at MyPage.

    Attributes:
        timeout_s: how long a customer waits for an answer, in seconds.
        pays_later: the probability that a customer whose payment was put off comes back to pay.
        patience: how often such a customer tries to pay, at most.
        cancels: the probability that a customer calls an accepted order off.
        cancel_after_s: how long after the answer to the order that is, in seconds.
        looks: the probability that a customer looks at MyPage.
        look_after_s: how long after the answer to the order that is, in seconds.
        price_won: the price of one copy; customers buy 1, 2 or 3.
    """

    timeout_s: float = attrs.field(default=10.0, validator=a_duration_s)
    pays_later: float = attrs.field(default=0.9, validator=a_probability)
    patience: int = attrs.field(default=5, validator=a_count)
    cancels: float = attrs.field(default=0.03, validator=a_probability)
    cancel_after_s: Distribution = attrs.field(
        default=Exponential(300.0), converter=distribution, validator=a_distribution
    )
    looks: float = attrs.field(default=0.2, validator=a_probability)
    look_after_s: Distribution = attrs.field(
        default=Uniform(1.0, 600.0), converter=distribution, validator=a_distribution
    )
    price_won: int = attrs.field(default=25_000, validator=a_count)

    def prepare(self, rng: np.random.Generator) -> Visitor:
        """Make the function that places an order and follows it up."""
        chance = Uniform(0.0, 1.0).draws(rng)
        cancel_after = self.cancel_after_s.draws(rng)
        look_after = self.look_after_s.draws(rng)

        async def visit(number: int, shop: Shop) -> None:
            comes_back, cancels, looks = chance() < self.pays_later, chance() < self.cancels, chance() < self.looks
            cancel_after_s, look_after_s = cancel_after(), look_after()
            receipt = await shop.ask("place", self._order(number), self.timeout_s, order_outcome)
            if receipt is None:
                return
            async with asyncio.TaskGroup() as plans:
                if comes_back and _is_put_off(receipt):
                    plans.create_task(self._pay_later(receipt, shop))
                if cancels:
                    plans.create_task(self._cancel(number, cancel_after_s, shop))
                if looks:
                    plans.create_task(self._look(number, look_after_s, shop))

        return visit

    def _order(self, number: int) -> PlaceOrder:
        return PlaceOrder(
            order_id=number,
            customer_id=number,
            customer_name="HanYongSun",
            item_id=1 + number % 100,
            item_name="ITbook",
            qty=1 + number % 3,
            item_price=self.price_won,
            delivery_address="kyungkido",
            delivery_phone_number="01012341234",
        )

    async def _pay_later(self, receipt: OrderReceipt, shop: Shop) -> None:
        for _ in range(self.patience):
            await asyncio.sleep(receipt.retry_after_s or 0.0)
            answer = await shop.ask("pay", PayOrder(receipt.order_id), self.timeout_s, order_outcome)
            if answer is not None:
                if not _is_put_off(answer):
                    return
                receipt = answer

    async def _cancel(self, number: int, after_s: float, shop: Shop) -> None:
        await asyncio.sleep(after_s)
        await shop.ask("cancel", CancelOrder(number), self.timeout_s)

    async def _look(self, number: int, after_s: float, shop: Shop) -> None:
        await asyncio.sleep(after_s)
        await shop.look("mypage", number, self.timeout_s)


@attrs.frozen(kw_only=True)
class Enquiries:
    """Shopkeepers who ask ordermanagement for orders that nobody has placed, and are refused.

    It is the least that makes the store's side answer, and it changes nothing: good for finding out whether it answers.

    Attributes:
        timeout_s: how long they wait for an answer, in seconds.
    """

    timeout_s: float = attrs.field(default=10.0, validator=a_duration_s)

    def prepare(self, rng: np.random.Generator) -> Visitor:  # noqa: ARG002
        """Make the function that asks once."""

        async def visit(number: int, shop: Shop) -> None:
            await shop.ask("enquire", TakeOrder(_NOBODYS + number), self.timeout_s)

        return visit


_NOBODYS = 10**12
"""Beyond the ids that orders get."""


@attrs.frozen
class Share:
    """One part of those who come.

    Args:
        part: how large it is; parts are in proportion to one another.
        customers: what they do.
    """

    part: float = attrs.field(validator=a_factor)
    customers: Behaviour = attrs.field(validator=has("prepare", "a behaviour such as Customers(cancels=0.1)"))


def _as_shares(given: Any) -> Any:
    if isinstance(given, str) or not isinstance(given, Sequence):
        return given
    return tuple(Share(*share) if isinstance(share, tuple | list) and len(share) == 2 else share for share in given)


@attrs.frozen
class Mix:
    """Visitors of several kinds, such as many who buy and a few who mostly look and cancel.

    Args:
        shares: the kinds, as `Share` or as pairs of a part and a behaviour.
    """

    shares: tuple[Share, ...] = attrs.field(converter=_as_shares)

    @shares.validator
    def _are_shares(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple) or not value or not all(isinstance(share, Share) for share in value):
            allowed = "a list of pairs (part, behaviour), such as [(0.9, Customers()), (0.1, Customers(cancels=1))]"
            raise InvalidField("Mix", attribute.name, value, allowed)

    def prepare(self, rng: np.random.Generator) -> Visitor:
        """Make the function that chooses a kind for each visitor, and does what that kind does."""
        chances, *own = rng.spawn(1 + len(self.shares))
        chance = Uniform(0.0, sum(share.part for share in self.shares)).draws(chances)
        kinds = [share.customers.prepare(stream) for share, stream in zip(self.shares, own, strict=True)]
        bounds = list(accumulate(share.part for share in self.shares))[:-1]

        async def visit(number: int, shop: Shop) -> None:
            await kinds[bisect(bounds, chance())](number, shop)

        return visit


def order_outcome(receipt: OrderReceipt) -> str:
    """Name what became of an order, as the table of requests has it."""
    if receipt.complete:
        return "placed"
    if receipt.order_status is OrderStatus.AWAITING_PAYMENT:
        return "deferred"
    return "declined" if receipt.order_status is OrderStatus.DECLINED else "refused"


def _is_put_off(receipt: OrderReceipt) -> bool:
    return receipt.order_status is OrderStatus.AWAITING_PAYMENT and receipt.retry_after_s is not None
