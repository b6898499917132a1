"""A context's uptime goal, judged by what its pods' troubles make of a year."""

from __future__ import annotations

import pandas as pd

from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.fleets import HOUR_S
from bookdelivery.requirements.requirement import Criterion, Measure, Requirement, Sense
from bookdelivery.requirements.verdict import Verdict, judge_estimate
from bookdelivery.simulation.statistics import Estimate
from bookdelivery.simulation.theory import YEAR_S, downtime_s_a_year
from bookdelivery.simulation.uptime import Fleet, forecast_uptime

TOLD = 3
"""How many causes are named in the evidence."""

MENTIONED_S = 0.05
"""How many seconds a year a cause must take to be named."""


def uptime_requirement(context: Context, confidence: float = 0.95) -> Requirement:
    """Make a requirement of the uptime goal that a context declares.

    Raises:
        InvalidField: it declares none, as its uptime comes from somebody else, or the confidence is none.
    """
    if context.uptime_goal is None:
        raise InvalidField(context.name, "uptime_goal", None, "a share of the year; this one's comes from its provider")
    criterion = Criterion(
        name="uptime",
        metric=f"share of a year in which {context.name} is up",
        korean=f"{context.korean} 서비스의 연간 가동률",
        measure=Measure.AVAILABILITY,
        unit="of the time",
        bound=context.uptime_goal,
        sense=Sense.AT_LEAST,
        confidence=confidence,
    )
    goal = f"{context.uptime_goal:.10%}".rstrip("0%").rstrip(".")
    return Requirement(
        id=f"uptime-{context.name}",
        text=f"{context.name} is up {goal} % of a year.",
        korean=f"{context.korean} 서비스는 연간 {goal} % 가동된다.",
        criteria=(criterion,),
    )


def judge_uptime(context: Context, fleet: Fleet, *, episodes: int = 100_000, seed: int = 1) -> Verdict:
    """Judge a context's uptime goal by simulating its outage cycles; see `forecast_uptime`.

    Args:
        context: whose goal.
        fleet: how it is deployed, and its troubles.
        episodes: how many outage cycles to play.
        seed: of everything that chance decides.

    Raises:
        InvalidField: the context declares no goal, or a number is out of range.
    """
    requirement = uptime_requirement(context)
    criterion = requirement.criteria[0]
    forecast = forecast_uptime(fleet, episodes=episodes, seed=seed, confidence=criterion.confidence)
    finding = judge_estimate(criterion, forecast.uptime, told_uptime(criterion, forecast.uptime, forecast.causes))
    return Verdict(requirement=requirement, findings=(finding,))


def told_uptime(criterion: Criterion, uptime: Estimate, causes: pd.DataFrame) -> list[str]:
    """Say in sentences how long it is down in a year, and what takes it down.

    Args:
        criterion: the goal.
        uptime: the share of time up.
        causes: see `Forecast`.
    """
    down, most, least = ((1 - share) * YEAR_S for share in (uptime.value, uptime.interval.low, uptime.interval.high))
    allowed = downtime_s_a_year(criterion.bound)
    worst = causes.sort_values("down_s_a_year", ascending=False, kind="stable").head(TOLD)
    told = ", ".join(
        f"{label} {_told(seconds)}" for label, seconds in worst["down_s_a_year"].items() if seconds >= MENTIONED_S
    )
    return [
        f"{_told(down)} down a year ({_told(least)} to {_told(most)}), where {_told(allowed)} are allowed; "
        f"{uptime.sample_size:,} outage cycles simulated",
        f"most of it: {told}" if told else "next to nothing ever took it down",
    ]


def _told(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds < 10 * HOUR_S else f"{seconds / HOUR_S:,.0f} h"
