"""A new team's context joins the bookstore: it works, it is judged and drawn, and nothing of the others changes."""

import ast
import asyncio
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs
import numpy as np
import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.messages import CancelOrder
from bookdelivery.contexts.ordermanagement.messages import TakeOrder
from bookdelivery.design import DesignModel, NodeKind
from bookdelivery.design.contracts import json_schemas
from bookdelivery.design.diff import How, diff
from bookdelivery.design.drawing import board, context_map, hexagon
from bookdelivery.design.impact import Effect, impact, operations
from bookdelivery.design.rules import check
from bookdelivery.kernel.errors import InvalidField, Refused
from bookdelivery.requirements import Status, Subject, judge, select
from bookdelivery.requirements.catalogue import FUNCTIONAL
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM, Bookstore
from bookdelivery.services.verify import in_memory
from bookdelivery.simulation import Customers, Outage, People, Poisson, Provider, Result, Scenario, Shop, simulate
from examples.coupon import BOOKSTORE_WITH_COUPONS, COUPON
from examples.coupon.messages import CouponStatus, TakeOrderWithCoupon
from tests.application.examples import place

ROOT = Path(__file__).parent.parent.parent
HABIT = COUPON.chores[0].name
OLD, NEW = DesignModel.of(BOOKSTORE_SYSTEM), DesignModel.of(BOOKSTORE_WITH_COUPONS)


# --- it works ---------------------------------------------------------------------------------------------------------


def test_an_order_taken_with_a_coupon_gives_its_customer_one_and_a_refund_takes_it_back() -> None:
    async def main() -> None:
        async with Bookstore.open(system=BOOKSTORE_WITH_COUPONS) as shop:
            order_id = (await shop.send(place())).order_id
            await shop.settle()
            receipt = await shop.send(TakeOrderWithCoupon(order_id=order_id, percent=20))
            assert receipt.coupon_status is CouponStatus.PROMISED
            await shop.settle()
            row = await shop.read("mycoupon", order_id)
            assert row.valid
            assert row.percent == 20
            assert [one.order_id for one in await shop.read_all("mycoupon", owner=row.customer_id)] == [order_id]
            assert str((await shop.mypage(order_id)).order_status) == "taken"  # type: ignore[union-attr]
            await shop.send(CancelOrder(order_id))
            await shop.settle()
            assert not (await shop.read("mycoupon", order_id)).valid
            assert await shop.dead_letters() == []

    asyncio.run(main())


def test_an_order_taken_without_a_coupon_gives_none_and_leaves_no_trace() -> None:
    async def main() -> None:
        async with Bookstore.open(system=BOOKSTORE_WITH_COUPONS) as shop:
            order_id = (await shop.send(place())).order_id
            await shop.settle()
            await shop.send(TakeOrder(order_id))
            await shop.settle()
            assert await shop.read("mycoupon", order_id) is None
            assert await shop.services["coupon"].store.get("Coupon", order_id) is None
            assert await shop.dead_letters() == []

    asyncio.run(main())


def test_a_second_attempt_takes_nothing_away() -> None:
    async def main() -> None:
        async with Bookstore.open(system=BOOKSTORE_WITH_COUPONS) as shop:
            order_id = (await shop.send(place())).order_id
            await shop.settle()
            await shop.send(TakeOrderWithCoupon(order_id=order_id))
            await shop.settle()
            with pytest.raises(Refused, match="taken"):
                await shop.send(TakeOrderWithCoupon(order_id=order_id))
            await shop.settle()
            assert (await shop.read("mycoupon", order_id)).valid

    asyncio.run(main())


@pytest.mark.parametrize("percent", [0, 101, 2.5, True])
def test_a_coupon_takes_a_whole_percentage_off(percent: int) -> None:
    with pytest.raises(InvalidField, match="from 1 to 100"):
        TakeOrderWithCoupon(order_id=1, percent=percent)


# --- nothing of the others changes ------------------------------------------------------------------------------------


