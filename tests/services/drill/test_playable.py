"""What cannot be done for real is refused by name before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookdelivery import BOOKSTORE_SYSTEM
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.drill.built_in import BUILT_IN, load_drill
from bookdelivery.services.drill.levers import BROKER
from bookdelivery.services.drill.playable import check
from bookdelivery.simulation import (
    BrokerDown,
    ClockSkew,
    Crash,
    Fault,
    LostAnswers,
    Maintenance,
    Poisson,
    Scenario,
    SlowDown,
    StoreDown,
)
from bookdelivery.simulation.scenarios import load_scenario, scenario_names


def scenario(*faults: Fault) -> Scenario:
    return Scenario(load=Poisson(per_second=1), lasts=10, faults=faults)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_drill_can_be_done_but_one_only_with_servers_of_ones_own(name: str) -> None:
    told, requirements = load_drill(name)
    told.fit(BOOKSTORE_SYSTEM.contexts)
    check(told, [BROKER, "order"] if name == "servers" else [])
    assert requirements


def test_a_file_that_is_simulated_is_played_or_refused_by_the_name_of_what_no_process_can_have(tmp_path: Path) -> None:
    played, refused = [], {}
    for name in scenario_names():
        path = tmp_path / f"{name}.toml"
        path.write_text(load_scenario(name).to_toml())
        told, _ = load_drill(str(path))
        assert told == load_scenario(name)
        try:
            check(told, [BROKER, *(context.name for context in BOOKSTORE_SYSTEM.contexts)])
        except InvalidField as error:
            refused[name] = error.field
        else:
            played.append(name)
    assert {"store-down", "payment-overload", "catch-up", "consumer-replica", "rolling-update", "siege"} <= set(played)
    assert all(field.startswith(("faults[", "maintenance")) for field in refused.values())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ClockSkew("order", by_s=3), "ClockSkew"),
        (LostAnswers("order", "payment", probability=0.5), "LostAnswers"),
        (Crash("order", at_step=7), "at_step"),
        (BrokerDown(), "--run.broker"),
        (StoreDown("delivery"), "--run.delivery"),
        (SlowDown("order", factor=0.5), "no process can be made to work faster"),
    ],
)
def test_a_fault_that_no_process_can_be_made_to_have_is_refused_by_name(fault: Fault, words: str) -> None:
    with pytest.raises(InvalidField, match=words):
        check(scenario(fault), [])


def test_a_server_that_the_drill_runs_may_be_killed() -> None:
    check(scenario(BrokerDown(), StoreDown("delivery")), [BROKER, "delivery"])


def test_nobody_moves_a_process_to_another_machine() -> None:
    told = Scenario(load=Poisson(per_second=1), lasts=10, maintenance=[Maintenance("order", at=5)])
    with pytest.raises(InvalidField, match="maintenance"):
        check(told, [])


def test_a_drill_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(InvalidField, match="store-down, payment-overload"):
        load_drill("store-up")
