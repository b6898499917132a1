"""A context of one's own beside the bookstore's, and what breaks around it: the fixture `simulated`."""

import asyncio

import pytest

from bookdelivery import CancelOrder, PlaceOrder, System, TakeOrder, Unavailable
from bookdelivery.simulation import Duplication, Outage, Poisson, Scenario, StoreDown, simulate
from bookdelivery.testing import RunningSystem, assert_verdicts
from examples.coupon.composition import BOOKSTORE_WITH_COUPONS
from examples.coupon.messages import CouponStatus, TakeOrderWithCoupon

BOOK = PlaceOrder(
    order_id=7,
    customer_id=1,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=25_000,
    delivery_address="kyungkido sungnamsi",
    delivery_phone_number="01012341234",
)


@pytest.fixture
def system_under_test() -> System:
    return BOOKSTORE_WITH_COUPONS


async def test_a_coupon_is_promised_while_the_store_is_down_and_issued_when_it_is_back(
    simulated: RunningSystem,
) -> None:
    await simulated.send(BOOK)
    with simulated.suffering(Outage("ordermanagement"), Duplication(probability=0.5)):
        await simulated.send(TakeOrderWithCoupon(order_id=7, percent=10))
        assert (await simulated.state("coupon", "Coupon", 7)).status is CouponStatus.PROMISED
        await asyncio.sleep(600)
    await simulated.settle()
    await simulated.send(TakeOrder(7))
    await simulated.settle()
    assert (await simulated.state("coupon", "Coupon", 7)).status is CouponStatus.ISSUED
    simulated.expects(N1="met", N4="met")


async def test_an_order_cannot_be_taken_while_the_store_of_the_store_is_down(simulated: RunningSystem) -> None:
    await simulated.send(BOOK)
    await simulated.settle()
    with simulated.suffering(StoreDown("ordermanagement")), pytest.raises(Unavailable):
        await simulated.send(TakeOrder(7))
    await simulated.send(TakeOrder(7))


@pytest.mark.parametrize("step", [1, 3, 5])
async def test_payment_dies_in_the_middle_of_a_refund_and_it_comes_once(simulated: RunningSystem, step: int) -> None:
    await simulated.send(BOOK)
    await simulated.settle()
    simulated.crash_at_step("payment", step)
    await simulated.send(CancelOrder(7))
    await asyncio.sleep(60)
    assert [entry.kind for entry in simulated.ledger] == ["charged", "refunded"]
    simulated.expects(N1="met")


def test_a_crowd_comes_while_the_coupons_are_away() -> None:
    scenario = Scenario(load=Poisson(per_second=2), lasts=60, faults=[Outage("coupon", at=10, lasts=30)], seed=3)
    assert_verdicts(simulate(scenario, BOOKSTORE_WITH_COUPONS), N1="met", N2="met")
