"""Pods that die as by kill -9, at every place that makes a difference and at random: nothing lost, nothing doubled."""

import asyncio
import gc

import attrs
import pytest
import simpy

from bookdelivery.resilience import within
from bookdelivery.simulation import (
    Constant,
    Crash,
    Customers,
    Deployment,
    LostAnswers,
    Network,
    Outage,
    Poisson,
    Provider,
    ProviderTrouble,
    RandomCrashes,
    Result,
    Scenario,
    VirtualLoop,
)
from tests.simulation.worlds import assert_all_is_well, quick, run

CONTEXTS = ("order", "payment", "ordermanagement", "delivery", "mypage")


def one_order(customers: Customers) -> Scenario:
    """The life of a single order, with one pod a context."""
    return quick(
        load=Constant(per_second=1.0),
        lasts=1.5,
        customers=customers,
        deployment={name: Deployment(replicas=1, service_s=0.01, start_up_s=0.5) for name in CONTEXTS},
        provider=Provider(latency_s=0.1),
        terms={"order": {"pay_within_s": 10.0}},
    )


LIVES = {
    "delivered": one_order(Customers(cancels=0.0, looks=0.0)),
    "canceled while taken": one_order(Customers(cancels=1.0, cancel_after_s=4.0, looks=0.0)),
    "canceled on its way": one_order(Customers(cancels=1.0, cancel_after_s=7.0, looks=0.0)),
}


def with_crash(life: Scenario, context: str, step: int) -> Result:
    return run(attrs.evolve(life, faults=(Crash(context, at_step=step),)))


def crash_at_steps(life: Scenario, context: str, stride: int) -> None:
    untouched = with_crash(life, context, 10**9)
    assert "killed" not in set(untouched.pods["change"])
    for step in range(1, untouched.world.steps[context] + 1, stride):
        result = with_crash(life, context, step)
        assert list(result.pods["change"]).count("killed") == 1, step
        assert_all_is_well(result)
        assert not result.events[["order_id", "type"]].duplicated().any(), step


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("life", LIVES)
def test_a_crash_at_some_step_of_an_orders_life_loses_nothing_and_doubles_nothing(life: str, context: str) -> None:
    # Odd steps come before an effect, even ones after it: an odd stride meets both.
    crash_at_steps(LIVES[life], context, stride=21)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("life", LIVES)
def test_a_crash_at_any_step_of_an_orders_life_loses_nothing_and_doubles_nothing(life: str, context: str) -> None:
    crash_at_steps(LIVES[life], context, stride=1)


def test_the_customer_of_a_pod_that_dies_gets_no_answer_and_no_charge_that_stays() -> None:
    outcomes = set()
    for step in range(5, 40, 2):
        result = with_crash(LIVES["delivered"], "order", step)
        answer = result.orders["answer"].item()
        outcomes.add(answer)
        if answer == "failed":
            assert result.orders["status"].item() in {"", "expired", "delivered"}
        else:
            assert answer == "placed"
            assert result.orders["status"].item() == "delivered"
    assert outcomes == {"failed", "placed"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_at_once_still_leaves_money_parcels_and_mypage_in_agreement(seed: int) -> None:
    crashes = [RandomCrashes(name, mean_time_between_s=6.0) for name in CONTEXTS]
    result = run(
        quick(
            seed=seed,
            load=Poisson(per_second=6),
            network=Network(latency_s=0.005, loss=0.01),
            provider=Provider(declines=0.05, silent_before=0.05, silent_after=0.05),
            faults=[
                *crashes,
                Outage("ordermanagement", at=5, lasts=10),
                LostAnswers("order", "payment", probability=0.3),
                LostAnswers("customers", "order", probability=0.1),
                ProviderTrouble(at=8, lasts=8, slower=20, at_once=5),
            ],
        )
    )
    assert_all_is_well(result)
    assert {"killed", "up"} <= set(result.pods["change"])
    assert {"placed", "deferred", "failed", "timed_out"} <= set(result.requests["outcome"])
    assert {"delivered", "canceled", "expired"} <= set(result.orders["status"])
    assert (result.operations["outcome"] == "killed").any()


def test_of_a_call_with_a_time_limit_nothing_runs_after_its_process_died() -> None:
    env = simpy.Environment()
    loop = VirtualLoop(env)
    ran = []

    async def ask() -> None:
        try:
            await asyncio.sleep(1)
            await asyncio.sleep(1)
        finally:
            ran.append("finally")

    loop.create_task(within(5, ask))
    env.run(until=1.5)
    loop.crash()
    gc.collect()
    assert ran == []
