"""What a context offers over HTTP follows from its declaration."""

from typing import Any

import attrs
import pytest

from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.contexts.mypage.context import MYPAGE
from bookdelivery.contexts.order.context import ORDER
from bookdelivery.contexts.order.messages import CancelOrder, PayOrder, PlaceOrder
from bookdelivery.contexts.ordermanagement.context import ORDERMANAGEMENT
from bookdelivery.contexts.ordermanagement.messages import (
    CancelOrderTaking,
    PackOrder,
    RejectOrder,
    TakeOrder,
    TakeOrderInfo,
)
from bookdelivery.kernel.resources import collection_of, endpoints, represent, verb_of
from examples.coupon.context import COUPON
from examples.coupon.messages import TakeOrderWithCoupon


def test_what_opens_a_case_is_posted_to_its_collection_and_the_rest_are_actions() -> None:
    (orders,) = endpoints(ORDER)
    assert (orders.collection, orders.member, orders.status) == ("orders", "orderId", "orderStatus")
    assert orders.posts == (PlaceOrder,)
    assert orders.actions == {"pay": PayOrder, "cancel": CancelOrder}


def test_a_context_may_say_what_a_post_does_and_offer_more() -> None:
    (ordermgmts,) = endpoints(ORDERMANAGEMENT)
    assert (ordermgmts.collection, ordermgmts.member) == ("ordermgmts", "orderMgmtId")
    assert ordermgmts.posts == (TakeOrderInfo, TakeOrder, PackOrder)
    assert ordermgmts.actions == {
        "take": TakeOrder,
        "pack": PackOrder,
        "reject": RejectOrder,
        "cancel": CancelOrderTaking,
    }


def test_what_people_cannot_open_is_only_read() -> None:
    (deliveries,) = endpoints(DELIVERY)
    (pages,) = endpoints(MYPAGE)
    assert deliveries.posts == pages.posts == ()
    assert (pages.collection, pages.member, pages.actions) == ("myPages", "orderId", {})


def test_a_context_of_ones_own_needs_no_words_about_it() -> None:
    coupons, mine = endpoints(COUPON)
    assert (coupons.collection, coupons.member, coupons.status) == ("coupons", "couponId", "couponStatus")
    assert coupons.posts == (TakeOrderWithCoupon,)
    assert mine.collection == "myCoupons"


def test_two_commands_with_one_verb_are_told_apart_by_their_whole_names() -> None:
    opening = [handler for handler in COUPON.handlers if handler.command is TakeOrderWithCoupon]
    others = [attrs.evolve(handler, creates=False, actor=opening[0].actor) for handler in COUPON.handlers]
    twice = attrs.evolve(COUPON, handlers=(*others, *others[1:2]))
    assert set(endpoints(twice)[0].actions) == {"take", "issueCoupon", "cancel"}


@pytest.mark.parametrize(
    ("name", "plural"), [("Delivery", "deliveries"), ("MyPageRow", "myPages"), ("Essay", "essays"), ("Order", "orders")]
)
def test_a_collection_has_the_plural_of_what_is_in_it(name: str, plural: str) -> None:
    kind: Any = type(name, (), {})
    assert collection_of(kind) == plural


def test_the_verb_is_the_first_word_of_a_command() -> None:
    assert [verb_of(name) for name in ("PackOrder", "Pay", "CancelOrderTaking")] == ["pack", "pay", "cancel"]


def test_what_is_not_known_yet_is_left_out_and_what_is_kept_together_lies_flat() -> None:
    shown: Any = {"properties": {"orderId": {}, "orderStatus": {}, "qty": {}, "paymentId": {}}}
    kept = {"orderId": 1, "status": "placed", "purchase": {"qty": 2, "secret": 1}, "paymentId": None, "seen": 3}
    assert represent(kept, shown, status="orderStatus") == {"orderId": 1, "orderStatus": "placed", "qty": 2}
