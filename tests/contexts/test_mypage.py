"""MyPage: the same facts give the same row, whatever the order they come in and however often."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.contexts.delivery.messages import DeliveryCanceled, DeliveryCompleted, DeliveryStarted
from bookdelivery.contexts.mypage.view import FACTS, MyPageRow, fold
from bookdelivery.contexts.order.messages import (
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderStatus,
    PaymentDeferred,
)
from bookdelivery.contexts.ordermanagement.messages import CancelOrderTaken, OrderPacked, OrderRejected, OrderTaken
from bookdelivery.contexts.payment.messages import PayApproved, PayCanceled, PayDeclined
from bookdelivery.kernel.messages import Envelope, Event
from tests.contexts.samples import EVENTS, PRICE, PURCHASE, example

S = OrderStatus
BEGIN_S = 1_800_000_000.0


def envelope(event: Event, number: int = 0) -> Envelope:
    """Make the envelope of the fact that was stated as this number."""
    return Envelope(f"message {number:03}", type(event).__name__, "somewhere", BEGIN_S + number, "c", None, 1, event)


def folded(envelopes: Iterable[Envelope]) -> MyPageRow:
    row: MyPageRow | None = reduce(lambda row, given: fold(row, given.message, given), envelopes, None)
    assert row is not None
    return row


def facts(*kinds: type[Event]) -> list[Envelope]:
    return [envelope(example(kind), number) for number, kind in enumerate(kinds)]


SOME_FACTS = st.lists(
    st.tuples(st.sampled_from(FACTS), st.sampled_from(["no cover", "card lost", "no stock"])),
    min_size=1,
    max_size=9,
).map(
    lambda chosen: [
        envelope(example(kind, reason=reason) if kind in (PayDeclined, OrderRejected) else example(kind), number)
        for number, (kind, reason) in enumerate(chosen)
    ]
)


@given(SOME_FACTS.flatmap(lambda known: st.tuples(st.just(known), st.permutations(known))))
def test_the_order_in_which_facts_come_does_not_matter(case: tuple[list[Envelope], list[Envelope]]) -> None:
    stated, come = case
    assert folded(come) == folded(stated)


@given(SOME_FACTS, st.data())
def test_a_fact_that_comes_again_at_any_time_changes_nothing(known: list[Envelope], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(known), max_size=5))
    assert folded([*known, *again]) == folded(known)


def test_mypage_listens_to_every_event_of_the_bookstore() -> None:
    assert set(FACTS) == set(EVENTS)


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ((PaymentDeferred,), S.AWAITING_PAYMENT),
        ((PayDeclined,), S.DECLINED),
        ((PayApproved, OrderPlaced), S.PLACED),
        ((PayApproved, OrderPlaced, OrderTaken), S.TAKEN),
        ((PayApproved, OrderPlaced, OrderTaken, OrderPacked), S.PACKED),
        ((OrderPlaced, OrderPacked, DeliveryStarted), S.SHIPPING),
        ((OrderPlaced, DeliveryStarted, DeliveryCompleted), S.DELIVERED),
        ((OrderPlaced, OrderRejected), S.REJECTED),
        ((OrderPlaced, OrderRejected, PayCanceled), S.REJECTED),
        ((OrderPlaced, OrderCanceled), S.CANCELING),
        ((OrderPlaced, OrderCanceled, DeliveryCanceled, PayCanceled), S.CANCELED),
        ((OrderPlaced, OrderCanceled, DeliveryCompleted), S.DELIVERED),
        ((OrderPlaced, OrderPacked, CancelOrderTaken), S.CANCELING),
        ((OrderPlaced, OrderPacked, CancelOrderTaken, DeliveryCanceled, PayCanceled), S.CANCELED),
        ((PaymentDeferred, OrderExpired, CancelOrderTaken, PayCanceled), S.EXPIRED),
    ],
    ids=lambda value: "+".join(kind.__name__ for kind in value) if isinstance(value, tuple) else value.value,
)
def test_where_the_order_stands_follows_from_the_facts(known: tuple[type[Event], ...], status: OrderStatus) -> None:
    assert folded(facts(*known)).order_status is status


def test_a_row_shows_what_was_bought_and_every_contexts_id() -> None:
    row = folded(facts(OrderPlaced, OrderTaken, DeliveryStarted))
    assert (row.order_id, row.customer_id, row.purchase) == (1, 7, PURCHASE)
    assert (row.payment_id, row.order_mgmt_id, row.delivery_id) == (11, 12, 13)
    assert row.updated_at == BEGIN_S + 2


def test_a_row_belongs_to_nobody_until_a_fact_names_the_customer() -> None:
    assert folded(facts(DeliveryCompleted)).customer_id is None


def test_a_row_shows_what_was_given_back() -> None:
    assert folded(facts(OrderPlaced, OrderCanceled)).refunded is None
    assert folded(facts(OrderPlaced, OrderCanceled, PayCanceled)).refunded == PRICE.amount


def test_the_reason_shown_is_the_latest_that_was_stated() -> None:
    declined = envelope(example(PayDeclined, reason="no cover"), 1)
    rejected = envelope(example(OrderRejected, reason="out of stock"), 2)
    assert folded([declined, rejected]).reason == "out of stock"
    assert folded([rejected, declined]).reason == "out of stock"


def test_a_fold_leaves_the_row_it_was_given_alone() -> None:
    row = folded(facts(OrderPlaced))
    before: Any = attrs.asdict(row)
    fold(row, example(OrderTaken), envelope(example(OrderTaken), 5))
    assert attrs.asdict(row) == before
