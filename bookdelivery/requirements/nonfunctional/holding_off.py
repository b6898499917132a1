"""N3: payment is overloaded: customers are held off at once and led to pay later, and nothing unpaid gets through."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial
from math import inf

import numpy as np
import pandas as pd

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.requirements.invariants import (
    INVARIANTS,
    no_order_is_complete_before_its_payment,
    nothing_leaves_the_store_unpaid,
)
from bookdelivery.requirements.nonfunctional.experiment import Experiment, Run, quantile, total
from bookdelivery.requirements.observation import Observation
from bookdelivery.simulation import Customers, LogNormal, People, Poisson, ProviderTrouble, Scenario

AT_S = 60.0
FOR_S = 120.0
OVER_S = AT_S + FOR_S
LASTS_S = OVER_S + 90.0
PER_SECOND = 2.0

UNPAID = (no_order_is_complete_before_its_payment, nothing_leaves_the_store_unpaid)
OTHERS = tuple(invariant for invariant in INVARIANTS if invariant not in UNPAID)


def scenario(rng: random.Random, per_second: float = PER_SECOND) -> Scenario:
    """The provider works on one charge at a time, and takes 20 times as long for it."""
    return Scenario(
        load=Poisson(per_second=per_second),
        lasts=LASTS_S,
        seed=rng.getrandbits(31),
        customers=Customers(cancels=0.02, looks=0.0, pays_later=0.8, patience=8),
        people=People(deliver_s=LogNormal(120.0, 0.4), pack_s=LogNormal(30.0, 0.4)),
        faults=[ProviderTrouble(at=AT_S, lasts=FOR_S, slower=20.0, at_once=1)],
        engine=EngineSettings(poll_s=5.0),
        terms={"order": {"pay_within_s": 600.0}},
    )


def held_off(operations: pd.DataFrame, breakers: pd.DataFrame) -> pd.DataFrame:
    """Give the customers' requests that a breaker held off: a worker took them up while their pod's breaker was open.

    A request during which the breaker tries payment again may have been the probe, and is left out; how long a request
    waited for a worker before is part of its latency and has no part in the choice.
    """
    paying = operations[operations["operation"].isin(["PlaceOrder", "PayOrder"]) & (operations["outcome"] == "done")]
    chosen = []
    for pod, changes in breakers.groupby("pod", sort=True):
        times, states = changes["time_s"].to_numpy(), changes["state"].to_numpy()
        own = paying[paying["pod"] == pod]
        before = np.searchsorted(times, own["started_s"].to_numpy(), side="right") - 1
        until = np.append(times[1:], inf)[before]
        is_open = (before >= 0) & (states[before] == "open")
        chosen.append(own[is_open & (own["finished_s"].to_numpy() <= until)])
    return pd.concat(chosen) if chosen else paying.iloc[:0]


def closed_again_s(breakers: pd.DataFrame) -> float:
    """Say how long after the overload the last breaker closed for good, in seconds; infinite if one never did."""
    if breakers.empty:
        return inf
    last = breakers.groupby("pod")[["time_s", "state"]].last()
    return inf if (last["state"] != "closed").any() else max(0.0, float(last["time_s"].max()) - OVER_S)


def observe(run: Run) -> Observation:
    """Look at what the breakers did, and at what became of those who were held off."""
    frames = run.frames
    requests, orders, breakers = frames["requests"], frames["orders"], frames["breakers"]
    off = held_off(frames["operations"], breakers)
    opened = breakers[breakers["state"] == "open"]
    deferred = orders[orders["deferred_s"].notna()]
    unsettled = deferred[deferred["placed_s"].isna() & ~deferred["status"].isin(["expired", "canceled"])]
    never_opened = run.found("a_breaker_opens", "payment was overloaded, and no breaker opened")
    latency_s = off["finished_s"] - off["arrived_s"]
    queues = frames["queues"]
    return Observation(
        run=run.name,
        figures={"held-off": quantile(latency_s, 0.99), "closes": closed_again_s(breakers)},
        counterexamples={
            "opens": (never_opened,) if opened.empty else (),
            "deferred": run.of_orders(
                "deferred_orders_are_paid_or_over",
                "it was put off, and is neither paid nor over",
                unsettled["order_id"],
            ),
            "unpaid-orders": run.check(UNPAID),
            "invariants": run.check(OTHERS),
        },
        facts={
            "orders": len(orders),
            "held_off": len(off),
            "opened": len(opened),
            "deferred": len(deferred),
            "paid_later": int(deferred["placed_s"].notna().sum()),
            "expired": int((deferred["status"] == "expired").sum()),
            "canceled": int((deferred["status"].isin(["canceled"]) & deferred["placed_s"].isna()).sum()),
        },
        tables={
            "requests": requests.loc[requests["kind"].isin(["place", "pay"]), ["arrived_s", "latency_s", "outcome"]],
            "held_off": pd.DataFrame({"arrived_s": off["arrived_s"].to_numpy(), "latency_s": latency_s.to_numpy()}),
            "breakers": breakers[["time_s", "pod", "state"]],
            "queue": queues.loc[queues["context"] == "payment", ["time_s", "busy", "waiting"]],
        },
    )


def tell(seen: Sequence[Observation]) -> Mapping[str, str]:
    """Say what the runs went through."""
    deferred = total(seen, "deferred")
    return {
        "opens": f"breakers opened {total(seen, 'opened'):,} times",
        "held-off": f"{total(seen, 'held_off'):,} requests of customers were held off by an open breaker",
        "deferred": (
            f"{deferred:,} of {total(seen, 'orders'):,} orders were put off: {total(seen, 'paid_later'):,} were paid "
            f"later, {total(seen, 'expired'):,} expired, {total(seen, 'canceled'):,} were canceled"
        ),
    }


HOLDING_OFF = Experiment(
    requirement="N3",
    story=(
        f"Customers order at {PER_SECOND:g} a second (half of it if the judge is in a hurry); for {FOR_S:g} s the "
        "payment provider works on one charge at a time and takes 20 times as long for it, about a third of what is "
        "asked of it."
    ),
    replications=6,
    scenario=scenario,
    observe=observe,
    tell=tell,
    short=partial(scenario, per_second=PER_SECOND / 2),
)
