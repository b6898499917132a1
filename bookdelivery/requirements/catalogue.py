"""The business's requirements, each with its figures and bounds."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from bookdelivery.requirements.requirement import Criterion, Measure, Requirement
from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.uptime_proofs import UPTIMES


def _cases() -> tuple[Criterion, ...]:
    return (
        Criterion(
            name="cases",
            metric="cases that fail, or leave an invariant broken",
            korean="실패하거나 불변식을 어긴 사례",
            measure=Measure.CASES,
            unit="cases",
        ),
    )


def _never(name: str, metric: str, korean: str) -> Criterion:
    return Criterion(name=name, metric=metric, korean=korean, measure=Measure.COUNTEREXAMPLES, unit="share of runs")


def _within(name: str, metric: str, korean: str, bound_s: float) -> Criterion:
    return Criterion(name=name, metric=metric, korean=korean, measure=Measure.MEDIAN, unit="s", bound=bound_s)


_INVARIANTS = _never("invariants", "runs that break an invariant", "불변식을 어긴 실행")

FUNCTIONAL = (
    Requirement(
        id="F1",
        text="A customer picks books and places an order.",
        korean="고객이 도서를 선택하여 주문한다.",
        criteria=_cases(),
    ),
    Requirement(id="F2", text="The customer pays.", korean="고객이 결제한다.", criteria=_cases()),
    Requirement(
        id="F3",
        text="When it is paid, the order reaches the store.",
        korean="결제가 되면 주문 내역이 서점에 전달된다.",
        criteria=_cases(),
    ),
    Requirement(
        id="F4",
        text="The shopkeeper takes the order and packs the books.",
        korean="점주가 주문을 확인하고 도서를 포장한다.",
        criteria=_cases(),
    ),
    Requirement(
        id="F5",
        text="When the books are packed, the store's courier starts the delivery.",
        korean="포장이 끝나면 서점의 배송기사가 배송을 시작한다.",
        criteria=_cases(),
    ),
    Requirement(
        id="F6",
        text="The customer can cancel the order.",
        korean="고객이 주문을 취소할 수 있다.",
        criteria=_cases(),
    ),
    Requirement(
        id="F7",
        text="When an order is canceled, its delivery and its payment are canceled.",
        korean="주문이 취소되면 배송과 결제가 취소된다.",
        criteria=_cases(),
    ),
    Requirement(
        id="F8",
        text="The customer can ask for the order's state at any time.",
        korean="고객이 주문 상태를 언제든지 조회할 수 있다.",
        criteria=_cases(),
    ),
    Requirement(
        id="F9",
        text="Whenever the state of the order or its delivery changes, the customer sees it on MyPage.",
        korean="주문과 배송 상태가 바뀔 때마다 고객이 마이페이지에서 확인한다.",
        criteria=_cases(),
    ),
)

NONFUNCTIONAL = (
    Requirement(
        id="N1",
        text="No order without a payment, ever: an order is complete only when its payment is, whatever breaks.",
        korean="결제가 되지 않은 주문은 어떤 경우에도 성립하지 않는다. (동기식 호출)",
        criteria=(
            _never(
                "unpaid-orders",
                "runs in which an unpaid order is complete, handled or said to stand",
                "결제되지 않은 주문이 성립한 실행",
            ),
            _never("money", "runs in which money and orders disagree in the end", "금액과 주문이 어긋난 실행"),
            _INVARIANTS,
        ),
    ),
    Requirement(
        id="N2",
        text="Orders are accepted around the clock, also while ordermanagement is down.",
        korean="주문관리 기능이 수행되지 않더라도 주문은 365일 24시간 받을 수 있다. (비동기, 결과적 일관성)",
        criteria=(
            _never("accepted", "runs in which an order offered was not accepted", "받지 못한 주문이 있는 실행"),
            _never(
                "taken",
                "runs in which an order was never taken after recovery",
                "복구 후 처리되지 않은 주문이 있는 실행",
            ),
            _within("answer", "99 % of customers have their answer within", "고객 99 %의 주문 응답 시간", 1.0),
            _within(
                "catch-up",
                "all orders of the outage are taken after recovery within",
                "복구 후 밀린 주문 처리 시간",
                300.0,
            ),
            _INVARIANTS,
        ),
    ),
    Requirement(
        id="N3",
        text="When payment is overloaded, customers are held off for a moment and led to pay a little later.",
        korean="결제 시스템이 과중되면 고객을 잠시 받지 않고 결제를 잠시 후에 하도록 유도한다. (서킷 브레이커, 폴백)",
        criteria=(
            _never("opens", "runs in which no circuit breaker opens", "서킷 브레이커가 열리지 않은 실행"),
            _within(
                "held-off", "99 % of customers held off have their answer within", "유도된 고객 99 %의 응답 시간", 1.0
            ),
            _within(
                "closes",
                "all breakers are closed again after the overload within",
                "과중 해소 후 브레이커 복구 시간",
                60.0,
            ),
            _never(
                "deferred",
                "runs in which a deferred order is neither paid nor over in the end",
                "결제도 만료도 되지 않은 주문이 남은 실행",
            ),
            _never(
                "unpaid-orders",
                "runs in which an unpaid order is complete, handled or said to stand",
                "결제되지 않은 주문이 성립한 실행",
            ),
            _INVARIANTS,
        ),
    ),
    Requirement(
        id="N4",
        text="MyPage shows the delivery's state without touching another context's data.",
        korean="고객이 배송 상태를 다른 서비스의 데이터를 건드리지 않고 마이페이지에서 확인할 수 있다. (CQRS)",
        criteria=(
            _within("staleness", "99 % of changes are seen on MyPage within", "변경 99 %의 마이페이지 반영 시간", 1.0),
            _never("calls", "runs in which MyPage calls another context", "마이페이지가 다른 서비스를 호출한 실행"),
            _never(
                "unanswered",
                "runs in which MyPage does not answer while all others are down",
                "다른 서비스 중단 시 마이페이지가 응답하지 않은 실행",
            ),
            _within(
                "answer",
                "with all others down, 99 % of looks are answered within",
                "다른 서비스 중단 시 조회 99 %의 응답 시간",
                1.0,
            ),
            _INVARIANTS,
        ),
    ),
)

TOLD = tuple(story.requirement for story in STORIES.values())
"""What the built-in scenarios must show; each has its scenario's name for its id."""

UPTIME = tuple(proof.requirement for proof in UPTIMES.values())
"""The yearly uptime goals that contexts declare."""

REQUIREMENTS = FUNCTIONAL + NONFUNCTIONAL + UPTIME + TOLD
"""All requirements, in the order in which they are told."""

QUICK_RUNS = 3
"""How often a quick judge runs each experiment."""

QUICK_CONFIDENCE = 0.75
"""The most that three replications can say of a median: it is between the least and the greatest in 1 - 2 / 2**3."""


def at_a_glance(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Give the same requirements for a quick judge, at the confidence that so few replications can reach.

    Uptime goals keep theirs, as they are judged by no fewer outage cycles than else.
    """
    return tuple(
        attrs.evolve(
            requirement,
            criteria=tuple(
                one if one.measure is Measure.AVAILABILITY else attrs.evolve(one, confidence=QUICK_CONFIDENCE)
                for one in requirement.criteria
            ),
        )
        for requirement in requirements
    )
