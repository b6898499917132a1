"""The requirements that a drill can judge, and its verdicts on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from bookdelivery.requirements.catalogue import NONFUNCTIONAL
from bookdelivery.requirements.invariants import (
    INVARIANTS,
    Invariant,
    check,
    every_effect_happens_once,
    every_event_reaches_every_subscriber,
    money_agrees_with_the_end,
    money_moves_at_most_once,
    no_order_is_complete_before_its_payment,
    no_payment_stays_unknown,
    nothing_is_dead_lettered,
    nothing_leaves_the_store_unpaid,
    outboxes_drain,
)
from bookdelivery.requirements.judge import Judgement
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement
from bookdelivery.requirements.verdict import Counterexample, Verdict, judge_runs
from bookdelivery.services.drill.entrance import Asked
from bookdelivery.services.drill.judging import Remains

_UNPAID = (no_order_is_complete_before_its_payment, nothing_leaves_the_store_unpaid)
_MONEY = (money_agrees_with_the_end, no_payment_stays_unknown)
_EVENTS = (every_event_reaches_every_subscriber, outboxes_drain, nothing_is_dead_lettered)
_TWICE = (money_moves_at_most_once, every_effect_happens_once)
_OTHERS = tuple(one for one in INVARIANTS if one not in _UNPAID + _MONEY + _EVENTS + _TWICE)

ACCEPTED = frozenset({"placed", "deferred", "declined"})
"""Outcomes of a customer's order that are an answer."""


@attrs.frozen(kw_only=True)
class Seen:
    """What is known of a drill that is over.

    Attributes:
        remains: what it left.
        asked: every request.
        unfinished: how many orders were still worked on when patience ended.
        fetched: by process, how many messages it was given until the first kill, and in all.
        opened: the circuit breakers that were open at some time.
        open_still: those that were not closed in the end.
    """

    remains: Remains
    asked: Sequence[Asked]
    unfinished: int
    fetched: Mapping[str, tuple[int, int]] = attrs.field(factory=dict)
    opened: frozenset[str] = frozenset()
    open_still: frozenset[str] = frozenset()


Found = Sequence[Counterexample]
Finder = Callable[[Seen], Found | None]
"""Gives what breaks a criterion; None where the drill says nothing about it."""


def _breaking(*invariants: Invariant) -> Finder:
    return lambda seen: check(seen.remains.evidence, invariants)


def _forgotten(seen: Seen) -> Found:
    stored = seen.remains.evidence.of("Order")
    return [
        Counterexample(
            invariant="what_a_customer_was_told_stays_true",
            why=f"the customer was told that the order stands, but it is {'unpaid' if status else 'not there'}",
            order_id=order_id,
            trail=seen.remains.evidence.trail(order_id),
        )
        for order_id, status in seen.remains.shown.items()
        if status in (None, "awaitingPayment", "declined", "expired") or order_id not in stored
    ]


def _lost_events(seen: Seen) -> Found:
    logs = seen.remains.evidence.logs
    lost = [
        Counterexample(
            invariant="every_committed_event_is_published",
            why=f"{envelope.type} of {envelope.source} was committed and is not on the topic",
            order_id=envelope.key,
        )
        for log in logs.values()
        for envelope in log
        if envelope.id not in seen.remains.published
    ]
    restless = Counterexample(invariant="everything_comes_to_rest", why="services still had something to do in the end")
    stuck = Counterexample(
        invariant="everything_comes_to_rest", why=f"{seen.unfinished} orders could not be taken, packed or delivered"
    )
    return [
        *lost,
        *([] if seen.remains.is_at_rest else [restless]),
        *([stuck] if seen.unfinished else []),
        *check(seen.remains.evidence, _EVENTS),
    ]


def _not_accepted(seen: Seen) -> Found | None:
    placing = [one for one in seen.asked if one.kind == "place"]
    return _unanswered(placing, "an order offered was not accepted") if placing else None


def _failures(seen: Seen) -> Found | None:
    failed = [one for one in seen.asked if one.outcome in ("failed", "timed out")]
    return _unanswered(failed, "a request failed") if seen.asked else None


def _unanswered(asked: Iterable[Asked], what: str) -> Found:
    return [
        Counterexample(
            invariant="every_request_is_answered",
            why=f"{what}: {one.kind} at {one.began_s:.1f} s {one.outcome} ({one.detail})",
            order_id=one.order_id,
        )
        for one in asked
        if one.outcome not in ACCEPTED
    ]


def _not_taken(seen: Seen) -> Found:
    orders = seen.remains.evidence.of("Order")
    return [
        Counterexample(
            invariant="every_order_is_taken_after_recovery",
            why=f"it stays {orders[order_id].status}",
            order_id=order_id,
        )
        for order_id in seen.remains.shown
        if order_id in orders and orders[order_id].status == "placed"
    ]


def _never_held_off(seen: Seen) -> Found:
    found = []
    if not seen.opened:
        found.append(Counterexample(invariant="a_breaker_opens", why="no circuit breaker was seen open"))
    if not any(one.kind == "place" and one.outcome == "deferred" for one in seen.asked):
        found.append(Counterexample(invariant="customers_are_held_off", why="nobody was led to pay a little later"))
    return found


def _still_open(seen: Seen) -> Found:
    return [
        Counterexample(invariant="breakers_close", why=f"the circuit breaker {name} was not closed in the end")
        for name in sorted(seen.open_still)
    ]


