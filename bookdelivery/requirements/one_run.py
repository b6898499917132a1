"""What a single run of a scenario of one's own says about the requirements.

One run is one replication: it can show a requirement violated, but what it does not show may still happen in 95 of 100
others, which the interval says. `bookdelivery verify` judges on many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import NONFUNCTIONAL
from bookdelivery.requirements.nonfunctional.accepting import ACCEPTED
from bookdelivery.requirements.nonfunctional.experiment import Run
from bookdelivery.requirements.nonfunctional.paying import MONEY, OTHERS, UNPAID
from bookdelivery.requirements.requirement import Criterion, Requirement
from bookdelivery.requirements.verdict import Counterexample, Finding, Status, Verdict, judge_runs
from bookdelivery.simulation import Result

STILL_TO_BE_TAKEN = {"placed"}
STILL_TO_BE_PAID = {"awaitingPayment", "declined"}

Found = Mapping[str, Sequence[Counterexample] | None]
"""For each criterion what broke it, None where the run says nothing about it."""


def verdicts(result: Result) -> pd.DataFrame:
    """Judge the non-functional requirements on one run.

    Returns:
        One row a requirement, its id the index. Columns: text; verdict (met, violated, undecided); estimate: the share
        of runs that break it, here 0 or 1; low, high: the interval for that share; confidence; evidence: what was
        found.
    """
    run = Run("this run", result.system, result)
    rows = [_row(_judge(requirement, found_in(run, requirement.id))) for requirement in NONFUNCTIONAL]
    return pd.DataFrame(rows).set_index("requirement")


def found_in(run: Run, requirement: str) -> Found:
    """Look for what breaks a requirement of the catalogue in a run of any scenario.

    Raises:
        InvalidField: nothing is known of how to find that.
    """
    if requirement not in _FINDERS:
        allowed = f"one of {', '.join(_FINDERS)}, or have a reader for each criterion"
        raise InvalidField("requirement", "id", requirement, allowed)
    return _FINDERS[requirement](run)


def _paying(run: Run) -> Found:
    if run.frames["orders"].empty:
        return {}
    found = {"unpaid-orders": run.check(UNPAID), "money": run.check(MONEY)}
    # Where something was taken away for good, not every event can reach every subscriber in the end.
    heals = all(fault.heals for fault in run.result.scenario.faults)
    return {**found, "invariants": run.check(OTHERS)} if heals else found


def _accepting(run: Run) -> Found:
    orders, requests = run.frames["orders"], run.frames["requests"]
    placing = requests[requests["kind"] == "place"]
    if placing.empty:
        return {}
    refused = placing[~placing["outcome"].isin(ACCEPTED)]
    waiting = orders.loc[orders["status"].isin(STILL_TO_BE_TAKEN), "order_id"]
    return {
        "accepted": tuple(
            run.found("every_order_offered_is_accepted", f"the customer's order was {outcome}")
            for outcome in refused["outcome"].head(3)
        ),
        "taken": run.of_orders("every_order_is_taken_after_recovery", "it was never taken", waiting),
    }


def _holding_off(run: Run) -> Found:
    orders = run.frames["orders"]
    deferred = orders[orders["deferred_s"].notna()]
    if deferred.empty:
        return {}
    stuck = deferred.loc[deferred["status"].isin(STILL_TO_BE_PAID), "order_id"]
    return {
        "deferred": run.of_orders("deferred_orders_end", "it was neither paid nor over in the end", stuck),
        "unpaid-orders": run.check(UNPAID),
    }


def _showing(run: Run) -> Found:
    calls = run.frames["calls"]
    if run.frames["views"].empty:
        return {}
    made = calls.loc[calls["caller"] == "mypage", ["callee", "command"]].drop_duplicates()
    return {
        "calls": tuple(
            run.found("mypage_asks_nobody", f"it called {callee} with {command}")
            for callee, command in made.itertuples(index=False)
        )
    }


_FINDERS: Mapping[str, Callable[[Run], Found]] = {
    "N1": _paying,
    "N2": _accepting,
    "N3": _holding_off,
    "N4": _showing,
}


def _judge(requirement: Requirement, found: Found) -> Verdict:
    """Judge by those criteria that any run has evidence for; the others need the requirement's own experiment."""

    def judge(criterion: Criterion) -> Finding:
        broken = found.get(criterion.name)
        return judge_runs(criterion, [] if broken is None else [broken])

    judged = tuple(judge(criterion) for criterion in requirement.criteria if criterion.name in found)
    if not judged:
        judged = (judge_runs(requirement.criteria[0], []),)
    return Verdict(requirement=requirement, findings=judged)


def _row(verdict: Verdict) -> dict[str, object]:
    telling = next(finding for finding in verdict.findings if finding.status is verdict.status)
    broken = [counterexample for finding in verdict.findings for counterexample in finding.counterexamples]
    if verdict.status is Status.UNDECIDED:
        evidence = "nothing in this run speaks of it"
    elif broken:
        first = broken[0]
        where = "" if first.order_id is None else f" (order {first.order_id})"
        evidence = f"{first.invariant}: {first.why}{where}"
    else:
        evidence = "no counterexample in one run: " + ", ".join(finding.criterion.name for finding in verdict.findings)
    interval = telling.interval
    return {
        "requirement": verdict.requirement.id,
        "text": verdict.requirement.text,
        "verdict": verdict.status.value,
        "estimate": telling.estimate,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "confidence": telling.criterion.confidence,
        "evidence": evidence,
    }
