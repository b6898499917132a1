"""What is left of a drill is judged as it stood when the services had nothing left to do."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider, Mood
from bookdelivery.contexts.order.aggregate import Order
from bookdelivery.requirements.invariants import every_order_ends_or_waits_for_a_person
from bookdelivery.services.drill.entrance import Entrance
from bookdelivery.services.drill.judging import come_to_rest, remains
from tests.application.examples import place


def test_an_order_whose_time_to_pay_ends_after_the_services_did_is_no_failure_of_theirs(tmp_path: Path) -> None:
    async def token(customer_id: int | None) -> str:
        raise AssertionError(f"customer {customer_id} asks for something")

    async def body() -> None:
        provider = EmbeddedPaymentProvider()
        provider.mood = Mood.DECLINES
        async with Bookstore.open(provider=provider) as shop:
            order_id = (await shop.send(place())).order_id
            await shop.settle()
            record = await shop.services["order"].store.get("Order", order_id)
            assert record is not None
            assert isinstance(record.state, Order)
            assert record.state.pay_until is not None
            over = record.state.pay_until + 1.0
            rested_at = await come_to_rest(shop, patience_s=60.0)
            assert rested_at is not None
            assert rested_at <= time.time()
            entrance = Entrance("127.0.0.1:9", 0.0, token)
            for judged_at, stay in ((rested_at, []), (over, [order_id])):
                left = await remains(shop, tmp_path / "books.db", entrance, {}, rested_at=judged_at)
                assert left.is_at_rest
                assert [found for found, _ in every_order_ends_or_waits_for_a_person(left.evidence)] == stay
            await entrance.close()

    asyncio.run(body())
