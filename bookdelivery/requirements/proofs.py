"""How requirements are judged that no written-down case can show: by runs in virtual time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bookdelivery.application.system import System
from bookdelivery.requirements.nonfunctional import EXPERIMENTS
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.stories import STORIES


class Proof(Protocol):
    """Runs something several times with other chance, and reads off what it shows."""

    @property
    def story(self) -> str:
        """What happens in it, in a few sentences."""
        ...

    @property
    def replications(self) -> int:
        """How often it is run."""
        ...

    def run(self, system: System, seed: int, replication: int) -> Observation:
        """Run it once.

        Args:
            system: what is simulated.
            seed: of this replication.
            replication: its number, from 1; the first one keeps what plots are drawn from.
        """
        ...

    def tell(self, seen: Sequence[Observation], /) -> Mapping[str, str]:
        """Say for each criterion what the runs went through."""
        ...


PROOFS: Mapping[str, Proof] = {**EXPERIMENTS, **STORIES}
"""All of them, by the requirement's id."""
