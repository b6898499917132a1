"""The declaration of coupon (쿠폰)."""

from __future__ import annotations

from bookdelivery.contexts.actors import SHOPKEEPER
from bookdelivery.contexts.ordermanagement.messages import OrderTaken, TakeOrder
from bookdelivery.contexts.payment.messages import PayApproved, PayCanceled
from bookdelivery.kernel.context import Call, Context, Decides, Performs, Policy, Subdomain, View
from examples.coupon.aggregate import Coupon, cancel, issue
from examples.coupon.handlers import take_order_with_coupon
from examples.coupon.messages import (
    CancelCoupon,
    CouponCanceled,
    CouponIssued,
    IssueCoupon,
    TakeOrderWithCoupon,
)
from examples.coupon.view import MyCouponRow, show_canceled, show_issued


def issue_promised(event: OrderTaken) -> IssueCoupon:
    """Issue the coupon that was promised for an order which is now taken."""
    return IssueCoupon(order_id=event.order_id, customer_id=event.purchase.customer_id)


def cancel_refunded(event: PayCanceled) -> CancelCoupon:
    """Take the coupon back of an order whose money was given back."""
    return CancelCoupon(event.order_id)


def take_on_with_coupon(event: PayApproved) -> TakeOrderWithCoupon:
    """Take a paid order on, with a coupon."""
    return TakeOrderWithCoupon(order_id=event.order_id)


LANGUAGE = {
    "TakeOrderWithCoupon": "쿠폰과 함께 주문 접수",
    "IssueCoupon": "쿠폰 발행",
    "CancelCoupon": "쿠폰 취소",
    "CouponIssued": "쿠폰 발행됨",
    "CouponCanceled": "쿠폰 취소됨",
    "Coupon": "쿠폰",
    "mycoupon": "마이쿠폰",
    "issue what was promised": "약속한 쿠폰을 발행한다",
    "cancel it when refunded": "환불되면 쿠폰을 취소한다",
    "take paid orders on with a coupon": "결제된 주문을 쿠폰과 함께 접수한다",
    "couponId": "쿠폰 번호",
    "customerId": "고객 번호",
    "percent": "할인율",
    "couponStatus": "쿠폰 상태",
    "promised": "약속됨",
    "issued": "발행됨",
    "withdrawn": "회수됨",
    "coupon team": "쿠폰팀",
    "daily": "매일",
    "the coupon stays promised, and is issued when the order is taken after all": (
        "쿠폰은 약속된 채로 남고, 주문이 접수되면 발행된다"
    ),
    "CouponLookedAt": "쿠폰 조회됨",
    "why not CouponLookedAt": "업무상의 사실이 아니며, 반응할 사람이 없다",
    "about IssueCoupon": "고객이 쿠폰을 얼마나 오래 쓸 수 있는가?",
}

COUPON = Context(
    name="coupon",
    korean="쿠폰",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=0.9,
    cadence="daily",
    team="coupon",
    store="documents in files",
    aggregates=(Coupon,),
    handlers=(
        Performs(
            command=TakeOrderWithCoupon,
            on=Coupon,
            by=take_order_with_coupon,
            calls=(TakeOrder,),
            creates=True,
            actor=SHOPKEEPER,
            undone_by=CancelCoupon,
        ),
        Decides(command=IssueCoupon, on=Coupon, by=issue, emits=(CouponIssued,), creates=True, undone_by=CancelCoupon),
        Decides(command=CancelCoupon, on=Coupon, by=cancel, emits=(CouponCanceled,), creates=True),
    ),
    events=(CouponIssued, CouponCanceled),
    policies=(
        Policy(name="issue what was promised", on=OrderTaken, issues=IssueCoupon, by=issue_promised),
        Policy(name="cancel it when refunded", on=PayCanceled, issues=CancelCoupon, by=cancel_refunded),
    ),
    views=(
        View(
            name="mycoupon",
            row=MyCouponRow,
            projects={CouponIssued: show_issued, CouponCanceled: show_canceled},
        ),
    ),
    calls=(
        Call(
            command=TakeOrder,
            timeout_s=1.0,
            fallback="the coupon stays promised, and is issued when the order is taken after all",
        ),
    ),
    chores=(
        Policy(
            name="take paid orders on with a coupon",
            on=PayApproved,
            issues=TakeOrderWithCoupon,
            by=take_on_with_coupon,
        ),
    ),
    rejected_events={"CouponLookedAt": "no fact of the business: nobody would ever react to it"},
    open_questions={"IssueCoupon": "For how long may the customer use a coupon?"},
    language=LANGUAGE,
)
