"""Tells stories in the small, and says which of their claims a run holds to, as if all runs were like it."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from bookdelivery.application.system import System
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.requirement import Measure
from bookdelivery.requirements.stories import STORIES, Story
from bookdelivery.requirements.verdict import Status, judge_figures, judge_runs
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.simulation import Scenario
from bookdelivery.simulation.scenarios import load_scenario

RUNS = 6


def statuses(story: Story, seen: Observation) -> dict[str, Status]:
    """Judge each claim on six runs like this one."""
    found: dict[str, Status] = {}
    for criterion in story.requirement.criteria:
        if criterion.measure is Measure.COUNTEREXAMPLES:
            found[criterion.name] = judge_runs(criterion, [seen.counterexamples[criterion.name]] * RUNS).status
        else:
            figure = seen.shares.get(criterion.name) or seen.figures[criterion.name]
            found[criterion.name] = judge_figures(criterion, [figure] * RUNS).status
    return found


def told(
    name: str, change: Callable[[Scenario], Scenario] = lambda scenario: scenario, *, twisted: bool = True
) -> tuple[Observation, dict[str, Status]]:
    """Tell a story with its scenario changed, and say what it shows of each claim."""
    story = STORIES[name] if twisted else attrs.evolve(STORIES[name], twist=None)
    seen = story.observe(change(load_scenario(name)), BOOKSTORE_SYSTEM, name)
    return seen, statuses(story, seen)


def violated(
    name: str, change: Callable[[Scenario], Scenario], system: System = BOOKSTORE_SYSTEM
) -> tuple[set[str], Observation]:
    """Name the claims that do not hold once the scenario, or the system, is another one."""
    story = attrs.evolve(STORIES[name], twist=None)
    seen = story.observe(change(load_scenario(name)), system, name)
    return {claim for claim, status in statuses(story, seen).items() if status is Status.VIOLATED}, seen


def twist(name: str) -> Callable[[Scenario], Scenario]:
    """Give what the story's own twist changes."""
    twisted = STORIES[name].twist
    assert twisted is not None
    return twisted.of
