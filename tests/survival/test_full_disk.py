"""A disk that fills up while the bookstore runs: a clear error, nothing half-done; once there is room it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bookdelivery import Bookstore, OrderStatus, UnusableStore
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.requirements.evidence import Evidence, gather
from bookdelivery.requirements.invariants import check
from tests.survival.child import SETTINGS, AheadClock
from tests.survival.full_disk import CrampedDisk, Disk, SmallDisk
from tests.survival.judging import by_order
from tests.survival.stories import place

FIRST_ID = 1 << 40


@pytest.fixture(params=["pretended", "real"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "pretended":
        with CrampedDisk(tmp_path).mounted() as cramped:
            yield cramped
    else:
        with SmallDisk.mounted(tmp_path, kilobytes=3072) as small:
            yield small


Shopping = Callable[[Bookstore, AheadClock], Awaitable[None]]


def at_the_shop(disk: Disk, go: Shopping) -> Evidence:
    """Go to a bookstore on this disk; gives what is left, once there is room and all deadlines have passed."""

    async def main() -> Evidence:
        clock = AheadClock()
        books = EmbeddedPaymentProvider(disk.path / "books.db")
        async with Bookstore.open(
            f"sqlite:///{disk.path / 'shop.db'}", provider=books, settings=SETTINGS, clock=clock
        ) as shop:
            await go(shop, clock)
            disk.make_room()
            for _ in range(2):
                clock.ahead_s += 4000
                await asyncio.sleep(2 * SETTINGS.poll_s)
                await shop.settle()
            evidence = await gather(
                shop.composition,
                {name: service.store for name, service in shop.services.items()},
                accounts=by_order(await books.ledger.accounts()),
                now=clock.now(),
            )
        await books.close()
        return evidence

    return asyncio.run(main())


async def order_until_refused(shop: Bookstore, at_most: int = 200) -> tuple[int, UnusableStore]:
    """Place orders until the shop cannot take one; gives that order's id and the error."""
    for number in range(at_most):
        order_id = FIRST_ID + number
        try:
            await shop.send(place(f"book {number}", order_id))
        except UnusableStore as error:
            return order_id, error
    raise AssertionError(f"{at_most} orders went onto a full disk")


def test_an_order_that_the_full_disk_refuses_is_told_so_and_goes_through_once_there_is_room(disk: Disk) -> None:
    refused: list[int] = []

    async def go(shop: Bookstore, clock: AheadClock) -> None:
        await shop.send(place("before"))
        await shop.settle()
        disk.fill()
        order_id, error = await order_until_refused(shop)
        assert "disk is full" in str(error)
        assert re.match(rf"{re.escape(str(disk.path))}/(shop|books)\.db: ", str(error))
        refused.append(order_id)
        disk.make_room()
        again = await shop.send(place(f"book {order_id - FIRST_ID}", order_id))
        assert again.complete
        disk.fill()

    evidence = at_the_shop(disk, go)

    (order_id,) = refused
    assert evidence.of("Order")[order_id].status is OrderStatus.PLACED
    assert evidence.accounts[order_id].charges == (25_000,)
    assert check(evidence) == []


def test_waiting_for_a_shop_whose_disk_is_full_says_so_instead_of_hanging(disk: Disk) -> None:
    async def go(shop: Bookstore, clock: AheadClock) -> None:
        await shop.send(place("before"))
        disk.fill()
        await order_until_refused(shop)
        with pytest.raises(UnusableStore, match="disk is full"):
            await shop.settle(timeout_s=120)

    assert check(at_the_shop(disk, go)) == []


def test_what_is_asked_again_and_again_of_a_full_disk_leaves_nothing_half_done(disk: Disk) -> None:
    async def go(shop: Bookstore, clock: AheadClock) -> None:
        await shop.send(place("before"))
        await shop.settle()
        disk.fill()
        first, _ = await order_until_refused(shop)
        refused = 0
        for number in range(20):
            try:
                await shop.send(place("again and again", first + 1000 + number))
            except UnusableStore:
                refused += 1
        # Here and there one still fits into a page that is not quite full.
        assert refused > 5

    assert check(at_the_shop(disk, go)) == []


def test_a_shop_on_a_full_disk_lets_go_of_all_its_files_when_it_is_closed(disk: Disk) -> None:
    async def main() -> None:
        async with Bookstore.open(f"sqlite:///{disk.path / 'shop.db'}", settings=SETTINGS) as shop:
            await shop.send(place("before"))
            await shop.settle()
            disk.fill()
            await order_until_refused(shop)

    threads = threading.active_count()
    with contextlib.suppress(UnusableStore):
        asyncio.run(main())
    assert threading.active_count() == threads
