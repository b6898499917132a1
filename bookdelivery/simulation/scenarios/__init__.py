"""The built-in scenarios: TOML files beside this one, each with the story that is to be expected.

They are there to be run, read, changed and compared: `bookdelivery simulate siege`.
"""

from bookdelivery.simulation.scenarios.catalogue import load_scenario, scenario_names

__all__ = ["load_scenario", "scenario_names"]