def digest_of(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*.py")):
        digest.update(path.relative_to(directory).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def tables_and_rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as connection:
        tables = connection.execute("select name, sql from sqlite_master where type = 'table'").fetchall()
        return {f"{name}: {sql}": connection.execute(f"select * from '{name}'").fetchall() for name, sql in tables}  # noqa: S608


def schema_of(path: Path) -> set[str]:
    return set(tables_and_rows(path))


def kinds_in(path: Path) -> set[str]:
    """The kinds of record that are kept, as far as a cell names one."""
    cells = {str(cell) for rows in tables_and_rows(path).values() for row in rows for cell in row}
    return cells & {"Order", "Payment", "Ordermgmt", "Delivery", "MyPageRow", "Coupon", "MyCouponRow"}


def test_composing_it_changes_no_file_and_no_table_of_the_others(tmp_path: Path) -> None:
    before = digest_of(ROOT / "bookdelivery")

    async def serve(path: Path, system: object) -> None:
        async with Bookstore.open(f"sqlite:///{path}", system=system) as shop:  # type: ignore[arg-type]
            order_id = (await shop.send(place())).order_id
            await shop.settle()
            await shop.send(TakeOrder(order_id))
            await shop.settle()

    asyncio.run(serve(tmp_path / "old.db", BOOKSTORE_SYSTEM))
    asyncio.run(serve(tmp_path / "new.db", BOOKSTORE_WITH_COUPONS))
    assert schema_of(tmp_path / "old.db") <= schema_of(tmp_path / "new.db")
    # Of its own it has taken an id, as it may need one.
    assert kinds_in(tmp_path / "new.db") - kinds_in(tmp_path / "old.db") == {"Coupon"}
    assert digest_of(ROOT / "bookdelivery") == before


def test_a_shop_that_runs_already_takes_it_in_with_all_its_orders(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"

    async def before() -> int:
        async with Bookstore.open(url) as shop:
            order_id: int = (await shop.send(place())).order_id
            await shop.settle()
            return order_id

    async def after(order_id: int) -> None:
        async with Bookstore.open(url, system=BOOKSTORE_WITH_COUPONS) as shop:
            await shop.settle()
            await shop.send(TakeOrderWithCoupon(order_id=order_id))
            await shop.settle()
            assert (await shop.read("mycoupon", order_id)).valid

    asyncio.run(after(asyncio.run(before())))


def test_no_schema_of_the_others_changes_and_nobody_has_to_do_anything() -> None:
    old, new = json_schemas(OLD), json_schemas(NEW)
    assert {name: new[name] for name in old} == old
    found = diff(OLD, NEW)
    assert {one.how for one in found} == {How.ADDED}
    assert not any(one.breaking for one in found)
    assert all("coupon" in one.words.lower() for one in found)


def test_it_imports_only_the_kernel_and_what_others_publish() -> None:
    allowed = ("bookdelivery.kernel.", "bookdelivery.contexts.actors", "examples.coupon.")
    imported = set()
    for path in (ROOT / "examples/coupon").glob("*.py"):
        if path.name not in ("__init__.py", "composition.py"):
            tree = ast.parse(path.read_text())
            imported |= {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    ours = {name for name in imported if name.startswith(("bookdelivery", "examples"))}
    assert {name for name in ours if not name.startswith(allowed) and not name.endswith(".messages")} == set()


# --- it is simulated and judged ---------------------------------------------------------------------------------------


@attrs.frozen
class Generous:
    """Customers as ever, and a shopkeeper who takes every third order on with a coupon."""

    def prepare(self, rng: np.random.Generator) -> Callable[[int, Shop], Awaitable[None]]:
        visit = Customers(looks=0.0, cancels=0.2, cancel_after_s=3.0).prepare(rng)

        async def order(number: int, shop: Shop) -> None:
            await visit(number, shop)

        async def thank(number: int, shop: Shop) -> None:
            await asyncio.sleep(1.0)
            await shop.ask("take with coupon", TakeOrderWithCoupon(order_id=number), 5.0)

        async def both(number: int, shop: Shop) -> None:
            async with asyncio.TaskGroup() as at_once:
                at_once.create_task(order(number, shop))
                if number % 3 == 0:
                    at_once.create_task(thank(number, shop))

        return both


def run(**changes: object) -> Result:
    given = {
        "load": Poisson(per_second=3),
        "lasts": 30.0,
        "customers": Generous(),
        "people": People(take_s=15.0, pack_s=1.0, deliver_s=1.0, chores_s={HABIT: 15.0}),
        "sample_every_s": 1.0,
    }
    return simulate(Scenario(**{**given, **changes}), BOOKSTORE_WITH_COUPONS)  # type: ignore[arg-type]


def test_the_simulation_deploys_it_like_any_other() -> None:
    result = run()
    assert result.drained
    assert result.world.errors == []
    rows = result.world.records["coupon"]["MyCouponRow"]
    assert len([row for row in rows if row.valid]) > 10
    refunded = set(result.events.query("type == 'PayCanceled'")["order_id"])
    assert all(row.order_id not in refunded for row in rows if row.valid)
    calls = result.calls.query("caller == 'coupon'")
    assert set(calls["callee"]) == {"ordermanagement"}


def test_in_the_simulation_shopkeepers_have_the_habits_that_it_brings() -> None:
    result = run(
        customers=Customers(looks=0.0, cancels=0.0),
        people=People(take_s=15.0, pack_s=1.0, deliver_s=1.0, chores_s={HABIT: 4.0}),
    )
    placed = result.events.query("type == 'PayApproved'").set_index("order_id")["time_s"]
    taken = result.events.query("type == 'OrderTaken'").set_index("order_id")["time_s"]
    assert (
        set(taken.index) == set(placed.index) == {row.order_id for row in result.world.records["coupon"]["MyCouponRow"]}
    )
    # With a coupon, in four seconds: nobody begins with the plain way, which takes fifteen.
    assert (taken - placed).max() < 6.0
    assert (result.orders["status"] == "delivered").all()


def test_shopkeepers_take_orders_on_without_a_coupon_when_there_is_none_to_be_had() -> None:
    result = run(customers=Customers(looks=0.0, cancels=0.0), faults=(Outage("coupon", at=0.0, lasts=3600.0),))
    assert (result.orders["status"] == "delivered").all()
    assert list(result.world.records["coupon"]["MyCouponRow"]) == []


def test_a_chore_that_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidField, match="take paid orders on with a coupon"):
        run(people=People(chores_s={"take orders on": 4.0}))


def test_without_it_every_order_is_placed_taken_and_delivered_as_before() -> None:
    down = run(faults=(Outage("coupon", at=0.0, lasts=30.0),))
    requests = down.requests.set_index("kind")["outcome"]
    assert set(requests.loc["take with coupon"]) == {"failed"}
    assert set(requests.loc["place"]) == {"placed"}
    assert (down.orders["status"] == "delivered").sum() > 20


@pytest.mark.parametrize("down", [context.name for context in BOOKSTORE_WITH_COUPONS.contexts])
def test_what_an_outage_harms_is_as_predicted_with_it_in_the_house(down: str) -> None:
    people = People(take_s=2.0, pack_s=6.0, deliver_s=1.0, chores_s={HABIT: 2.0})
    result = run(
        lasts=60.0,
        people=people,
        faults=(Outage(down, at=5.0, lasts=60.0),),
        provider=Provider(declines=0.1, silent_before=0.2),
        terms={"order": {"pay_within_s": 15.0}},
        drain_within_s=0.0,
    )
    events = result.events[result.events["time_s"] > 40.0]
    predicted = impact(NEW, down)
    unharmed = {node.name for node in NEW.nodes(NodeKind.EVENT) if predicted[node.id] is Effect.UNHARMED}
    # Nobody turns orders down here, or calls off what is on its way.
    never = {"OrderRejected", "DeliveryCanceled"}
    assert set(events["type"]) - never == unharmed - never


def test_every_functional_requirement_is_met_with_it_in_the_house() -> None:
    judgement = judge(
        Subject(system=lambda: BOOKSTORE_WITH_COUPONS, openers={"memory": in_memory}),
        select(["F1", "F4", "F7"], FUNCTIONAL),
        seed=1,
        workers=1,
    )
    assert {verdict.status for verdict in judgement.verdicts} == {Status.MET}


# --- it is drawn, checked and questioned ------------------------------------------------------------------------------


def test_it_appears_on_board_map_and_as_a_hexagon_of_its_own() -> None:
    for drawing in (board(NEW, language="ko"), context_map(NEW, language="ko"), hexagon(NEW, "coupon")):
        assert drawing.faults == ()
    assert "쿠폰 발행됨" in board(NEW, language="ko").svg
    assert "쿠폰" in context_map(NEW, language="ko").svg
    assert "coupon" in hexagon(NEW, "coupon").svg


def test_it_keeps_every_rule() -> None:
    assert check(NEW).findings == ()


def test_the_others_do_not_need_it_and_it_can_be_without_them() -> None:
    without = impact(NEW, "coupon")
    others = [operation for context in BOOKSTORE for operation in operations(NEW, context.name)]
    assert {without[operation.id] for operation in others} == {Effect.UNHARMED}
    taking = impact(NEW, "ordermanagement").consequences["command:TakeOrderWithCoupon"]
    assert taking.effect is Effect.UNHARMED
    assert COUPON.calls[0].fallback in taking.because


def test_the_customer_reads_it_and_the_shopkeeper_issues_it() -> None:
    assert {node.name for node in operations(NEW, "coupon")} == {"TakeOrderWithCoupon", "mycoupon"}
    assert NEW.find("쿠폰", NodeKind.CONTEXT).name == "coupon"
