"""`bookdelivery dead-letters`: what was given up is listed with its reason, and handled after all."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from bookdelivery import Bookstore, EngineSettings, OrderStatus, TakeOrder
from bookdelivery.adapters.sqlite import SqliteBroker, SqliteFile
from bookdelivery.contexts.ordermanagement.messages import TakeOrderInfo
from bookdelivery.kernel.context import Context, Decides
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.cli import main
from tests.application.examples import place


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shop.db"


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run it; give its exit status and what it says."""
    with pytest.raises(SystemExit) as ended:
        main(["dead-letters", *arguments])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


async def give_up_what_is_paid(url: str) -> int:
    """Have an order placed whose message the store gives up, over a bug that will be mended; gives its id."""

    def buggy(state: Any, command: Any, given: Any) -> Any:
        raise ZeroDivisionError("the shelf is 0 m wide")

    def with_a_bug(context: Context) -> Context:
        handlers = tuple(
            attrs.evolve(handler, by=buggy)
            if isinstance(handler, Decides) and handler.command is TakeOrderInfo
            else handler
            for handler in context.handlers
        )
        return attrs.evolve(context, handlers=handlers)

    system = attrs.evolve(BOOKSTORE_SYSTEM, contexts=tuple(map(with_a_bug, BOOKSTORE_SYSTEM.contexts)))
    settings = EngineSettings(attempts=2, retry_after_s=0.01)
    async with Bookstore.open(url, system=system, settings=settings) as shop:
        order_id = int((await shop.send(place())).order_id)
        await shop.settle()
        assert len(await shop.dead_letters()) == 1
    return order_id


def test_what_was_given_up_is_listed_with_its_reason(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    order_id = asyncio.run(give_up_what_is_paid(url))
    status, told, _ = command(capsys, "list", "--url", url)
    assert status == 0
    assert f"ordermanagement: PayApproved of order {order_id}, for ordermanagement.take the order's info" in told
    assert "tried 2 times" in told
    assert "ZeroDivisionError: the shelf is 0 m wide" in told
    assert told.endswith("1 dead letter\n")

    status, told, _ = command(capsys, "list", "ordermanagement", "--url", url, "--json")
    (letter,) = json.loads(told)
    assert (letter["context"], letter["type"], letter["key"]) == ("ordermanagement", "PayApproved", order_id)
    assert command(capsys, "list", "payment", "--url", url)[1] == "0 dead letters\n"


def test_once_the_cause_is_gone_it_is_handled_after_all_and_the_business_goes_on(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = asyncio.run(give_up_what_is_paid(url))
    (letter,) = json.loads(command(capsys, "list", "--url", url, "--json")[1])
    assert command(capsys, "replay", "ordermanagement", "--id", letter["id"], "--url", url)[:2] == (
        0,
        "1 handled, 0 stay\n",
    )
    assert command(capsys, "list", "--url", url)[1] == "0 dead letters\n"

    async def go_on() -> None:
        async with Bookstore.open(url) as shop:
            await shop.send(TakeOrder(order_id=order_id))
            await shop.settle()
            row = await shop.mypage(order_id)
            assert row is not None
            assert row.order_status is OrderStatus.TAKEN

    asyncio.run(go_on())


def test_a_message_that_cannot_be_read_stays_and_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def publish_nonsense() -> None:
        file = SqliteFile(Path(url.removeprefix("sqlite:///")))
        broker = SqliteBroker(file, Codec((), ()), owns_file=True)
        await broker.publish_raw({}, b"nonsense", 1)
        await broker.close()
        async with Bookstore.open(url, only=["ordermanagement"]) as shop:
            await shop.settle()

    asyncio.run(publish_nonsense())
    assert "a message of 8 bytes that cannot be read" in command(capsys, "list", "ordermanagement", "--url", url)[1]
    status, told, _ = command(capsys, "replay", "ordermanagement", "--url", url)
    assert status == 1
    assert "that cannot be read stays: Refused: " in told
    assert told.endswith("0 handled, 1 stay\n")


def test_who_asks_for_what_is_not_there_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, told = command(capsys, "list", "shipping", "--url", url)
    assert (status, told) == (
        2,
        "bookdelivery: --context: 'shipping' is not one of order, payment, ordermanagement, delivery, mypage\n",
    )
    status, _, told = command(capsys, "replay", "order", "--id", "7", "--url", url)
    assert (status, told) == (2, "bookdelivery: --id: '7' is not the id of one of order's dead letters; list them\n")
