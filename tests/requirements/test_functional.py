"""The written-down cases hold on the bookstore, and fail on a design that earns it."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from bookdelivery.application.system import System
from bookdelivery.contexts.order.messages import CancelOrder, PayOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import NotAnswered
from bookdelivery.kernel.ports import Broker
from bookdelivery.requirements.application_shop import ApplicationShop
from bookdelivery.requirements.functional import CASES, Case, Played, Scene, play
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.verify import in_a_file, in_memory
from tests.requirements.shops import on_a_shop
from tests.specimens import naive


def played(case: Case, system: System = BOOKSTORE_SYSTEM) -> Played:
    return play(case, in_memory, system, seed="1", place="memory")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_case_holds_in_memory(case: Case) -> None:
    result = played(case)
    assert [str(problem) for problem in result.problems] == []
    assert result.checks > 1


FIRST = list({case.requirement: case for case in reversed(CASES)}.values())


@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.title)
def test_a_case_of_every_requirement_holds_on_sqlite(case: Case) -> None:
    result = play(case, in_a_file, BOOKSTORE_SYSTEM, seed="1", place="SQLite")
    assert [str(problem) for problem in result.problems] == []


def titled(title: str) -> Case:
    return next(case for case in CASES if case.title == title)


@pytest.mark.parametrize(
    ("system", "title", "invariant"),
    [
        (
            naive.places_before_paying(),
            "an unanswered payment is made later",
            "no_order_is_complete_before_its_payment",
        ),
        # The case asks again at the same moment, so that the clock cannot tell which came first; N1's runs can.
        (
            naive.swallows_the_payment_failure(),
            "an unanswered payment is made later",
            "an unanswered payment is made later",
        ),
        (
            naive.cancels_only_what_it_knows(),
            "a cancel that comes before the store knows the order is remembered",
            "nobody_works_on_what_was_called_off",
        ),
    ],
)
def test_a_naive_design_is_caught_by_the_case_written_for_it(system: System, title: str, invariant: str) -> None:
    broken = {problem.invariant for problem in played(titled(title), system).problems}
    assert {title, invariant} <= broken


def test_the_same_seed_plays_the_same_case() -> None:
    case = titled("a cancel races with take, pack and reject")
    system = naive.cancels_only_what_it_knows()
    assert played(case, system) == played(case, system)


async def buy_nothing_and_fail(scene: Scene) -> None:
    await scene.place()
    raise KeyError("whatever a system raises")


def test_an_error_of_the_system_is_a_problem_of_the_case() -> None:
    result = played(Case(requirement="F1", title="fails", play=buy_nothing_and_fail))
    assert [problem.why for problem in result.problems] == [
        "it came to an end with KeyError('whatever a system raises')"
    ]
    assert result.problems[0].run == "fails, on memory"


async def hold_back_for_ever(scene: Scene) -> None:
    assert isinstance(scene.shop, ApplicationShop)
    scene.shop.patience_s = 0.2
    scene.shop.hold_back("payment")
    await scene.place()


def test_a_system_that_does_not_come_to_rest_fails_the_case() -> None:
    result = played(Case(requirement="F1", title="rests", play=hold_back_for_ever))
    whys = [problem.why for problem in result.problems]
    assert any(why.startswith("it does not come to rest") for why in whys)
    assert "outboxes_drain" in {problem.invariant for problem in result.problems}


def test_a_scene_notes_what_should_have_been_refused() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> Scene:
        order_id = await scene.bring_to("placed")
        await scene.refuses(CancelOrder(order_id), "I say so")
        await scene.refuses(PackOrder(order_id), "it is not taken")
        return scene

    scene = on_a_shop(act)
    assert scene.problems == [(1, "CancelOrder was accepted although I say so")]


def test_a_scene_notes_where_an_order_does_not_stand() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> Scene:
        await scene.stands_at(await scene.bring_to("taken"), "placed")
        return scene

    assert [why for _, why in on_a_shop(act).problems] == [
        "the order is taken, not placed",
        "MyPage shows taken, not placed",
    ]


def test_of_those_who_race_it_is_told_how_many_were_accepted() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> list[int]:
        declined = await scene.bring_to("declined")
        cancel = await scene.bring_to("placed")
        return [
            await scene.race(PayOrder(declined)),
            await scene.race(CancelOrder(cancel), CancelOrder(cancel), CancelOrder(cancel)),
        ]

    assert on_a_shop(act) == [1, 1]


def test_waiting_in_vain_says_for_what() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> None:
        shop.patience_s = 0.01

        async def never() -> bool:
            await asyncio.sleep(0)
            return False

        await shop.until("pigs fly", never)

    with pytest.raises(NotAnswered, match="pigs fly"):
        on_a_shop(act)


def test_what_is_held_back_arrives_when_it_is_let_go() -> None:
    async def act(scene: Scene, shop: ApplicationShop) -> tuple[object, object]:
        shop.hold_back("payment")
        order_id = (await scene.place()).order_id
        await asyncio.sleep(0.05)
        before = await shop.stored("Ordermgmt", order_id)
        shop.let_go("payment")
        await shop.settle()
        return before, await shop.stored("Ordermgmt", order_id)

    before, after = on_a_shop(act)
    assert before is None
    assert after is not None


def test_a_system_keeps_its_own_wrapping_behind_the_gates() -> None:
    wrapped: list[str] = []

    def wrap(context: Context, port: Broker) -> Broker:
        wrapped.append(context.name)
        return port

    async def act(scene: Scene, shop: ApplicationShop) -> None:
        await scene.bring_to("placed")

    on_a_shop(act, attrs.evolve(BOOKSTORE_SYSTEM, wrap_broker=wrap))
    assert sorted(wrapped) == ["delivery", "mypage", "order", "ordermanagement", "payment"]
