"""The docs' page of the built-in scenarios is what the stories say, and has a picture for each."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.stories.page import COMMAND, PAGE, PICTURES, draw_pictures, page
from bookdelivery.simulation import Platform, Poisson, Probe, simulate
from bookdelivery.simulation.scenarios import load_scenario

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / PAGE).read_text(encoding="utf-8") == page(), f"make it anew: {COMMAND}"


def test_every_story_has_its_picture_and_one_of_its_twist() -> None:
    twisted = {f"{name}-twist" for name, story in STORIES.items() if story.twist}
    assert {path.stem for path in (DOCS / PICTURES).iterdir()} == set(STORIES) | twisted
    assert (DOCS / PAGE).read_text(encoding="utf-8").count(".svg)") == len(STORIES) + len(twisted)


def test_the_korean_page_tells_the_same_stories_with_the_same_pictures() -> None:
    korean = (DOCS / "ko" / PAGE).read_text(encoding="utf-8")
    for told in (r"^## `(.*)`$", r"assets/scenarios/([\w-]+\.svg)\)"):
        assert re.findall(told, korean, re.MULTILINE) == re.findall(told, page(), re.MULTILINE)


@pytest.mark.parametrize(("delay_s", "period_s", "after_s"), [(10, 5, 10), (8, 5, 10), (8, 1, 8)])
def test_the_solution_of_the_exercise_is_what_the_scenario_does(
    delay_s: float, period_s: float, after_s: float
) -> None:
    scenario = load_scenario("rolling-update")
    platform = Platform(readiness=Probe(initial_delay_s=delay_s, period_s=period_s))
    store = attrs.evolve(scenario.deployment["ordermanagement"], platform=platform)
    deployment = {**scenario.deployment, "ordermanagement": store}
    told = attrs.evolve(scenario, load=Poisson(per_second=0.1), deployment=deployment)
    pods = simulate(told).frames["pods"]
    at_s = pods[pods["pod"] == "ordermanagement-2"].set_index("change")["time_s"]
    assert at_s["ready"] - at_s["starting"] == after_s


def test_a_picture_is_drawn_with_the_same_bytes_again(tmp_path: Path) -> None:
    story = STORIES["supporting-removed"]
    for place in ("one", "other"):
        draw_pictures(tmp_path / place, [story])
    one, other = ((tmp_path / place / PICTURES / "supporting-removed.svg").read_bytes() for place in ("one", "other"))
    assert one == other
