"""Stories about contexts that are away while the others go on: what waits for them, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from math import inf, isnan

from bookdelivery.requirements.nonfunctional.experiment import Run
from bookdelivery.requirements.stories.sights import (
    answer_s,
    backlog,
    broken_rules,
    caught_up_s,
    not_accepted,
    twice,
    unhandled,
    unpaid,
    window_s,
    without,
)
from bookdelivery.requirements.stories.story import Broken, Story, Twist, at_least, at_most, never

ACCEPTED = never(
    "accepted", "runs in which an order offered was not accepted", "받지 못한 주문이 있는 실행", not_accepted
)
ANSWER = at_most("answer", "99 % of customers have their answer within", "고객 99 %의 주문 응답 시간", 1.0, answer_s)
INVARIANTS = never("invariants", "runs that break an invariant", "불변식을 어긴 실행", broken_rules)
UNPAID = never(
    "unpaid-orders",
    "runs in which an unpaid order is complete, handled or said to stand",
    "결제되지 않은 주문이 성립한 실행",
    unpaid,
)

STORE_DOWN = Story(
    scenario="store-down",
    text="While ordermanagement is down, every order is accepted, and taken once it is back (N2).",
    korean="주문관리가 중단되어도 모든 주문을 받고, 복구되면 빠짐없이 처리한다. (N2)",
    claims=(
        ACCEPTED,
        ANSWER,
        never(
            "taken",
            "runs in which an order was never taken after recovery",
            "복구 후 처리되지 않은 주문이 있는 실행",
            without("taken_s"),
        ),
        at_most(
            "catch-up",
            "the store knows every order of the outage after recovery within",
            "복구 후 밀린 주문 접수 시간",
            30.0,
            caught_up_s("ordermanagement.take the order's info"),
        ),
        INVARIANTS,
    ),
    shows="ordermanagement",
    short={"load.per_second": 0.5, "lasts": 240.0},
)

DELIVERY_STARTS = "delivery.start the delivery"

CATCH_UP = Story(
    scenario="catch-up",
    text="Delivery comes back after an outage and handles every event that waited for it, once.",
    korean="배송이 복구되면 기다리던 모든 이벤트를 한 번씩 처리한다.",
    claims=(
        at_least(
            "backlog",
            "messages that wait for delivery at most",
            "배송을 기다리는 메시지 수",
            50,
            backlog("delivery"),
            "",
        ),
        never(
            "handled",
            "runs in which a waiting event was never handled",
            "처리되지 않은 이벤트가 있는 실행",
            unhandled(DELIVERY_STARTS),
        ),
        at_most(
            "catch-up",
            "all events of the outage are handled after recovery within",
            "복구 후 밀린 이벤트 처리 시간",
            30.0,
            caught_up_s(DELIVERY_STARTS),
        ),
        never("once", "runs in which an order is sent twice", "두 번 배송된 실행", twice("DeliveryStarted")),
        INVARIANTS,
    ),
    shows="delivery",
    short={"load.per_second": 0.5, "lasts": 200.0},
)

SUPPORTING_REMOVED = Story(
    scenario="supporting-removed",
    text="Delivery is gone for good, and order and payment are unharmed.",
    korean="배송이 아예 없어져도 주문과 결제는 영향을 받지 않는다.",
    claims=(
        ACCEPTED,
        ANSWER,
        never("paid", "runs in which an order was not paid", "결제되지 않은 주문이 있는 실행", without("paid_s", ())),
        never(
            "packed", "runs in which an order was not packed", "포장되지 않은 주문이 있는 실행", without("packed_s", ())
        ),
        UNPAID,
    ),
    shows="delivery",
    short={"load.per_second": 0.5},
)


def handlers(run: Run, until_s: float) -> dict[str, int]:
    """Count the orders' deliveries that each pod of delivery started up to a moment, those that did any."""
    operations = run.frames["operations"]
    own = operations[(operations["operation"] == DELIVERY_STARTS) & (operations["outcome"] == "done")]
    pods = own.loc[own["started_s"] <= until_s, "pod"].tolist()
    return dict(sorted(Counter(pods).items()))


def both_work(run: Run) -> Broken:
    """Complain where more than one pod had something to do before one of them died."""
    busy = handlers(run, window_s(run)[0])
    if len(busy) == 1:
        return ()
    return (run.found("one_partition_has_one_consumer", f"before the crash these were busy: {busy}"),)


def not_shared(run: Run) -> Broken:
    """Complain where not every pod had something to do before one of them died."""
    busy = handlers(run, window_s(run)[0])
    if len(busy) == run.result.scenario.deployment["delivery"].replicas:
        return ()
    return (run.found("partitions_are_shared", f"before the crash only these were busy: {busy}"),)


def taken_over_s(run: Run) -> float:
    """Say how long after the crash another pod started a delivery first, in seconds."""
    at_s = window_s(run)[0]
    before = handlers(run, at_s)
    operations = run.frames["operations"]
    others = operations[(operations["operation"] == DELIVERY_STARTS) & ~operations["pod"].isin(before)]
    first = others.loc[(others["outcome"] == "done") & (others["started_s"] > at_s), "started_s"].min()
    return inf if isnan(first) else float(first) - at_s


CONSUMER_REPLICA = Story(
    scenario="consumer-replica",
    text="A second consumer gets nothing from one partition, and takes over when the first dies, without a duplicate.",
    korean="파티션이 하나면 두 번째 소비자는 쉬다가, 첫 번째가 멈추면 중복 없이 이어받는다.",
    claims=(
        never(
            "idle",
            "runs in which both consumers are busy while both live",
            "두 소비자가 함께 처리한 실행",
            both_work,
        ),
        at_most(
            "takes-over", "after the crash the other takes over within", "장애 후 이어받는 시간", 15.0, taken_over_s
        ),
        never(
            "handled",
            "runs in which a waiting event was never handled",
            "처리되지 않은 이벤트가 있는 실행",
            unhandled(DELIVERY_STARTS),
        ),
        never("once", "runs in which an order is sent twice", "두 번 배송된 실행", twice("DeliveryStarted")),
        INVARIANTS,
    ),
    twist=Twist(
        name="on twelve partitions",
        changes={"topic.partitions": 12},
        claims=(
            never(
                "shared",
                "on twelve partitions: runs in which one of the two gets nothing",
                "파티션이 열둘일 때 한 소비자만 처리한 실행",
                not_shared,
            ),
        ),
    ),
    shows="delivery",
    short={"load.per_second": 0.5, "lasts": 90.0},
)
