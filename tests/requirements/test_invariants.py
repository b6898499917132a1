"""Each invariant holds for a bookstore that works, and names the order where one does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from bookdelivery.contexts.delivery.messages import DeliveryStatus
from bookdelivery.contexts.order.messages import OrderStatus
from bookdelivery.contexts.payment.messages import PaymentStatus
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter
from bookdelivery.requirements import invariants
from bookdelivery.requirements.evidence import Account, Answer, Evidence, Missed
from bookdelivery.requirements.functional.case import STAGES
from bookdelivery.requirements.invariants import INVARIANTS, Invariant, check
from tests.requirements.shops import evidence_of

PLACED, DELIVERED, CANCELED = 1, 2, 3


@pytest.fixture(scope="module")
def good() -> Evidence:
    return evidence_of("placed", "delivered", "declined")


def without(evidence: Evidence, order_id: int, kind: str) -> Evidence:
    """Forget that an event was ever committed."""
    logs = {
        name: [event for event in log if (event.key, event.type) != (order_id, kind)]
        for name, log in evidence.logs.items()
    }
    return attrs.evolve(evidence, logs=logs)


def stated_again(evidence: Evidence, order_id: int, kind: str, source: str) -> Evidence:
    """State an event once more."""
    again = next(event for event in evidence.logs[source] if (event.key, event.type) == (order_id, kind))
    return attrs.evolve(evidence, logs={**evidence.logs, source: [*evidence.logs[source], again]})


def stored(evidence: Evidence, kind: str, order_id: int, **changes: Any) -> Evidence:
    """Keep something else about an order."""
    shelf: Mapping[int, Any] = evidence.records[kind]
    changed = {**shelf, order_id: attrs.evolve(shelf[order_id], **changes)}
    return attrs.evolve(evidence, records={**evidence.records, kind: changed})


def booked(evidence: Evidence, order_id: int, **changes: tuple[int, ...]) -> Evidence:
    """Have other books at the provider."""
    account = attrs.evolve(evidence.accounts.get(order_id, Account()), **changes)
    return attrs.evolve(evidence, accounts={**evidence.accounts, order_id: account})


def first_event(evidence: Evidence) -> Envelope:
    return evidence.logs["payment"][0]


def told_too_early(evidence: Evidence) -> Evidence:
    early = Answer(order_id=PLACED, complete=True, at=0.0)
    return attrs.evolve(evidence, answers=[*evidence.answers, early])


def missed(evidence: Evidence) -> Evidence:
    return attrs.evolve(evidence, missed=[Missed(consumer="mypage.mypage", envelope=first_event(evidence))])


def given_up(evidence: Evidence) -> Evidence:
    letter = DeadLetter("order.show it taken", "id", first_event(evidence), b"", "ValueError: no", 0.0, 5)
    return attrs.evolve(evidence, dead_letters=[letter])


BREAKS: list[tuple[Invariant, int | None, Callable[[Evidence], Evidence]]] = [
    (invariants.nothing_leaves_the_store_unpaid, DELIVERED, lambda e: without(e, DELIVERED, "PayApproved")),
    (invariants.nothing_leaves_the_store_unpaid, DELIVERED, lambda e: booked(e, DELIVERED, charges=())),
    (invariants.no_order_is_complete_before_its_payment, PLACED, lambda e: without(e, PLACED, "PayApproved")),
    (invariants.no_order_is_complete_before_its_payment, PLACED, lambda e: booked(e, PLACED, charges=())),
    (invariants.no_order_is_complete_before_its_payment, PLACED, told_too_early),
    (invariants.money_agrees_with_the_end, PLACED, lambda e: booked(e, PLACED, refunds=(1,))),
    (invariants.money_agrees_with_the_end, PLACED, lambda e: stored(e, "Order", PLACED, status=OrderStatus.CANCELED)),
    (invariants.money_agrees_with_the_end, 99, lambda e: booked(e, 99, charges=(1,))),
    (invariants.money_moves_at_most_once, PLACED, lambda e: booked(e, PLACED, charges=(5, 5), refunds=(5,))),
    (invariants.every_effect_happens_once, PLACED, lambda e: stated_again(e, PLACED, "PayApproved", "payment")),
    (invariants.every_event_reaches_every_subscriber, PLACED, missed),
    (
        invariants.only_what_may_follow_follows,
        DELIVERED,
        lambda e: stated_again(e, DELIVERED, "OrderTaken", "ordermanagement"),
    ),
    (invariants.only_what_may_follow_follows, DELIVERED, lambda e: without(e, DELIVERED, "DeliveryStarted")),
    (
        invariants.delivered_and_canceled_exclude_each_other,
        DELIVERED,
        lambda e: stored(e, "Order", DELIVERED, status=OrderStatus.CANCELED),
    ),
    (
        invariants.delivered_and_canceled_exclude_each_other,
        DELIVERED,
        lambda e: stored(e, "Delivery", DELIVERED, status=DeliveryStatus.CANCELED),
    ),
    (
        invariants.nobody_works_on_what_was_called_off,
        PLACED,
        lambda e: stored(e, "Order", PLACED, status=OrderStatus.CANCELED),
    ),
    (
        invariants.every_order_ends_or_waits_for_a_person,
        PLACED,
        lambda e: stored(e, "Order", PLACED, status=OrderStatus.CANCELING),
    ),
    (
        invariants.every_order_ends_or_waits_for_a_person,
        PLACED,
        lambda e: attrs.evolve(e, records={**e.records, "Ordermgmt": {}}),
    ),
    (
        invariants.no_payment_stays_unknown,
        PLACED,
        lambda e: stored(e, "Payment", PLACED, status=PaymentStatus.REFUNDING),
    ),
    (invariants.outboxes_drain, None, lambda e: attrs.evolve(e, unsent={"order": 3})),
    (invariants.nothing_is_dead_lettered, PLACED, given_up),
    (invariants.mypage_is_the_fold_of_the_events, PLACED, lambda e: stored(e, "MyPageRow", PLACED, payment_id=77)),
    (
        invariants.mypage_agrees_with_the_order,
        DELIVERED,
        lambda e: stored(e, "MyPageRow", DELIVERED, order_status=OrderStatus.SHIPPING),
    ),
]


def test_a_bookstore_that_works_breaks_no_invariant() -> None:
    assert check(evidence_of(*STAGES)) == []


@pytest.mark.parametrize(("invariant", "order_id", "broken"), BREAKS)
def test_an_invariant_names_the_order_that_breaks_it(
    good: Evidence, invariant: Invariant, order_id: int | None, broken: Callable[[Evidence], Evidence]
) -> None:
    found = check(broken(good), (invariant,), run="run 1")
    assert {one.invariant for one in found} == {invariant.__name__}
    assert {one.order_id for one in found} == {order_id}
    assert found[0].run == "run 1"


def test_every_invariant_has_something_that_breaks_it() -> None:
    assert {invariant for invariant, _, _ in BREAKS} == set(INVARIANTS)


def test_a_packed_order_without_a_parcel_waits_for_nobody(good: Evidence) -> None:
    packed = stored(good, "Order", DELIVERED, status=OrderStatus.PACKED)
    found = check(packed, (invariants.every_order_ends_or_waits_for_a_person,))
    assert [one.why for one in found] == ["the order stays packed (store: packed, parcel: completed)"]


def test_an_order_that_can_still_be_paid_waits_for_the_customer_until_its_time_is_over(good: Evidence) -> None:
    invariant = (invariants.every_order_ends_or_waits_for_a_person,)
    assert not check(good, invariant)
    assert check(attrs.evolve(good, now=good.now + 3600.0), invariant)[0].order_id == CANCELED


def test_a_counterexample_carries_what_happened_to_its_order(good: Evidence) -> None:
    found = check(booked(good, PLACED, refunds=(1,)), (invariants.money_agrees_with_the_end,))[0]
    assert found.trail[:2] == ("+0.000 s order: OrderPlaced", "+0.000 s payment: PayApproved")
    assert "in the end Order is placed" in found.trail
    assert found.trail[-1].endswith("and refunded [1] won")


def test_of_many_orders_that_break_an_invariant_a_few_are_named(good: Evidence) -> None:
    for order_id in range(100, 150):
        good = booked(good, order_id, charges=(1, 1))
    assert len(check(good, (invariants.money_moves_at_most_once,))) == 3
