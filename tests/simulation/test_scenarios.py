"""Every built-in scenario can be read, says what is to be expected, and fits the bookstore."""

from __future__ import annotations

import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.scenario.toml import parse_toml
from bookdelivery.simulation.scenarios import load_scenario, scenario_names

ISSUED = {
    "autoscale",
    "catch-up",
    "consumer-replica",
    "payment-overload",
    "retry-storm",
    "rolling-update",
    "self-healing",
    "siege",
    "store-down",
    "supporting-removed",
}


def test_there_are_ten_of_them() -> None:
    assert set(scenario_names()) == ISSUED
    assert scenario_names() == sorted(ISSUED)


@pytest.mark.parametrize("name", sorted(ISSUED))
def test_each_fits_the_bookstore_tells_its_story_and_survives_a_round_trip(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title
    assert len(scenario.story.split()) > 30
    assert scenario.fit(BOOKSTORE)
    assert parse_toml(scenario.to_toml()) == scenario


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidField, match=r"siege") as refused:
        load_scenario("sieg")
    assert refused.value.value == "sieg"
