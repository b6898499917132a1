"""The drills that come with the package: scenarios beside this file, and what each must show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.requirement import Requirement
from bookdelivery.services.drill.verdicts import ALWAYS, N2, N3, REPLICA, ROLLING
from bookdelivery.simulation import Scenario

_FOLDER = Path(__file__).with_name("scenarios")

KILLS = "kills"
"""The scenario behind `--kills`: who comes while processes are killed one after the other."""

BUILT_IN: Mapping[str, Sequence[Requirement]] = {
    "store-down": (*ALWAYS, N2),
    "payment-overload": (*ALWAYS, N3),
    "catch-up": (*ALWAYS, N2),
    "consumer-replica": (*ALWAYS, REPLICA),
    "rolling-restart": (*ALWAYS, ROLLING),
    "servers": ALWAYS,
    KILLS: ALWAYS,
}
"""By a drill's name: what is judged."""


def load_drill(name_or_file: str) -> tuple[Scenario, Sequence[Requirement]]:
    """Give a scenario, and the requirements to judge it by: a built-in drill's, or what every drill must show.

    Raises:
        InvalidField: there is neither a drill nor a file of this name.
        UnreadableFile, InvalidScenario: as `Scenario.from_toml` says.
    """
    if name_or_file in BUILT_IN:
        return Scenario.from_toml(_FOLDER / f"{name_or_file}.toml"), BUILT_IN[name_or_file]
    path = Path(name_or_file)
    if path.suffix != ".toml" and not path.exists():
        raise InvalidField("drill", "scenario", name_or_file, f"a TOML file, or one of {', '.join(BUILT_IN)}")
    return Scenario.from_toml(path), ALWAYS
