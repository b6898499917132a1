"""One pod in the platform's care: what its probes say, and when its process is started again (kubelet's part)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from bookdelivery.simulation.operations.backoff import Restarts
from bookdelivery.simulation.operations.platform import Platform
from bookdelivery.simulation.operations.probe import Probe, Streak
from bookdelivery.simulation.operations.rollout import Rollout

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Pod


class Ward:
    """Watches a pod. While its answers cannot change, it is not asked: what it would say is known.

    Args:
        pod: whom.
        platform: how.
        version: what it runs; None: what was there from the beginning.
        loop: the world's.
        turned: told when the pod became ready, or is it no more.
    """

    def __init__(
        self,
        pod: Pod,
        platform: Platform,
        version: Rollout | None,
        loop: asyncio.AbstractEventLoop,
        turned: Callable[[Ward], None],
    ) -> None:
        self.pod = pod
        self.version = version
        self.is_ending = False
        """Whether it was told to go."""
        self.is_running = False
        """Whether its process was started, be it that it serves yet or not."""
        self.is_ready = False
        self.ready_changed_s = loop.time()
        self.started_s = loop.time()
        self.restarts = 0
        """How often its process was started again."""
        self._platform = platform
        self._loop = loop
        self._turned = turned
        self._waits = Restarts(platform.restarts)
        self._created_s = loop.time()
        self._probings: list[_Probing] = []

    def was_there_before(self) -> None:
        """Take it for one that had been serving for long when the simulation began."""
        self.started_s = self.ready_changed_s = -math.inf
        self._begin(well=True)
        self.is_ready = True

    def process_started(self) -> None:
        """Take note that its process was started."""
        self.started_s = self._loop.time()
        self._begin(well=False)
        self._turn(self._platform.readiness is None)

    def process_ended(self) -> None:
        """Take note that its process has ended, which kubelet sees at once."""
        self.is_running = False
        for probing in self._probings:
            probing.stop()
        self._turn(False)

    def wait_s(self) -> float:
        """Give the seconds until its process, which has just ended, is started again."""
        self.restarts += 1
        return self._waits.ended(self._loop.time())

    def answers_changed(self) -> None:
        """Take note that its probes' answers may be others from now on."""
        for probing in self._probings:
            probing.go_on()

    def is_available(self, now_s: float) -> bool:
        """Say whether it has been ready for long enough."""
        return self.is_ready and now_s >= self.ready_changed_s + self._platform.min_ready_s

    def _begin(self, *, well: bool) -> None:
        platform = self._platform
        self.is_running = True
        self._probings = []
        if platform.readiness is not None:
            self._probings.append(self._probing(platform.readiness, well, self._is_ready_now, self._turn))
        if platform.liveness is not None:
            self._probings.append(self._probing(platform.liveness, True, self._is_alive_now, self._judged))
        self.answers_changed()

    def _probing(
        self, probe: Probe, well: bool, answer: Callable[[], bool], believed: Callable[[bool], None]
    ) -> _Probing:
        streak = Streak(probe, well)
        return _Probing(streak, self._created_s, self._loop.time(), answer, self._hangs, believed, self._loop)

    def _is_alive_now(self) -> bool:
        return self.pod.is_up and not self.pod.is_unwell

    def _hangs(self) -> bool:
        # Whoever does not listen, or says that it is not ready, says so at once.
        return self.pod.is_up and self.pod.is_unwell

    def _is_ready_now(self) -> bool:
        return self._is_alive_now() and (self.version is None or self.version.gets_ready)

    def _turn(self, ready: bool) -> None:
        if ready != self.is_ready:
            self.is_ready = ready
            self.ready_changed_s = self._loop.time()
            self._turned(self)

    def _judged(self, alive: bool) -> None:
        if not alive and not self.is_ending:
            self.pod.kill()
            self.pod.revive_after(0.0)


class _Probing:
    """One probe of one process: asks at its times, as long as the answers could change what is believed."""

    def __init__(
        self,
        streak: Streak,
        created_s: float,
        started_s: float,
        answer: Callable[[], bool],
        hangs: Callable[[], bool],
        believed: Callable[[bool], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._streak = streak
        self._created_s = created_s
        self._first_s = started_s + streak.probe.initial_delay_s
        self._answer = answer
        self._hangs = hangs
        self._believed = believed
        self._loop = loop
        self._asked_s = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False

    def go_on(self) -> None:
        """Ask at the next time there is, unless the answer is what is believed already."""
        if self._timer is None and not self._is_over and self._answer() != self._streak.well:
            # Kubelet asks at full periods since the pod was created, also after its process was started again.
            period_s = self._streak.probe.period_s
            periods = math.ceil((max(self._loop.time(), self._first_s) - self._created_s) / period_s)
            at_s = self._created_s + periods * period_s
            self._timer = self._loop.call_at(at_s if at_s > self._asked_s else at_s + period_s, self._ask)

    def stop(self) -> None:
        """Ask no more."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ask(self) -> None:
        self._asked_s = self._loop.time()
        good = self._answer()
        if not good and self._hangs():
            self._timer = self._loop.call_later(self._streak.probe.timeout_s, self._hear, False)
        else:
            self._hear(good)

    def _hear(self, good: bool) -> None:
        self._timer = None
        before = self._streak.well
        if self._streak.heard(good) != before:
            self._believed(good)
        self.go_on()
