"""How requirements are judged that no written-down case can show: by runs in virtual time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bookdelivery.application.system import System
from bookdelivery.requirements.nonfunctional import EXPERIMENTS
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.uptime_proofs import UPTIMES


class Proof(Protocol):
    """Runs something several times with other chance, and reads off what it shows."""

    @property
    def story(self) -> str:
        """What happens in it, in a few sentences."""
        ...

    @property
    def replications(self) -> int:
        """How often it is run; 1 where the interval comes from within one run, however often others are."""
        ...

    def run(self, system: System, seed: int, replication: int, quick: bool = False) -> Observation:
        """Run it once.

        Args:
            system: what is simulated.
            seed: of this replication.
            replication: its number, from 1; the first one keeps what plots are drawn from.
            quick: run it in short, where it has a short form.
        """
        ...

    def tell(self, seen: Sequence[Observation], /) -> Mapping[str, str]:
        """Say for each criterion what the runs went through."""
        ...


PROOFS: Mapping[str, Proof] = {**EXPERIMENTS, **STORIES, **UPTIMES}
"""All of them, by the requirement's id."""
