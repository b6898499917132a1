"""N2: orders are accepted around the clock: ordermanagement is down for an hour while customers keep coming."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.requirements.nonfunctional.experiment import Experiment, Run, quantile, total
from bookdelivery.requirements.observation import Observation
from bookdelivery.simulation import (
    Crash,
    Customers,
    Deployment,
    Exponential,
    LogNormal,
    Outage,
    People,
    Poisson,
    Scenario,
)

DOWN_AT_S = 300.0
DOWN_FOR_S = 3600.0
SHORT_S = 480.0
"""For how long it is down where the judge is in a hurry."""

AFTERWARDS_S = 300.0
PER_SECOND = 0.2

ACCEPTED = {"placed", "deferred", "declined"}
"""How a customer's order is answered that the shop has; a declined one can be paid again."""

ENDED_OTHERWISE = {"canceled", "rejected"}


def scenario(rng: random.Random, down_for_s: float = DOWN_FOR_S) -> Scenario:
    """An hour's outage, and one more crash in the middle of catching up."""
    up_at_s = DOWN_AT_S + down_for_s
    return Scenario(
        load=Poisson(per_second=PER_SECOND),
        lasts=up_at_s + AFTERWARDS_S,
        seed=rng.getrandbits(31),
        customers=Customers(cancels=0.02, looks=0.0),
        # Slow enough that catching up takes a while in which something can go wrong.
        deployment={"ordermanagement": Deployment(service_s=Exponential(0.05))},
        people=People(deliver_s=LogNormal(300.0, 0.4)),
        faults=[
            Outage("ordermanagement", at=DOWN_AT_S, lasts=down_for_s),
            # A pod starts up in 5 s; this one dies with a whole batch in hand.
            Crash("ordermanagement", at=up_at_s + 5.0 + rng.uniform(0.3, 1.0)),
        ],
        engine=EngineSettings(poll_s=10.0),
    )


def observe(run: Run) -> Observation:
    """Look for orders that were not accepted or never taken, and for when the last of the outage's was taken."""
    up_at_s = run.result.scenario.lasts - AFTERWARDS_S
    orders, requests, queues = run.frames["orders"], run.frames["requests"], run.frames["queues"]
    placing = requests[requests["kind"] == "place"]
    turned_down = placing.loc[placing["outcome"] != "placed", ["order_id", "outcome"]]
    never_taken = orders.loc[orders["taken_s"].isna() & ~orders["status"].isin(ENDED_OTHERWISE), "order_id"]
    during = orders[orders["arrived_s"].between(DOWN_AT_S, up_at_s)]
    waited = during[~during["status"].isin(ENDED_OTHERWISE)]
    # An order that is never taken is taken infinitely late.
    caught_up_s = float(waited["taken_s"].fillna(np.inf).max()) - up_at_s
    lag = queues.loc[queues["context"] == "ordermanagement", ["time_s", "lag"]]
    return Observation(
        run=run.name,
        figures={"answer": quantile(placing["latency_s"], 0.99), "catch-up": caught_up_s},
        counterexamples={
            "accepted": tuple(
                run.found("every_order_offered_is_accepted", f"the customer's order was {outcome}", order_id)
                for order_id, outcome in turned_down.head(3).itertuples(index=False)
            ),
            "taken": run.of_orders("every_order_is_taken_after_recovery", "it was never taken", never_taken),
            "invariants": run.check(),
        },
        facts={
            "up_at_s": up_at_s,
            "lasts_s": run.result.scenario.lasts,
            "offered": len(placing),
            "accepted": int((placing["outcome"] == "placed").sum()),
            "during": len(during),
            "taken": int(orders["taken_s"].notna().sum()),
            "backlog": int(lag["lag"].max()),
        },
        tables={
            "placing": placing[["arrived_s", "latency_s", "outcome"]],
            "taken": pd.DataFrame({"taken_s": orders["taken_s"].dropna().sort_values().to_numpy()}),
            "lag": lag,
        },
    )


def tell(seen: Sequence[Observation]) -> Mapping[str, str]:
    """Say what the runs went through."""
    return {
        "accepted": (
            f"{total(seen, 'offered'):,} orders offered, {total(seen, 'accepted'):,} accepted; "
            f"{total(seen, 'during'):,} of them came while ordermanagement was down"
        ),
        "taken": f"{total(seen, 'taken'):,} orders taken; the others were canceled before",
        "catch-up": (
            f"up to {max(int(one.facts['backlog']) for one in seen):,} messages had piled up in the topic; one pod "
            "died once more in the middle of catching up"
        ),
    }


ACCEPTING = Experiment(
    requirement="N2",
    story=(
        f"Customers order at {PER_SECOND:g} a second; ordermanagement is down for an hour ({SHORT_S / 60:g} minutes "
        "if the judge is in a hurry), and one of its pods dies once more while it catches up."
    ),
    replications=6,
    scenario=scenario,
    observe=observe,
    tell=tell,
    short=partial(scenario, down_for_s=SHORT_S),
)
