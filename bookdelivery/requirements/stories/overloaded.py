"""Stories about too much to do: circuit breakers, bulkheads, retries and their budgets."""

from __future__ import annotations

from math import inf

from bookdelivery.requirements.nonfunctional.experiment import Run, quantile
from bookdelivery.requirements.nonfunctional.holding_off import held_off
from bookdelivery.requirements.requirement import Sense
from bookdelivery.requirements.stories.sights import (
    closings,
    never_opened,
    opened,
    openings,
    put_off,
    put_off_for_good,
    window_s,
)
from bookdelivery.requirements.stories.story import Story, Twist, at_least, at_most, never, share
from bookdelivery.requirements.stories.waiting import INVARIANTS, UNPAID
from bookdelivery.simulation.experiments import Share


def held_off_s(run: Run) -> float:
    """Say within which time 99 % of those whom a breaker held off had their answer, in seconds."""
    off = held_off(run.frames["operations"], run.frames["breakers"])
    return quantile(off["finished_s"] - off["arrived_s"], 0.99)


def closed_after_s(run: Run) -> float:
    """Say how long after the overload the last breaker closed for good, in seconds; infinite if one never did."""
    last = run.frames["breakers"].groupby("pod")[["time_s", "state"]].last()
    if last.empty or (last["state"] != "closed").any():
        return inf
    return max(0.0, float(last["time_s"].max()) - window_s(run)[1])


def paid_later(run: Run) -> Share:
    """Count those orders among the put-off that were paid after all."""
    waiting = put_off(run)
    return Share(int(waiting["placed_s"].notna().sum()), len(waiting))


PAYMENT_OVERLOAD = Story(
    scenario="payment-overload",
    text="When payment is overloaded, customers are held off at once, and most of them pay a little later (N3).",
    korean="결제가 과중되면 고객을 바로 돌려보내고, 대부분 잠시 후에 결제한다. (N3)",
    claims=(
        never("opens", "runs in which no circuit breaker opens", "서킷 브레이커가 열리지 않은 실행", never_opened),
        at_most(
            "held-off",
            "99 % of customers held off have their answer within",
            "유도된 고객 99 %의 응답 시간",
            1.0,
            held_off_s,
        ),
        at_most(
            "closes",
            "all breakers are closed again after the overload within",
            "과중 해소 후 브레이커 복구 시간",
            60.0,
            closed_after_s,
        ),
        share(
            "paid-later",
            "orders put off that are paid after all",
            "나중에 결제된 주문의 비율",
            Sense.AT_LEAST,
            0.5,
            paid_later,
        ),
        never(
            "deferred",
            "runs in which a deferred order is neither paid nor over in the end",
            "결제도 만료도 되지 않은 주문이 남은 실행",
            put_off_for_good,
        ),
        INVARIANTS,
    ),
    shows="order",
    short={"lasts": 150.0},
)


def late_payments(run: Run) -> Share:
    """Count those calls for a payment that were not answered in time."""
    calls = run.frames["calls"]
    paying = calls[calls["command"] == "Pay"]
    return Share(int((paying["outcome"] == "unanswered").sum()), len(paying))


SIEGE = Story(
    scenario="siege",
    text="Under siege, a full bulkhead makes the breaker open and close again and again, and nobody waits for long.",
    korean="부하가 몰리면 서킷 브레이커가 열리고 닫히기를 되풀이하며, 아무도 오래 기다리지 않는다.",
    claims=(
        at_least("opens", "times a minute the breaker opens", "1분에 브레이커가 열린 횟수", 5, openings, "/min"),
        at_least(
            "closes",
            "times a minute it closes again",
            "1분에 브레이커가 다시 닫힌 횟수",
            4,
            closings,
            "/min",
        ),
        at_most(
            "held-off",
            "99 % of customers held off have their answer within",
            "유도된 고객 99 %의 응답 시간",
            0.5,
            held_off_s,
        ),
        UNPAID,
    ),
    twist=Twist(
        name="without the bulkhead",
        changes={"resilience.order.calls.Pay.bulkhead": None},
        claims=(
            never(
                "stays-closed",
                "without the bulkhead: runs in which the breaker opens",
                "벌크헤드 없이 브레이커가 열린 실행",
                opened,
            ),
            share(
                "late",
                "without the bulkhead: calls that are not answered in time, 1 in 22",
                "벌크헤드 없이 제때 응답하지 못한 호출의 비율",
                Sense.AT_MOST,
                0.06,
                late_payments,
            ),
        ),
    ),
    shows="order",
    # It opens and closes several times all the same; bounds are counts in a minute, and shares.
    short={"lasts": 20.0, "load.users": 60},
)

LATE_S = 45.0
"""How long after the trouble the storm must be over, or still rage, in seconds."""


def placed_long_after(run: Run) -> float:
    """Say how many percent of the orders stand at once, of those that come long after the trouble."""
    requests = run.frames["requests"]
    late = requests[(requests["kind"] == "place") & (requests["arrived_s"] > window_s(run)[1] + LATE_S)]
    return 100.0 * float((late["outcome"] == "placed").mean())


RETRY_STORM = Story(
    scenario="retry-storm",
    text="Ten bad seconds do not become a storm of retries, as a budget and a breaker hold them back.",
    korean="재시도 예산과 브레이커가 있으면 10초의 장애가 재시도 폭풍으로 이어지지 않는다.",
    claims=(
        at_least(
            "recovers",
            f"orders that stand at once, {LATE_S:g} s after the trouble and later",
            "장애 후 바로 성립한 주문의 비율",
            99.0,
            placed_long_after,
            "%",
        ),
        UNPAID,
    ),
    twist=Twist(
        name="without budget and breaker",
        changes={"resilience.order.calls.Pay.breaker": False, "resilience.order.calls.Pay.retry.budget": None},
        claims=(
            at_most(
                "never-recovers",
                "without budget and breaker: orders that stand at once, as late as that",
                "예산과 브레이커 없이 바로 성립한 주문의 비율",
                10.0,
                placed_long_after,
                "%",
            ),
        ),
    ),
    shows="payment",
    short={"lasts": 75.0},
)
