"""Finds the built-in scenarios by name."""

from __future__ import annotations

from importlib.resources import files

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.scenario.toml import parse_toml

_HERE = files("bookdelivery.simulation.scenarios")
_ENDING = ".toml"


def scenario_names() -> list[str]:
    """List the built-in scenarios, by ascending name."""
    return sorted(file.name.removesuffix(_ENDING) for file in _HERE.iterdir() if file.name.endswith(_ENDING))


def load_scenario(name: str) -> Scenario:
    """Read a built-in scenario.

    Raises:
        InvalidField: there is none of this name; says which there are.
    """
    names = scenario_names()
    if name not in names:
        raise InvalidField("load_scenario", "name", name, f"one of {', '.join(names)}")
    file = f"{name}{_ENDING}"
    return parse_toml((_HERE / file).read_text(encoding="utf-8"), file)
