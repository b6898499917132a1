"""How `verify` judges the uptime goals that the bookstore's contexts declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from bookdelivery.application.system import System
from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.contexts.mypage.context import MYPAGE
from bookdelivery.contexts.order.context import ORDER
from bookdelivery.contexts.ordermanagement.context import ORDERMANAGEMENT
from bookdelivery.kernel.context import Context
from bookdelivery.requirements.fleets import DAY_S, FLEETS, HOUR_S
from bookdelivery.requirements.observation import Observation
from bookdelivery.requirements.requirement import Requirement
from bookdelivery.requirements.uptime import told_uptime, uptime_requirement
from bookdelivery.simulation.uptime import Fleet, forecast_uptime

EPISODES = 10_000
"""Outage cycles played for each context: they take well below a second, and tell five nines to some seconds a year."""


@attrs.frozen(kw_only=True)
class UptimeProof:
    """How `verify` judges a context's uptime: once, from as many outage cycles as it takes.

    Attributes:
        context: whose goal.
        fleet: how it is deployed, and its troubles.
        episodes: how many outage cycles to play.
    """

    context: Context
    fleet: Fleet
    episodes: int = EPISODES

    @property
    def replications(self) -> int:
        """One, as its interval comes from the outage cycles."""
        return 1

    @property
    def requirement(self) -> Requirement:
        """What is required, as data."""
        return uptime_requirement(self.context)

    @property
    def story(self) -> str:
        """What the fleet is taken to go through, from its own figures."""
        return told_of(self.fleet)

    def run(self, system: System, seed: int, replication: int, quick: bool = False) -> Observation:  # noqa: ARG002
        """Forecast the uptime; a quick judge gets the same, as it takes no time.

        Args:
            system: what is judged; pods of any design fail alike.
            seed: of everything that chance decides.
            replication: always the first.
            quick: whether the judge is in a hurry.
        """
        [criterion] = self.requirement.criteria
        forecast = forecast_uptime(self.fleet, episodes=self.episodes, seed=seed, confidence=criterion.confidence)
        return Observation(
            run=f"{self.requirement.id}, seed {seed}",
            estimates={criterion.name: forecast.uptime},
            tables={"causes": forecast.causes},
        )

    def tell(self, observations: Sequence[Observation]) -> Mapping[str, str]:
        """Say what the outage cycles came to."""
        [criterion] = self.requirement.criteria
        told = [told_uptime(criterion, one.estimates[criterion.name], one.tables["causes"]) for one in observations]
        return {criterion.name: "; ".join(sentence for said in told for sentence in said)}


def told_of(fleet: Fleet) -> str:
    """Say in words what a fleet is taken to go through."""
    pods = "A single pod" if fleet.replicas == 1 else f"{fleet.replicas} pods, of which {fleet.needed} must work"
    said = {
        "Each pod": [
            f"{one.label} every {_duration(one.mtbf_s)}, back after {_duration(one.repair_s.mean_s)}"
            for one in fleet.failures
        ],
        "All pods": [
            f"{one.label} every {_duration(one.mtbf_s)}, away for {_duration(one.lasts_s.mean_s)}"
            for one in fleet.outages
        ],
    }
    if fleet.rollouts is not None:
        rollouts = fleet.rollouts
        probed = "with" if rollouts.probed else "without"
        said["New versions"] = [
            f"every {_duration(rollouts.every_s)}, {probed} a readiness probe, {rollouts.bad:.0%} of them bad and "
            f"rolled back after {_duration(rollouts.rolled_back_s.mean_s)}"
        ]
    told = [f"{what}: {'; '.join(troubles)}." for what, troubles in said.items() if troubles]
    return " ".join([f"{pods}; all times are means.", *told])


def _duration(seconds: float) -> str:
    for unit, length_s in (("years", 365 * DAY_S), ("days", DAY_S), ("h", HOUR_S), ("min", 60.0)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:,.3g} {unit}"
    return f"{seconds:,.3g} s"


UPTIMES: Mapping[str, UptimeProof] = {
    proof.requirement.id: proof
    for proof in (
        UptimeProof(context=context, fleet=FLEETS[context.name])
        for context in (ORDER, ORDERMANAGEMENT, MYPAGE, DELIVERY)
    )
}
"""For every context of the bookstore that has a goal of its own, by the requirement's id."""
