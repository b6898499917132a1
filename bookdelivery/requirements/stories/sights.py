"""What the stories look for in a run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf

import pandas as pd

from bookdelivery.requirements.invariants import check
from bookdelivery.requirements.nonfunctional.accepting import ACCEPTED
from bookdelivery.requirements.nonfunctional.experiment import Run, quantile
from bookdelivery.requirements.nonfunctional.holding_off import UNPAID
from bookdelivery.requirements.stories.story import Broken

CALLED_OFF = {"canceled", "rejected", "expired"}
UNSETTLED = {"awaitingPayment", "declined"}


def window_s(run: Run) -> tuple[float, float]:
    """Say when the scenario's first fault, or change on purpose, begins and ends, in seconds."""
    first = run.frames["faults"].iloc[0]
    return float(first["start_s"]), float(first["end_s"])


def not_accepted(run: Run) -> Broken:
    """Find orders that the shop did not accept."""
    requests = run.frames["requests"]
    lost = requests[(requests["kind"] == "place") & ~requests["outcome"].isin(ACCEPTED)]
    return tuple(
        run.found("every_order_offered_is_accepted", f"the customer's order was {outcome}", order_id)
        for order_id, outcome in lost[["order_id", "outcome"]].head(3).itertuples(index=False)
    )


def answer_s(run: Run) -> float:
    """Say within which time 99 % of the customers have the answer to their order, in seconds."""
    requests = run.frames["requests"]
    return quantile(requests.loc[requests["kind"] == "place", "latency_s"], 0.99)


def without(moment: str, ends: Collection[str] = CALLED_OFF) -> Callable[[Run], Broken]:
    """Make the search for orders to which something never happened, and which did not end otherwise."""

    def look(run: Run) -> Broken:
        orders = run.frames["orders"]
        missing = orders.loc[orders[moment].isna() & ~orders["status"].isin(ends), "order_id"]
        return run.of_orders("every_order_gets_there", f"it has no {moment.removesuffix('_s')}", missing)

    return look


def unpaid(run: Run) -> Broken:
    """Find orders that stand, or are handled, without a payment; to be asked of a run that did not settle, too."""
    return tuple(check(run.evidence, UNPAID, run.name))


def broken_rules(run: Run) -> Broken:
    """Check every invariant."""
    return run.check()


def unhandled(consumer: str) -> Callable[[Run], Broken]:
    """Make the search for messages that a policy never handled."""

    def look(run: Run) -> Broken:
        messages = run.frames["messages"]
        lost = messages[(messages["consumer"] == consumer) & messages["consumed_s"].isna()]
        return run.of_orders("every_waiting_event_is_handled", f"{consumer} never heard of it", lost["order_id"])

    return look


def twice(event: str) -> Callable[[Run], Broken]:
    """Make the search for orders of which an event is stated more than once."""

    def look(run: Run) -> Broken:
        events = run.frames["events"]
        times = events.loc[events["type"] == event, "order_id"].value_counts()
        return run.of_orders("nothing_happens_twice", f"there is more than one {event}", sorted(times[times > 1].index))

    return look


def caught_up_s(consumer: str) -> Callable[[Run], float]:
    """Make the reading of how long after the outage a policy had handled what had waited, in seconds."""

    def read(run: Run) -> float:
        at_s, until_s = window_s(run)
        messages = run.frames["messages"]
        waited = messages[(messages["consumer"] == consumer) & messages["published_s"].between(at_s, until_s)]
        # What is never handled is handled infinitely late.
        return max(0.0, float(waited["consumed_s"].fillna(inf).max()) - until_s) if len(waited) else inf

    return read


def backlog(context: str) -> Callable[[Run], float]:
    """Make the reading of how many messages waited for a context at most."""

    def read(run: Run) -> float:
        queues = run.frames["queues"]
        return float(queues.loc[queues["context"] == context, "lag"].max())

    return read


def openings(run: Run) -> float:
    """Count how often a breaker opened, in a minute of load."""
    return int((run.frames["breakers"]["state"] == "open").sum()) * 60.0 / run.result.scenario.lasts


def closings(run: Run) -> float:
    """Count how often a breaker closed after it had been open, in a minute of load."""
    breakers = run.frames["breakers"].sort_values("time_s", kind="stable")
    before = breakers.groupby("pod")["state"].shift()
    return int(((breakers["state"] == "closed") & before.eq("half-open")).sum()) * 60.0 / run.result.scenario.lasts


def never_opened(run: Run) -> Broken:
    """Complain where no breaker opened."""
    return () if openings(run) else (run.found("a_breaker_opens", "there was too much to do, and no breaker opened"),)


def opened(run: Run) -> Broken:
    """Complain where a breaker opened."""
    return (run.found("the_breaker_stays_closed", "a breaker opened"),) if openings(run) else ()


def put_off(run: Run) -> pd.DataFrame:
    """Give the orders whose payment was put off."""
    orders = run.frames["orders"]
    return orders[orders["deferred_s"].notna()]


def put_off_for_good(run: Run) -> Broken:
    """Find orders that were put off, and in the end are neither paid nor over."""
    waiting = put_off(run)
    stuck = waiting.loc[waiting["status"].isin(UNSETTLED), "order_id"]
    return run.of_orders("deferred_orders_are_paid_or_over", "it was put off, and is neither paid nor over", stuck)
