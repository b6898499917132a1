"""N1: no order without a payment, ever: while the provider loses requests and answers, and pods die in mid-step."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.requirements.invariants import (
    INVARIANTS,
    money_agrees_with_the_end,
    money_moves_at_most_once,
    no_order_is_complete_before_its_payment,
    no_payment_stays_unknown,
    nothing_leaves_the_store_unpaid,
)
from bookdelivery.requirements.nonfunctional.experiment import Experiment, Run, total
from bookdelivery.requirements.observation import Observation
from bookdelivery.simulation import (
    Crash,
    Customers,
    Deployment,
    Exponential,
    Fault,
    LogNormal,
    LostAnswers,
    People,
    Poisson,
    Provider,
    RandomCrashes,
    Scenario,
)

LASTS_S = 80.0
PER_SECOND = 2.0
STEPS = 7_000
"""About how many dealings with stores, broker and provider the context of an average run has."""

UNPAID = (no_order_is_complete_before_its_payment, nothing_leaves_the_store_unpaid)
MONEY = (money_agrees_with_the_end, money_moves_at_most_once, no_payment_stays_unknown)
OTHERS = tuple(invariant for invariant in INVARIANTS if invariant not in UNPAID + MONEY)


def scenario(rng: random.Random) -> Scenario:
    """Everything that can go wrong with a payment, at once and all the time."""
    faults: list[Fault] = [
        LostAnswers("order", "payment", at=20.0, lasts=LASTS_S - 40.0, probability=0.1),
        RandomCrashes("order", mean_time_between_s=15.0),
        RandomCrashes("payment", mean_time_between_s=15.0),
        RandomCrashes("ordermanagement", mean_time_between_s=60.0),
        RandomCrashes("delivery", mean_time_between_s=60.0),
        RandomCrashes("mypage", mean_time_between_s=60.0),
    ]
    faults += [Crash(context, at_step=rng.randrange(1, STEPS)) for context in ("order", "payment") for _ in range(10)]
    return Scenario(
        load=Poisson(per_second=PER_SECOND),
        lasts=LASTS_S,
        seed=rng.getrandbits(31),
        customers=Customers(cancels=0.15, cancel_after_s=Exponential(40.0), looks=0.0),
        people=People(deliver_s=LogNormal(120.0, 0.4), pack_s=LogNormal(30.0, 0.4)),
        deployment={
            name: Deployment(store_latency_s=Exponential(0.003), start_up_s=2.0)
            for name in ("order", "payment", "ordermanagement", "delivery", "mypage")
        },
        provider=Provider(declines=0.05, silent_before=0.05, silent_after=0.05),
        faults=faults,
        engine=EngineSettings(poll_s=2.0),
        terms={"order": {"pay_within_s": 240.0}},
    )


def observe(run: Run) -> Observation:
    """Look for orders without payments and payments without orders."""
    requests, events, pods = run.frames["requests"], run.frames["events"], run.frames["pods"]
    orders = run.frames["orders"]
    placing = requests[requests["kind"] == "place"]
    return Observation(
        run=run.name,
        counterexamples={
            "unpaid-orders": run.check(UNPAID),
            "money": run.check(MONEY),
            "invariants": run.check(OTHERS),
        },
        facts={
            "orders": len(orders),
            "crashes": int((pods["change"] == "killed").sum()),
            "unanswered": int((placing["outcome"] == "deferred").sum()),
            "late": int((orders["deferred_s"].notna() & orders["placed_s"].notna()).sum()),
            "refunds": int((orders["refunded_won"] > 0).sum()),
        },
        tables={
            "requests": requests[["kind", "arrived_s", "latency_s", "outcome"]],
            "orders": orders[["arrived_s", "answer", "status", "placed_s", "paid_s", "deferred_s"]],
            "crashes": pods.loc[pods["change"] == "killed", ["time_s", "context"]],
            "ends": events.loc[
                events["type"].isin(["OrderPlaced", "OrderExpired", "OrderCanceled"]), ["time_s", "type"]
            ],
        },
    )


def tell(seen: Sequence[Observation]) -> Mapping[str, str]:
    """Say what the runs went through."""
    orders = total(seen, "orders")
    return {
        "unpaid-orders": (
            f"{orders:,} orders, {total(seen, 'unanswered'):,} of them at first without a payment's answer; "
            f"{total(seen, 'crashes'):,} pods died"
        ),
        "money": (
            f"{total(seen, 'late'):,} orders were paid after they had been put off, "
            f"{total(seen, 'refunds'):,} got their money back; the provider's books were compared with every order"
        ),
        "invariants": f"{len(OTHERS)} more invariants were checked on all {orders:,} orders",
    }


PAYING = Experiment(
    requirement="N1",
    story=(
        "The payment provider loses 5 % of requests and 5 % of answers and declines 5 %, the network loses 10 % of "
        "payment's answers, and pods of every context die as by kill -9, order's and payment's every 15 s on average "
        "and 10 times each in the middle of a dealing with store, broker or provider."
    ),
    replications=16,
    scenario=scenario,
    observe=observe,
    tell=tell,
)
