"""What the simulation loads, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bookdelivery import simulation

HEAVY = ("pandas", "matplotlib")


def loaded_by(program: str) -> set[str]:
    """Run a program in a fresh interpreter, and give which of the heavy libraries it has loaded at its end."""
    code = f"{program}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_a_loop_and_a_scenario_need_neither_tables_nor_pictures() -> None:
    assert not loaded_by("from bookdelivery.simulation import Poisson, Scenario, VirtualLoop")


def test_a_run_loads_what_makes_tables_and_nothing_that_draws() -> None:
    program = "from bookdelivery.simulation import *; simulate(Scenario(load=Poisson(per_second=1), lasts=2.0)).orders"
    assert loaded_by(program) == {"pandas"}


def test_everything_is_there_by_its_name() -> None:
    assert all(getattr(simulation, name) is not None for name in simulation.__all__)
    assert set(simulation.__all__) <= set(dir(simulation))
    with pytest.raises(AttributeError, match=r"module 'bookdelivery\.simulation' has no attribute 'simulat'"):
        _ = simulation.simulat  # type: ignore[attr-defined]
