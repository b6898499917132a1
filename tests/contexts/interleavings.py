"""Explores everything that can happen to one order: each message in any order, each person at any moment.

It runs the bookstore's own declarations (policies and decisions), without an engine: every message that is on its way
may be handled next, which is more disorder than any broker gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.delivery.aggregate import Delivery
from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.aggregate import Order, OrderTerms
from bookdelivery.contexts.order.messages import CancelOrder, ExpireOrder
from bookdelivery.contexts.ordermanagement.aggregate import Ordermgmt
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaking, PackOrder, RejectOrder, TakeOrder
from bookdelivery.contexts.payment.aggregate import Payment, PaymentTerms, approve, decline, refunded
from bookdelivery.contexts.payment.messages import PaymentStatus
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given
from bookdelivery.kernel.context import Decides, Policy
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.messages import Command, Event
from bookdelivery.kernel.values import Won
from tests.contexts.samples import PRICE

BEGIN_S = 1_800_000_000.0
LATE_S = BEGIN_S + 10_000.0
TERMS: dict[type[Aggregate], Any] = {Order: OrderTerms(), Payment: PaymentTerms()}
IDS: dict[type[Aggregate], int] = {Payment: 11, Ordermgmt: 12, Delivery: 13}

HANDLERS: dict[type[Command[Any]], Decides] = {
    handler.command: handler for context in BOOKSTORE for handler in context.handlers if isinstance(handler, Decides)
}
POLICIES: dict[type[Event], list[Policy]] = {}
for _context in BOOKSTORE:
    for _policy in _context.policies:
        POLICIES.setdefault(_policy.on, []).append(_policy)

PEOPLE: dict[str, Command[Any]] = {
    "take": TakeOrder(1),
    "pack": PackOrder(1),
    "reject": RejectOrder(1),
    "deliver": CompleteDelivery(1),
    "cancel": CancelOrder(1),
    "call off": CancelOrderTaking(1),
    "expire": ExpireOrder(1),
}

Message = tuple[str, Event]
"""The policy that is yet to hear of it, and the event."""


@attrs.frozen
class Moment:
    """Everything there is about one order at one moment.

    Attributes:
        order, payment, ordermgmt, delivery: the aggregates.
        on_the_way: messages not handled yet.
        again: messages that were handled and will come a second time.
        repeats: how many messages may still turn out to come a second time.
        facts: the names of all events published so far.
        charged, refunded: won that the provider booked.
        to_do: what people may still do, each at most once.
        doubt: whether the provider's answer to the charge is outstanding.
    """

    order: Order
    payment: Payment | None
    ordermgmt: Ordermgmt | None = None
    delivery: Delivery | None = None
    on_the_way: frozenset[Message] = frozenset()
    again: frozenset[Message] = frozenset()
    repeats: int = 0
    facts: frozenset[str] = frozenset()
    charged: int = 0
    refunded: int = 0
    to_do: frozenset[str] = frozenset()
    doubt: bool = False

    def with_decision(self, name: str, decision: Decision[Any]) -> Moment:
        """Take over what was decided; what it published is on its way."""
        fresh = {(policy.name, event) for event in decision.events for policy in POLICIES.get(type(event), ())}
        names = {type(event).__name__ for event in decision.events}
        assert not names & (self.facts - {"PayDeclined"}), f"{names} published twice"
        changes: dict[str, Any] = {name: decision.state}
        return attrs.evolve(self, on_the_way=self.on_the_way | fresh, facts=self.facts | names, **changes)

    def commanded(self, command: Command[Any]) -> Moment:
        """Decide a command.

        Raises:
            Refused: the domain says no.
        """
        handler = HANDLERS[type(command)]
        name = handler.on.__name__.lower()
        state = getattr(self, name)
        if state is None and not handler.creates:
            raise Refused(type(command).__name__, "it is not known yet")
        given = Given(LATE_S, IDS.get(handler.on, 0), TERMS.get(handler.on))
        return self.with_decision(name, handler.by(state, command, given))


BY_NAME = {policy.name: policy for policies in POLICIES.values() for policy in policies}


def next_moments(moment: Moment) -> Iterator[tuple[str, Moment]]:
    """Give everything that can happen next."""
    for message in moment.on_the_way:
        after = attrs.evolve(moment, on_the_way=moment.on_the_way - {message})
        yield _handled(after, message)
        if moment.repeats:
            yield _handled(attrs.evolve(after, again=after.again | {message}, repeats=moment.repeats - 1), message)
    for message in moment.again:
        yield _handled(attrs.evolve(moment, again=moment.again - {message}), message)
    for person in moment.to_do:
        try:
            after = moment.commanded(PEOPLE[person])
        except Refused:
            continue
        yield person, attrs.evolve(after, to_do=after.to_do - {person})
    yield from _by_the_provider(moment)


def _handled(moment: Moment, message: Message) -> tuple[str, Moment]:
    name, event = message
    command = BY_NAME[name].by(event)
    return f"{name} ({type(event).__name__})", moment if command is None else moment.commanded(command)


def _by_the_provider(moment: Moment) -> Iterator[tuple[str, Moment]]:
    payment = moment.payment
    if payment is not None and payment.status is PaymentStatus.REFUNDING:
        # The provider gives back what it has, and takes nothing for this key any more.
        back = attrs.evolve(moment, refunded=moment.charged, doubt=False)
        yield "refund", back.with_decision("payment", refunded(payment, Won(moment.charged)))
    if payment is not None and moment.doubt:
        settled = attrs.evolve(moment, doubt=False)
        if moment.charged:
            yield "charge answered", settled.with_decision("payment", approve(payment))
        else:
            yield "charge declined", settled.with_decision("payment", decline(payment, "no cover"))
            charged = attrs.evolve(settled, charged=PRICE.amount)
            yield "charged late", charged.with_decision("payment", approve(payment))


def explore(begin: Moment, look: Callable[[Moment, bool], None]) -> int:
    """Look at every moment that can be reached, told whether it is an end; say how many there are.

    Raises:
        AssertionError: what `look` found wrong, with what happened before.
    """
    came_from: dict[Moment, tuple[Moment, str] | None] = {begin: None}
    edge = [begin]
    while edge:
        moment = edge.pop()
        try:
            follow = list(next_moments(moment))
            quiet = not (moment.on_the_way or list(_by_the_provider(moment)))
            look(moment, quiet)
        except AssertionError as error:
            raise AssertionError(f"{error}\nafter: {' | '.join(_story(moment, came_from))}\nin: {moment}") from error
        for what, after in follow:
            if after not in came_from:
                came_from[after] = (moment, what)
                edge.append(after)
    return len(came_from)


def _story(moment: Moment, came_from: dict[Moment, tuple[Moment, str] | None]) -> list[str]:
    story = []
    while (step := came_from[moment]) is not None:
        moment, what = step
        story.append(what)
    return story[::-1]
