"""Outage cycles without the time between them: from the moment something happens until all is well again."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from math import exp, inf, log
from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.uptime.fleet import ROLLOUT, Fleet, Rollouts


class Episode(NamedTuple):
    """What one of them came to.

    Attributes:
        weight: how much likelier it is in truth than it was here.
        lasted_s: until all was well again, in seconds.
        down_s: for how long fewer pods worked than are needed.
        lost_s: requests lost meanwhile, in seconds' worth of them.
    """

    weight: float
    lasted_s: float
    down_s: float
    lost_s: float


@attrs.frozen
class Cause:
    """What an episode can begin with.

    Attributes:
        label: its name.
        per_second: how often it happens while all is well.
    """

    label: str
    per_second: float


class Episodes:
    """Plays episodes of a fleet.

    While all pods work, nothing is scheduled: the next thing to happen has exponential waiting times only. So that
    state is a point of regeneration, and what begins there and ends there is one independent cycle. An episode goes
    through everything that happens meanwhile, such as a second pod that fails while the first is under repair.

    Args:
        fleet: whose.
        streams: where randomness comes from, one stream for each cause and purpose.
    """

    def __init__(self, fleet: Fleet, streams: Streams) -> None:
        self._fleet = fleet
        self.causes = (
            *(Cause(one.label, fleet.replicas / one.mtbf_s) for one in fleet.failures),
            *(Cause(one.label, 1 / one.mtbf_s) for one in fleet.outages),
            *([Cause(ROLLOUT, 1 / fleet.rollouts.every_s)] if fleet.rollouts else []),
        )
        self._players = {cause.label: _Player(fleet, cause.label, streams) for cause in self.causes}

    def play(self, cause: str, biased: bool) -> Episode:
        """Play one that begins with this cause.

        Args:
            cause: its label.
            biased: make further failures meanwhile likelier, in every second episode, and weigh them (see `_Player`);
                else all weights are 1.
        """
        return self._players[cause].play(biased)


class _Player:
    """Plays episodes that begin with one cause.

    Two failures that overlap are rare, and rarer the better the fleet is, yet they are what takes it down. So in half
    of the biased episodes pods fail about once a mean repair as long as some are missing and enough are left: failure
    biasing (Shahabuddin, Management Science 40, 1994). The weight is the path's true density over that of the mixture
    of both halves, and so never above 2 (Hesterberg's defensive mixtures, Technometrics 37, 1995).
    """

    def __init__(self, fleet: Fleet, cause: str, streams: Streams) -> None:
        rng = streams.numpy("uptime", cause)
        self._fleet = fleet
        self._cause = cause
        self._uniform = _blocks(rng.random)
        self._exponential = _blocks(rng.standard_exponential)
        self._failures = {one.label: (one.repair_s.draws(rng), one.unnoticed_s.draws(rng)) for one in fleet.failures}
        self._outages = {one.label: one.lasts_s.draws(rng) for one in fleet.outages}
        self._pod_rates = [(one.label, 1 / one.mtbf_s) for one in fleet.failures]
        self._pod_rate = sum(rate for _, rate in self._pod_rates)
        self._outage_rates = [(one.label, 1 / one.mtbf_s) for one in fleet.outages]
        means_s = [one.repair_s.mean_s for one in fleet.failures if one.repair_s.mean_s > 0]
        self._hurried = len(means_s) / sum(means_s) if means_s else 0.0
        rollouts = fleet.rollouts
        self._start_up_s: Draw = rollouts.start_up_s.draws(rng) if rollouts else float
        self._rolled_back_s: Draw = rollouts.rolled_back_s.draws(rng) if rollouts else float

    def play(self, biased: bool) -> Episode:
        state = _State(self._fleet)
        self._happens(state, self._cause)
        hurry = biased and self._uniform() < 0.5
        log_ratio = 0.0
        while state.agenda:
            pod_rate = state.working * self._pod_rate
            common = sum(rate for label, rate in self._outage_rates if label not in state.outages)
            quick = max(pod_rate, self._hurried) if pod_rate and biased and state.may_hurry else pod_rate
            rate = (quick if hurry else pod_rate) + common
            wait_s = self._exponential() / rate if rate else inf
            until = state.agenda[0][0]
            if state.now + wait_s >= until:
                log_ratio -= (quick - pod_rate) * (until - state.now)
                state.pass_to(until)
                state.next_is_due()
                continue
            log_ratio -= (quick - pod_rate) * wait_s
            state.pass_to(state.now + wait_s)
            pick = self._uniform() * rate
            if pick < common:
                rates = [(label, each) for label, each in self._outage_rates if label not in state.outages]
                self._happens(state, _picked(rates, pick))
            else:
                log_ratio += log(quick / pod_rate)
                self._happens(state, _picked(self._pod_rates, self._uniform() * self._pod_rate))
        return Episode(2 / (1 + exp(log_ratio)) if biased else 1.0, state.now, state.down_s, state.lost_s)

    def _happens(self, state: _State, what: str) -> None:
        if what in self._failures:
            repair_s, unnoticed_s = (draw() for draw in self._failures[what])
            state.pod_fails(repair_s, unnoticed_s)
        elif what in self._outages:
            state.outage(what, self._outages[what]())
        elif self._fleet.rollouts is not None:
            self._rolls_out(state, self._fleet.rollouts)

    def _rolls_out(self, state: _State, rollouts: Rollouts) -> None:
        bad = rollouts.bad > 0 and self._uniform() < rollouts.bad
        replicas = self._fleet.replicas
        if not rollouts.probed:
            state.wave(self._rolled_back_s() + self._start_up_s() if bad else self._start_up_s(), 0.0, 0, blind=True)
            return
        at_s, left = 0.0, replicas
        step = min(rollouts.max_unavailable + rollouts.max_surge, replicas)
        while left > 0:
            lasts_s = self._rolled_back_s() if bad else self._start_up_s()
            state.wave(lasts_s, at_s, min(step, left, rollouts.max_unavailable), blind=False)
            at_s, left = at_s + lasts_s, 0 if bad else left - step


class _State:
    """Where an episode is: what is missing, and when it comes back."""

    def __init__(self, fleet: Fleet) -> None:
        self._replicas, self._needed = fleet.replicas, fleet.needed
        self.now = self.down_s = self.lost_s = 0.0
        self._failed = self._unnoticed = self._replaced = self._blind = 0
        self.outages: set[str] = set()
        self.agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    @property
    def working(self) -> int:
        """How many pods work."""
        return 0 if self._blind else max(0, self._replicas - self._failed - self._replaced)

    @property
    def may_hurry(self) -> bool:
        """Whether a further failure could make the difference: some are missing, and enough are left."""
        missing = self._failed or self._replaced
        return bool(missing) and not self.outages and self.working >= self._needed

    def pass_to(self, at_s: float) -> None:
        """Let time pass as things are."""
        lasted_s, self.now = at_s - self.now, at_s
        working = 0 if self.outages else self.working
        if working < self._needed:
            self.down_s += lasted_s
        unnoticed = self._replicas if self._blind else self._unnoticed
        self.lost_s += lasted_s * (unnoticed / (unnoticed + working) if working else 1.0)

    def next_is_due(self) -> None:
        """Do what was planned for now."""
        heapq.heappop(self.agenda)[2]()

    def pod_fails(self, repair_s: float, unnoticed_s: float) -> None:
        """Take a pod away until it is repaired; for a while it still gets requests."""
        self._failed += 1
        self._unnoticed += 1
        self._plan(min(unnoticed_s, repair_s), self._notice)
        self._plan(repair_s, self._repair)

    def outage(self, label: str, lasts_s: float) -> None:
        """Take everything away for a while."""
        self.outages.add(label)
        self._plan(lasts_s, lambda: self.outages.discard(label))

    def wave(self, lasts_s: float, begins_in_s: float, missing: int, blind: bool) -> None:
        """Replace pods; blind: all at once, by such that do not work yet and get requests all the same."""

        def begin() -> None:
            self._replaced += missing
            self._blind += blind

        def end() -> None:
            self._replaced -= missing
            self._blind -= blind

        if begins_in_s:
            self._plan(begins_in_s, begin)
        else:
            begin()
        self._plan(begins_in_s + lasts_s, end)

    def _notice(self) -> None:
        self._unnoticed -= 1

    def _repair(self) -> None:
        self._failed -= 1

    def _plan(self, in_s: float, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self.agenda, (self.now + in_s, self._count, what))


def _blocks(draw: Callable[[int], npt.NDArray[np.float64]]) -> Draw:
    values: list[float] = []

    def following() -> float:
        if not values:
            values.extend(draw(1024).tolist()[::-1])
        return values.pop()

    return following


def _picked(rates: list[tuple[str, float]], at: float) -> str:
    for label, rate in rates:
        at -= rate
        if at < 0:
            return label
    return rates[-1][0]