def _stuck(seen: Seen) -> Found:
    deferred = {one.order_id for one in seen.asked if one.outcome == "deferred"}
    evidence = seen.remains.evidence
    return [
        Counterexample(
            invariant="deferred_orders_end",
            why=f"it is {order.status} past its time",
            order_id=order_id,
            trail=evidence.trail(order_id),
        )
        for order_id, order in evidence.of("Order").items()
        if order_id in deferred
        and order.status in {"awaitingPayment", "declined"}
        and (order.pay_until is None or order.pay_until <= evidence.now)
    ]


def _second_was_busy(seen: Seen) -> Found | None:
    counts = {name: one for name, one in seen.fetched.items() if name.startswith("delivery")}
    if len(counts) != 2 or not any(before for before, _ in counts.values()):
        return None
    idle = [name for name, (before, _) in counts.items() if not before]
    if not idle:
        return [Counterexample(invariant="one_partition_one_consumer", why=f"both were given messages: {counts}")]
    if counts[idle[0]][1] == 0:
        return [Counterexample(invariant="the_second_takes_over", why=f"{idle[0]} was given nothing in the end")]
    return []


def _never(name: str, metric: str) -> Criterion:
    return Criterion(name=name, metric=metric, measure=Measure.COUNTEREXAMPLES, unit="share of runs")


def _only(id: str, *names: str) -> Requirement:
    requirement = next(one for one in NONFUNCTIONAL if one.id == id)
    return attrs.evolve(requirement, criteria=tuple(requirement.criterion(name) for name in names))


KEPT = Requirement(
    id="kept",
    text="What a customer was told stays true; no event is lost, and nothing happens twice, whoever is killed.",
    korean="어느 프로세스가 죽더라도 고객에게 한 응답은 지켜지고, 이벤트는 유실되거나 중복 처리되지 않는다.",
    criteria=(
        _never("acknowledged", "acknowledged orders that are lost"),
        _never("events", "events that are lost"),
        _never("doubled", "charges, deliveries or facts that are doubled"),
    ),
)
REPLICA = Requirement(
    id="consumer-replica",
    text="A second consumer on one partition gets nothing until the first stops, and then takes over.",
    korean="파티션이 하나이면 두 번째 컨슈머는 첫 번째가 멈출 때까지 아무것도 받지 않고, 그 뒤에 이어받는다.",
    criteria=(_never("second", "runs in which the second got something before, or nothing after"),),
)
ROLLING = Requirement(
    id="rolling-restart",
    text="While ordermanagement is renewed, replica by replica, every request is answered.",
    korean="주문관리를 하나씩 교체하는 동안에도 모든 요청에 응답한다.",
    criteria=(_never("failures", "runs in which a request failed"),),
)
N1 = _only("N1", "unpaid-orders", "money", "invariants")
N2 = _only("N2", "accepted", "taken")
_HELD_OFF = _only("N3", "opens", "deferred")
N3 = attrs.evolve(
    _HELD_OFF,
    criteria=(*_HELD_OFF.criteria, _never("closes", "runs in which a circuit breaker stays open after the overload")),
)

ALWAYS = (KEPT, N1)
"""What every drill judges."""

_FINDERS: Mapping[tuple[str, str], Finder] = {
    ("kept", "acknowledged"): _forgotten,
    ("kept", "events"): _lost_events,
    ("kept", "doubled"): _breaking(*_TWICE),
    ("N1", "unpaid-orders"): _breaking(*_UNPAID),
    ("N1", "money"): _breaking(*_MONEY),
    ("N1", "invariants"): _breaking(*_OTHERS),
    ("N2", "accepted"): _not_accepted,
    ("N2", "taken"): _not_taken,
    ("N3", "opens"): _never_held_off,
    ("N3", "deferred"): _stuck,
    ("N3", "closes"): _still_open,
    ("consumer-replica", "second"): _second_was_busy,
    ("rolling-restart", "failures"): _failures,
}


def judge(seen: Seen, requirements: Sequence[Requirement], *, seed: int, told: str) -> Judgement:
    """Judge a drill: one run, in which one counterexample violates a requirement.

    Args:
        seen: what is known of it.
        requirements: which to judge by.
        seed: the scenario's.
        told: what happened in it.
    """

    def finding(requirement: Requirement) -> Verdict:
        found = {one.name: _FINDERS[requirement.id, one.name](seen) for one in requirement.criteria}
        return Verdict(
            requirement=requirement,
            findings=tuple(
                judge_runs(one, [] if (broken := found[one.name]) is None else [broken]) for one in requirement.criteria
            ),
        )

    return Judgement(
        system="bookstore",
        seed=seed,
        verdicts=tuple(finding(requirement) for requirement in requirements),
        observations={},
        played={},
        told={requirement.id: told for requirement in requirements},
    )


def count(seen: Seen) -> Mapping[str, int]:
    """Count what a long drill is about."""
    evidence = seen.remains.evidence
    return {
        "acknowledged orders": len(seen.remains.shown),
        "acknowledged orders lost": len(_forgotten(seen)),
        "events": sum(len(log) for log in evidence.logs.values()),
        "events lost": len([one for one in _lost_events(seen) if one.order_id is not None]),
        "charges, deliveries or facts doubled": sum(1 for one in _TWICE for _ in one(evidence)),
    }
