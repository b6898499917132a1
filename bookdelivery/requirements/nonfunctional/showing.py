"""N4: MyPage is up to date, asks nobody, and answers also while everybody else is down."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.requirements.nonfunctional.experiment import Experiment, Run, quantile, total
from bookdelivery.requirements.observation import Observation
from bookdelivery.simulation import Customers, LogNormal, Outage, People, Poisson, Scenario, Uniform

ALONE_AT_S = 240.0
ALONE_FOR_S = 120.0
BACK_AT_S = ALONE_AT_S + ALONE_FOR_S
LASTS_S = BACK_AT_S + 60.0
PER_SECOND = 1.5

OTHERS = ("order", "payment", "ordermanagement", "delivery")


def scenario(rng: random.Random, per_second: float = PER_SECOND) -> Scenario:
    """A quiet time, then an outage of everything but MyPage, while customers keep looking."""
    return Scenario(
        load=Poisson(per_second=per_second),
        lasts=LASTS_S,
        seed=rng.getrandbits(31),
        customers=Customers(cancels=0.02, looks=1.0, look_after_s=Uniform(1.0, 300.0)),
        people=People(take_s=Uniform(5.0, 20.0), pack_s=LogNormal(30.0, 0.4), deliver_s=LogNormal(60.0, 0.4)),
        faults=[Outage(context, at=ALONE_AT_S, lasts=ALONE_FOR_S) for context in OTHERS],
        engine=EngineSettings(poll_s=5.0),
        terms={"order": {"pay_within_s": 300.0}},
    )


def observe(run: Run) -> Observation:
    """Look at how old what MyPage shows is, whom it calls, and whether it answers."""
    frames = run.frames
    views, calls, requests = frames["views"], frames["calls"], frames["requests"]
    quiet = views[views["event_time_s"] < ALONE_AT_S]
    looks = requests[requests["kind"] == "look"]
    alone = looks[looks["arrived_s"].between(ALONE_AT_S, BACK_AT_S)]
    unanswered = alone[alone["outcome"] != "answered"]
    made = calls.loc[calls["caller"] == "mypage", ["callee", "command"]].drop_duplicates()
    return Observation(
        run=run.name,
        figures={"staleness": quantile(quiet["staleness_s"], 0.99), "answer": quantile(alone["latency_s"], 0.99)},
        counterexamples={
            "calls": tuple(
                run.found("mypage_asks_nobody", f"it called {callee} with {command}")
                for callee, command in made.itertuples(index=False)
            ),
            "unanswered": tuple(
                run.found("mypage_answers_alone", f"a look was {outcome}", order_id)
                for order_id, outcome in unanswered[["order_id", "outcome"]].head(3).itertuples(index=False)
            ),
            "invariants": run.check(),
        },
        facts={
            "changes": len(quiet),
            "looks": len(looks),
            "alone": len(alone),
            "calls": len(calls),
            "own_calls": int((calls["caller"] == "mypage").sum()),
        },
        tables={
            "views": views[["event_time_s", "staleness_s"]],
            "looks": looks[["arrived_s", "latency_s", "outcome"]],
        },
    )


def tell(seen: Sequence[Observation]) -> Mapping[str, str]:
    """Say what the runs went through."""
    return {
        "staleness": f"{total(seen, 'changes'):,} changes were shown while nothing was wrong",
        "calls": f"{total(seen, 'own_calls'):,} of {total(seen, 'calls'):,} calls came from MyPage",
        "unanswered": f"{total(seen, 'alone'):,} of {total(seen, 'looks'):,} looks at MyPage came while it was alone",
    }


SHOWING = Experiment(
    requirement="N4",
    story=(
        f"Customers order at {PER_SECOND:g} a second (a third of it if the judge is in a hurry) and look at MyPage "
        f"some time later; after {ALONE_AT_S:g} s every other context is down for {ALONE_FOR_S:g} s."
    ),
    replications=6,
    scenario=scenario,
    observe=observe,
    tell=tell,
    short=partial(scenario, per_second=PER_SECOND / 3),
)
