"""Evidence is gathered through the ports, from whatever system has them."""

from __future__ import annotations

from bookdelivery.requirements.application_shop import ApplicationShop
from bookdelivery.requirements.evidence import Account, Evidence
from bookdelivery.requirements.functional import Scene
from tests.requirements.shops import evidence_of, on_a_shop


def test_it_holds_every_contexts_log_and_records() -> None:
    evidence = evidence_of("delivered")
    assert [event.type for event in evidence.logs["delivery"]] == ["DeliveryStarted", "DeliveryCompleted"]
    assert str(evidence.of("Order")[1].status) == "delivered"
    assert evidence.of("Nothing") == {}


def test_it_holds_the_providers_books_and_what_customers_were_told() -> None:
    evidence = evidence_of("placed", "declined")
    price = int(evidence.of("Order")[1].price)
    assert evidence.accounts == {1: Account(charges=(price,))}
    assert [(answer.order_id, answer.complete) for answer in evidence.answers] == [(1, True), (2, False)]


def test_the_events_of_an_order_are_told_by_time() -> None:
    events = [event.type for event in evidence_of("shipping").events[1]]
    assert set(events[:2]) == {"OrderPlaced", "PayApproved"}
    assert events[-1] == "DeliveryStarted"


def test_an_event_that_a_subscriber_has_not_handled_is_missed() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> Evidence:
        shop.hold_back("payment")
        await scene.place()
        return await shop.evidence()

    evidence = on_a_shop(act)
    assert {one.consumer for one in evidence.missed if one.envelope.type == "PayApproved"} == {
        "mypage.mypage",
        "order.complete the order",
        "ordermanagement.take the order's info",
    }
    assert evidence.unsent["payment"] == 1


def test_nothing_is_missed_once_all_is_settled() -> None:
    evidence = evidence_of("shipping")
    assert not evidence.missed
    assert not any(evidence.unsent.values())


def test_long_logs_and_shelves_are_read_to_their_end() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> Evidence:
        for _ in range(1_001):
            await scene.place()
        await shop.settle()
        return await shop.evidence()

    evidence = on_a_shop(act)
    assert len(evidence.of("Order")) == len(evidence.logs["order"]) == 1_001
    assert not evidence.missed


def test_views_are_folded_anew() -> None:
    evidence = evidence_of("shipping", "declined")
    assert evidence.refolded["MyPageRow"] == evidence.of("MyPageRow")
    assert set(evidence.refolded["MyPageRow"]) == {1, 2}


def test_a_balance_is_what_was_paid_and_not_given_back() -> None:
    assert Account(charges=(700,), refunds=(200,)).balance == 500
