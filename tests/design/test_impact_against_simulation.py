"""What the model predicts of an outage is what the simulation of the same code shows, for every context and every pair.

A context is down until the end. After a while, when all that was under way has come to a stand, what the model calls
unharmed still happens, and what it says stops or waits does not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import combinations

import attrs
import numpy as np
import pandas as pd
import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.ordermanagement.messages import RejectOrder
from bookdelivery.design import DesignModel, EdgeKind, NodeKind
from bookdelivery.design.impact import Effect, impact, operations
from bookdelivery.simulation import (
    Customers,
    Exponential,
    Fault,
    Outage,
    People,
    Poisson,
    Provider,
    ProviderTrouble,
    Result,
    Scenario,
    Shop,
    simulate,
)

NAMES = [context.name for context in BOOKSTORE]
OUTAGES = [(), *combinations(NAMES, 1), *combinations(NAMES, 2), ("payment provider",)]
MODEL = DesignModel.of(BOOKSTORE)

DOWN_FROM_S, LASTS_S = 5.0, 80.0
LATE_S = 50.0
"""From here on, everything that began before the outage has come to its end or to a stand."""


@attrs.frozen
class Everybody:
    """Customers who do all that customers do, and a shopkeeper who turns every seventh order down."""

    def prepare(self, rng: np.random.Generator) -> Callable[[int, Shop], Awaitable[None]]:
        hasty = Customers(
            cancels=0.3, cancel_after_s=Exponential(5.0), looks=0.5, look_after_s=8.0, timeout_s=5.0, patience=2
        )
        visit = hasty.prepare(rng)

        async def both(number: int, shop: Shop) -> None:
            async with asyncio.TaskGroup() as at_once:
                at_once.create_task(self._visit(visit(number, shop)))
                if number % 7 == 0:
                    at_once.create_task(self._reject(number, shop))

        return both

    async def _visit(self, visit: Awaitable[None]) -> None:
        await visit

    async def _reject(self, number: int, shop: Shop) -> None:
        await asyncio.sleep(0.5)
        await shop.ask("reject", RejectOrder(number), 5.0)


def run(down: tuple[str, ...]) -> Result:
    faults: list[Fault] = [Outage(name, at=DOWN_FROM_S, lasts=LASTS_S) for name in down if name in NAMES]
    if "payment provider" in down:
        faults.append(ProviderTrouble(at=DOWN_FROM_S, lasts=LASTS_S, silent_before=1.0))
    return simulate(
        Scenario(
            load=Poisson(per_second=4),
            lasts=DOWN_FROM_S + LASTS_S,
            seed=4,
            customers=Everybody(),
            people=People(take_s=2.0, pack_s=3.0, deliver_s=5.0),
            provider=Provider(declines=0.15, silent_before=0.2),
            terms={"order": {"pay_within_s": 20.0}},
            faults=tuple(faults),
            drain_within_s=0.0,
        )
    )


def late(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[table[column] > LATE_S]


def predicted(down: tuple[str, ...]) -> dict[str, Effect]:
    return {id: one.effect for id, one in impact(MODEL, *down).consequences.items()}


REQUESTS = {"place": "command:PlaceOrder", "pay": "command:PayOrder", "cancel": "command:CancelOrder"}
ANSWERED = {"answered", "placed", "declined"}


def check_events(result: Result, effects: dict[str, Effect]) -> None:
    happens = set(late(result.events, "time_s")["type"])
    unharmed = {node.name for node in MODEL.nodes(NodeKind.EVENT) if effects[node.id] is Effect.UNHARMED}
    assert happens == unharmed


def check_view(result: Result, effects: dict[str, Effect]) -> None:
    shown = set(late(result.views, "shown_s")["type"])
    down = effects["view:mypage.mypage"] is Effect.STOPS
    news = MODEL.predecessors("view:mypage.mypage", EdgeKind.PROJECTS)
    assert shown == (set() if down else {node.name for node in news if effects[node.id] is Effect.UNHARMED})
    assert (len(shown) < len(news)) == (effects["view:mypage.mypage"] is not Effect.UNHARMED)
    looks = late(result.requests, "arrived_s").query("kind == 'look'")
    assert set(looks["outcome"]) <= ({"failed"} if down else {"answered"})


def check_customers(result: Result, effects: dict[str, Effect]) -> None:
    requests = late(result.requests, "arrived_s")
    for kind, command in {**REQUESTS, "reject": "command:RejectOrder"}.items():
        outcomes = set(requests.loc[requests["kind"] == kind, "outcome"])
        if effects[command] is Effect.UNHARMED:
            assert outcomes & ANSWERED, kind
        else:
            assert not outcomes & ANSWERED, kind
        if effects[command] is Effect.STOPS:
            assert outcomes <= {"failed"}, kind
        else:
            assert "failed" not in outcomes, kind


def check_people(result: Result, effects: dict[str, Effect]) -> None:
    calls = late(result.calls, "started_s")
    for name in ("TakeOrder", "PackOrder", "CompleteDelivery"):
        outcomes = set(calls.loc[(calls["caller"] == "people") & (calls["command"] == name), "outcome"])
        assert ("answered" in outcomes) == (effects[f"command:{name}"] is Effect.UNHARMED), name
        assert ("unanswered" in outcomes) <= (effects[f"command:{name}"] is Effect.STOPS), name


def check_policies(result: Result, effects: dict[str, Effect]) -> None:
    done = set(late(result.operations, "finished_s").query("outcome == 'done'")["operation"])
    for policy in MODEL.nodes(NodeKind.POLICY):
        if not policy.facts["deadline"] and not policy.facts["sometimes"]:
            assert (policy.id.removeprefix("policy:") in done) == (effects[policy.id] is Effect.UNHARMED), policy.name


@pytest.mark.parametrize("down", OUTAGES, ids=lambda down: " and ".join(down) or "nothing")
def test_the_simulation_of_an_outage_shows_what_was_predicted(down: tuple[str, ...]) -> None:
    result = run(down)
    effects = predicted(down) if down else dict.fromkeys(MODEL.graph, Effect.UNHARMED)
    assert result.world.errors == []
    check_events(result, effects)
    check_view(result, effects)
    check_customers(result, effects)
    check_people(result, effects)
    check_policies(result, effects)


def test_no_prediction_is_left_out() -> None:
    compared = {*REQUESTS.values(), "command:RejectOrder", "command:TakeOrder", "command:PackOrder"}
    assert {node.id for node in operations(MODEL)} == {*compared, "command:CompleteDelivery", "view:mypage.mypage"}
