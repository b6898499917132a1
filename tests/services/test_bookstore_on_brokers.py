"""The whole bookstore with its topic on a real Kafka or Redis: every order comes to its end, every invariant holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bookdelivery import Bookstore, CompleteDelivery, OrderStatus
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.requirements.evidence import gather
from bookdelivery.requirements.invariants import check
from bookdelivery.services.designing.work import tell_observed
from tests.adapters.brokers.topics import topic_on
from tests.services.shopping import buy_a_book
from tests.survival.judging import by_order
from tests.survival.stories import PLOTS, Answer, Story, tell

pytestmark = pytest.mark.services

PATIENCE_S = 200.0


class Deaf:
    """Listens to no story."""

    def asks(self, story: Story, verb: str) -> None:
        """Hear nothing."""

    def answers(self, story: Story, verb: str, answer: Answer) -> None:
        """Hear nothing."""


@pytest.mark.parametrize("kind", ["kafka", "redis"])
def test_all_that_customers_and_shopkeepers_do_ends_well(kind: str, tmp_path: Path) -> None:
    async def body(broker_url: str) -> None:
        books = EmbeddedPaymentProvider(tmp_path / "provider")
        shop = Bookstore.open(f"sqlite:///{tmp_path}/shop.db", broker_url=broker_url, provider=books)
        async with asyncio.timeout(PATIENCE_S), shop:
            stories = [Story(token=f"{plot} {number}", plot=plot) for plot in PLOTS for number in range(3)]
            now = asyncio.get_running_loop().time
            await asyncio.gather(*(tell(shop, story, Deaf(), now) for story in stories))
            await shop.settle(PATIENCE_S)
            evidence = await gather(
                shop.composition,
                {name: service.store for name, service in shop.services.items()},
                accounts=by_order(await books.ledger.accounts()),
                answers=[],
                now=0.0,
            )
        await books.close()
        assert check(evidence) == []
        ends = Counter(row.order_status for row in evidence.of("MyPageRow").values())
        assert ends.total() == len(stories)
        assert ends[OrderStatus.DELIVERED] >= 3

    with topic_on(kind) as url:
        asyncio.run(body(url))


@pytest.mark.parametrize("kind", ["kafka", "redis"])
def test_contexts_of_two_processes_work_together(kind: str, tmp_path: Path) -> None:
    async def body(broker_url: str) -> None:
        here, there = (
            Bookstore.open(f"sqlite:///{tmp_path}/shop.db", broker_url=broker_url, provider=EmbeddedPaymentProvider())
            for _ in range(2)
        )
        async with asyncio.timeout(PATIENCE_S), here, there:
            order_id = await buy_a_book(here)
            await there.send(CompleteDelivery(order_id=order_id))
            await here.settle(PATIENCE_S)
            row = await there.mypage(order_id)
            assert row is not None
            assert row.order_status is OrderStatus.DELIVERED

    with topic_on(kind) as url:
        asyncio.run(body(url))


def test_what_was_on_kafka_is_held_against_the_design(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def body(broker_url: str) -> None:
        provider = EmbeddedPaymentProvider()
        shop = Bookstore.open(f"sqlite:///{tmp_path}/shop.db", broker_url=broker_url, provider=provider)
        async with asyncio.timeout(PATIENCE_S), shop:
            await buy_a_book(shop)
            await shop.settle(PATIENCE_S)

    with topic_on("kafka") as url:
        asyncio.run(body(url))
        assert tell_observed("", url, "table", None, "en", "auto") == 0
    told = capsys.readouterr().out
    assert "never seen command:CancelOrder emits event:OrderCanceled" in told
    assert "never seen command:Pay emits event:PayApproved" not in told
    assert told.splitlines()[-1].endswith("0 undeclared.")
