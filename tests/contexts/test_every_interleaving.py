"""Whatever happens to an order in whatever order: money and parcels agree."""

import attrs
import pytest

from bookdelivery.contexts.delivery.messages import DeliveryStatus
from bookdelivery.contexts.mypage.view import BIT, FACTS, status_of
from bookdelivery.contexts.order.aggregate import Order, complete
from bookdelivery.contexts.order.messages import OrderStatus
from bookdelivery.contexts.ordermanagement.messages import OrdermgmtStatus
from bookdelivery.contexts.payment.aggregate import Payment, approve
from bookdelivery.contexts.payment.messages import PaymentStatus
from tests.contexts.interleavings import BEGIN_S, Moment, explore
from tests.contexts.samples import PRICE, PURCHASE

S = OrderStatus
AWAITING = Moment(
    order=Order(order_id=1, purchase=PURCHASE, pay_until=BEGIN_S + 1800.0),
    payment=Payment(order_id=1, payment_id=11, amount=PRICE, purchase=PURCHASE, settle_at=BEGIN_S),
)


def paid() -> Moment:
    """Make an order that was paid when it was placed, the usual case."""
    assert AWAITING.payment is not None
    charged = attrs.evolve(AWAITING, charged=PRICE.amount).with_decision("payment", approve(AWAITING.payment))
    return charged.with_decision("order", complete(charged.order, 11))


def look(moment: Moment, quiet: bool) -> None:
    """See that money and parcels agree, at this moment and, once all is quiet, for good."""
    kept = moment.charged - moment.refunded
    assert kept in {0, PRICE.amount}
    worked_on = moment.ordermgmt is not None and moment.ordermgmt.status in {
        OrdermgmtStatus.TAKEN,
        OrdermgmtStatus.PACKED,
    }
    delivered = moment.delivery is not None and moment.delivery.status is DeliveryStatus.COMPLETED
    if worked_on or delivered or "OrderPlaced" in moment.facts:
        assert moment.charged, "nothing is done for an order that was not paid"
    if delivered:
        assert kept == PRICE.amount, "what is delivered is paid"
    if moment.order.status is S.CANCELED:
        assert not kept, "what is canceled is refunded"
    assert not {"DeliveryCompleted", "DeliveryCanceled"} <= moment.facts
    if quiet:
        look_at_the_end(moment, kept, delivered)


def look_at_the_end(moment: Moment, kept: int, delivered: bool) -> None:
    """See that everybody has come to the same end."""
    status = moment.order.status
    assert status is not S.CANCELING, "every cancel comes to its end"
    assert (status is S.DELIVERED) is delivered
    standing = {S.PLACED, S.TAKEN, S.PACKED, S.SHIPPING, S.DELIVERED}
    assert (kept == PRICE.amount) is (status in standing), "money is kept for what stands, and for nothing else"
    assert moment.payment is None or moment.payment.status in {
        PaymentStatus.APPROVED,
        PaymentStatus.DECLINED,
        PaymentStatus.CANCELED,
    }
    seen = sum(BIT[fact] for fact in FACTS if fact.__name__ in moment.facts)
    shown = status_of(seen)
    assert shown is status or (shown, status) in {(None, S.AWAITING_PAYMENT), (S.DECLINED, S.AWAITING_PAYMENT)}


ALL_BUT_EXPIRY = frozenset({"take", "pack", "reject", "deliver", "cancel", "call off"})
BY_THE_CUSTOMER, BY_THE_STORE = ALL_BUT_EXPIRY - {"call off"}, ALL_BUT_EXPIRY - {"cancel"}
either_cancel = pytest.mark.parametrize(
    "people",
    [BY_THE_CUSTOMER, BY_THE_STORE, pytest.param(ALL_BUT_EXPIRY, marks=pytest.mark.slow)],
    ids=["by the customer", "by the store", "by both"],
)


def test_a_cancel_that_races_with_take_pack_ship_and_deliver_wins_or_is_refused_and_money_and_parcels_agree() -> None:
    assert explore(attrs.evolve(paid(), to_do=ALL_BUT_EXPIRY), look) > 500


@either_cancel
@pytest.mark.parametrize("charged", [PRICE.amount, 0], ids=["charged", "not charged yet"])
def test_with_the_payments_answer_lost_every_cancel_and_expiry_still_agrees_with_the_money(
    charged: int, people: frozenset[str]
) -> None:
    begin = attrs.evolve(AWAITING, charged=charged, doubt=True, to_do=people | {"expire"})
    assert explore(begin, look) > 1000


@either_cancel
def test_a_message_that_comes_a_second_time_at_any_moment_changes_nothing(people: frozenset[str]) -> None:
    assert explore(attrs.evolve(paid(), repeats=1, to_do=people), look) > 1000
