"""The pictures of the explanation pages that no other command draws: each from a run of the bookstore.

`python -m tests.handbook pictures docs` draws them, in English and Korean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from bookdelivery import ContextResilience
from bookdelivery.requirements.fleets import CRASHES, HANGS, NODES, STORE_FAILS_OVER
from bookdelivery.resilience import BreakerConfig, Resilience, TimeWindow
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.simulation import (
    BrokerDown,
    Deployment,
    Duplication,
    Exponential,
    Network,
    Outage,
    Poisson,
    Provider,
    ProviderTrouble,
    RandomCrashes,
    Result,
    Scenario,
    simulate,
)
from bookdelivery.simulation.statistics import Interval, clopper_pearson, share_interval
from bookdelivery.simulation.theory import YEAR_S, mmc
from bookdelivery.simulation.uptime import Fleet, forecast_uptime
from tests.handbook.chart import Bars, Chart, Points, Series
from tests.specimens.naive import acknowledges_before_handling

FOLDER = Path("assets") / "handbook"
"""Below the directory of the docs."""

Words = Callable[[str, str], str]
"""Chooses from an English and a Korean text."""


def _english(english: str, korean: str) -> str:
    return english


def _korean(english: str, korean: str) -> str:
    return korean


def _staircase(moments: pd.Series[float]) -> Points:
    """Count up by one at each moment."""
    at = np.sort(moments.dropna().to_numpy())
    return [(0.0, 0.0), *((float(when), float(number)) for number, when in enumerate(at, start=1))]


def _thinned(points: Points) -> Points:
    """Keep one point a second, which is all that can be seen."""
    kept = {int(at): (at, value) for at, value in points}
    return list(kept.values())


@cache
def _broker_away() -> Result:
    return simulate(
        Scenario(load=Poisson(per_second=2), lasts=120, people=None, faults=[BrokerDown(at=40, lasts=30)], seed=5)
    )


def outbox(say: Words) -> str:
    """Draw what is committed, published and handled while the broker is away."""
    result = _broker_away()
    approved = result.events[result.events["type"] == "PayApproved"]
    handled = result.messages[
        (result.messages["type"] == "PayApproved") & (result.messages["context"] == "ordermanagement")
    ]
    return Chart(
        title=say(
            "The broker is away for 30 s: what is committed waits in the outbox, and nothing is lost",
            "브로커가 30초 멈춘 동안 커밋된 이벤트는 아웃박스에서 기다리고, 아무것도 잃지 않는다",
        ),
        across=say("seconds", "초"),
        up=say("PayApproved events so far", "지금까지의 PayApproved 이벤트"),
        series=[
            Series(
                name=say("committed with the payment", "결제와 함께 커밋됨"),
                points=_thinned(_staircase(approved["time_s"])),
                steps=True,
            ),
            Series(
                name=say("published, and handled by the store", "발행되어 주문관리가 처리함"),
                points=_thinned(_staircase(handled["consumed_s"])),
                steps=True,
                dashed=True,
            ),
        ],
        shades=[(40, 70, say("broker away", "브로커 중단"))],
    ).to_svg()


@cache
def _twice() -> Result:
    faults = [Duplication(probability=0.5)]
    return simulate(Scenario(load=Poisson(per_second=2), lasts=120, faults=faults, seed=5))


def idempotency(say: Words) -> str:
    """Draw how often messages come, and how often they have an effect."""
    result = _twice()
    groups = []
    for context, consumer, korean in (
        ("ordermanagement", "take the order's info", "주문 정보 접수"),
        ("order", "complete the order", "주문 완료"),
        ("mypage", "mypage", "마이페이지 갱신"),
    ):
        name = f"{context}.{consumer}"
        came = int((result.operations["operation"] == name).sum())
        of = result.messages[(result.messages["consumer"] == name) & result.messages["consumed_s"].notna()]
        groups.append((say(consumer, korean), (came, len(of))))
    return Bars(
        title=say(
            "Half of all messages come twice; each has its effect once",
            "메시지의 절반이 두 번 오지만 효과는 한 번뿐이다",
        ),
        up=say("messages", "메시지"),
        groups=groups,
        kinds=(say("handed to the policy's context", "컨텍스트에 도착"), say("with an effect", "효과가 있음")),
    ).to_svg()


@cache
def _crashing(acknowledges_early: bool) -> Result:
    system = acknowledges_before_handling() if acknowledges_early else BOOKSTORE_SYSTEM
    scenario = Scenario(
        load=Poisson(per_second=2),
        lasts=300,
        people=None,
        deployment={"ordermanagement": Deployment(workers=4, service_s=0.5)},
        faults=[RandomCrashes("ordermanagement", mean_time_between_s=10)],
        seed=5,
    )
    return simulate(scenario, system)


def semantics(say: Words) -> str:
    """Draw what at most once loses, and what at least once repeats."""
    groups = []
    for early, name in (
        (True, say("acknowledge, then handle", "확인 먼저, 처리는 나중")),
        (False, say("handle, then acknowledge", "처리 먼저, 확인은 나중")),
    ):
        result = _crashing(early)
        taking = result.messages[
            (result.messages["context"] == "ordermanagement") & (result.messages["type"] == "PayApproved")
        ]
        done = result.operations[
            (result.operations["operation"] == "ordermanagement.take the order's info")
            & (result.operations["outcome"] == "done")
        ]
        handled = int(taking["consumed_s"].notna().sum())
        groups.append((name, (len(taking), handled, len(taking) - handled, max(0, len(done) - handled))))
    return Bars(
        title=say(
            "A pod that crashes every ten seconds: what becomes of paid orders",
            "10초마다 죽는 파드: 결제된 주문은 어떻게 되는가",
        ),
        up=say("paid orders", "결제된 주문"),
        groups=groups,
        kinds=(
            say("published", "발행됨"),
            say("known to the store", "주문관리가 앎"),
            say("lost", "유실"),
            say("came again", "다시 옴"),
        ),
    ).to_svg()


SERVICE_S, SERVERS = 0.1, 2


@cache
def _measured(busy: float) -> float:
    per_second = busy * SERVERS / SERVICE_S
    deployment = {
        "order": Deployment(replicas=1, workers=400),
        "payment": Deployment(replicas=1, workers=SERVERS, service_s=0, operations={"Pay": Exponential(SERVICE_S)}),
    }
    result = simulate(
        Scenario(
            load=Poisson(per_second=per_second),
            lasts=5000 / per_second,
            people=None,
            deployment=deployment,
            network=Network(latency_s=0),
            provider=Provider(latency_s=0),
            call_timeouts_s={"Pay": 60},
            seed=11,
        )
    )
    paying = result.operations[result.operations["operation"] == "Pay"]
    return float((paying["started_s"] - paying["arrived_s"]).mean()) * 1000


def queueing(say: Words) -> str:
    """Draw the wait for payment against how busy it is: theory, and the bookstore."""
    theory = [
        (busy * 100, mmc(busy * SERVERS / SERVICE_S, SERVICE_S, SERVERS).wait_s * 1000)
        for busy in (number / 100 for number in range(2, 95))
    ]
    seen = [(busy * 100, _measured(busy)) for busy in (0.2, 0.4, 0.6, 0.7, 0.8, 0.9)]
    return Chart(
        title=say(
            "The wait grows without end as payment's two workers become busy",
            "결제의 작업자 둘이 바빠질수록 대기 시간은 끝없이 길어진다",
        ),
        across=say("how busy the workers are, %", "작업자 이용률, %"),
        up=say("mean wait, ms (a payment takes 100)", "평균 대기, ms (결제 한 건은 100)"),
        series=[
            Series(name=say("theory, M/M/2", "이론, M/M/2"), points=theory),
            Series(name=say("the bookstore, simulated", "시뮬레이션한 서점"), points=seen, dots=True),
        ],
    ).to_svg()


def uptime(say: Words) -> str:
    """Draw the minutes down in a year against the number of pods."""
    alone, shared = [], []
    for replicas in (1, 2, 3, 4):
        failures = [CRASHES, HANGS, NODES]
        if replicas < 4:
            alone.append((float(replicas), _down_s(Fleet(replicas=replicas, failures=failures))))
        shared.append(
            (float(replicas), _down_s(Fleet(replicas=replicas, failures=failures, outages=[STORE_FAILS_OVER])))
        )
    budget_s = (1 - 0.99999) * YEAR_S
    return Chart(
        title=say("More pods help until what they share fails", "파드를 늘려도 함께 쓰는 것이 고장 나면 소용없다"),
        across=say("pods", "파드 수"),
        up=say("seconds down a year", "연간 중단 시간(초)"),
        series=[
            Series(name=say("pods alone", "파드만"), points=alone),
            Series(name=say("with one shared database", "데이터베이스 하나를 공유"), points=shared),
            Series(
                name=say("budget of 99.999 %: 316 s", "99.999 %의 예산: 316초"),
                points=[(1.0, budget_s), (4.0, budget_s)],
                dashed=True,
            ),
        ],
        log=(-6, 4),
    ).to_svg()


def _down_s(fleet: Fleet) -> float:
    return forecast_uptime(fleet, episodes=20_000, seed=3).down_s_a_year[0]


def _lag(seed: int) -> Points:
    scenario = Scenario(
        load=Poisson(per_second=1),
        lasts=90,
        people=None,
        faults=[Outage("ordermanagement", at=20, lasts=40)],
        sample_every_s=1,
        seed=seed,
    )
    queues = simulate(scenario).queues
    of = queues[(queues["context"] == "ordermanagement") & (queues["time_s"] <= 90)]
    return [(float(at), float(lag)) for at, lag in zip(of["time_s"], of["lag"], strict=True)]


def same_seed(say: Words) -> str:
    """Draw two runs of one seed, which are one line, and a run of another."""
    return Chart(
        title=say(
            "The same seed gives the same run; another seed another one",
            "같은 시드는 같은 실행을, 다른 시드는 다른 실행을 준다",
        ),
        across=say("seconds", "초"),
        up=say("messages that wait for the store", "주문관리를 기다리는 메시지"),
        series=[
            Series(name=say("seed 1", "시드 1"), points=_lag(1), steps=True),
            Series(name=say("seed 1 again", "다시 시드 1"), points=_lag(1), dots=True),
            Series(name=say("seed 2", "시드 2"), points=_lag(2), steps=True, dashed=True),
        ],
        shades=[(20, 60, say("store down", "주문관리 중단"))],
    ).to_svg()


@cache
def _paid_after_trouble() -> tuple[list[int], list[int]]:
    """Count in each of twenty runs who was placed at once in the minute after the trouble, and who came."""
    placed, came = [], []
    for seed in range(1, 21):
        breaker = BreakerConfig(window=TimeWindow(10), min_calls=5, half_open_permits=2, wait_open_s=60)
        scenario = Scenario(
            load=Poisson(per_second=1),
            lasts=180,
            people=None,
            faults=[ProviderTrouble(at=60, lasts=60, slower=20, at_once=1)],
            resilience={"order": ContextResilience(calls={"Pay": Resilience(breaker=breaker)})},
            seed=seed,
        )
        requests = simulate(scenario).requests
        after = requests[(requests["kind"] == "place") & requests["arrived_s"].between(120, 180)]
        placed.append(int((after["outcome"] == "placed").sum()))
        came.append(len(after))
    return placed, came


def runs(say: Words) -> str:
    """Draw what customers of the same run have in common, and what that makes of an interval."""
    placed, came = _paid_after_trouble()

    def box(interval: Interval) -> Points:
        low, high = interval.low * 100, interval.high * 100
        return [(1, low), (len(came), low), (len(came), high), (1, high), (1, low)]

    return Chart(
        title=say(
            "Customers of a run share its luck: an interval over customers is too narrow",
            "같은 실행의 고객은 운을 함께한다: 고객을 표본으로 삼은 구간은 너무 좁다",
        ),
        across=say("run", "실행"),
        up=say("paid at once after the trouble, %", "장애 뒤 바로 결제된 비율, %"),
        series=[
            Series(
                name=say("one run", "실행 하나"),
                points=[
                    (run, 100 * of / all_) for run, (of, all_) in enumerate(zip(placed, came, strict=True), start=1)
                ],
                dots=True,
            ),
            Series(
                name=say("95 % if customers were independent", "고객이 독립이라면 95 %"),
                points=box(clopper_pearson(sum(placed), sum(came), 0.95).interval),
                dashed=True,
            ),
            Series(
                name=say("95 % over runs", "실행에 근거한 95 %"),
                points=box(share_interval(placed, came, 0.95).interval),
            ),
        ],
        least=60,
        most=100,
    ).to_svg()


PICTURES: Mapping[str, Callable[[Words], str]] = {
    "outbox": outbox,
    "idempotency": idempotency,
    "delivery-semantics": semantics,
    "queueing": queueing,
    "uptime": uptime,
    "same-seed": same_seed,
    "runs": runs,
}


OUTAGE = "assets/outage.svg"
"""The picture of the README and of the first page."""


def draw_outage() -> str:
    """Draw what the README's program draws."""
    scenario = Scenario(
        title="The store's side is down for ten minutes, and no customer notices",
        load=Poisson(per_second=2),
        faults=[Outage("ordermanagement", at=600, lasts=600)],
        lasts=1800,
        seed=7,
    )
    return simulate(scenario).plot().to_svg()


def draw_pictures(names: list[str] | None = None) -> Mapping[str, str]:
    """Draw pictures, by their path within the documentation; without names all, and that of the first page."""
    drawn = {} if names else {OUTAGE: draw_outage()}
    for name in names or list(PICTURES):
        for ending, say in (("", _english), (".ko", _korean)):
            drawn[(FOLDER / f"{name}{ending}.svg").as_posix()] = PICTURES[name](say)
    return drawn
