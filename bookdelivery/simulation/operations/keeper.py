"""The pods of one context in the platform's care: how many there are, of which version, and who gets requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from bookdelivery.simulation.operations.draining import drain
from bookdelivery.simulation.operations.platform import Platform
from bookdelivery.simulation.operations.progress import Progress
from bookdelivery.simulation.operations.rolling_update import Count, next_step
from bookdelivery.simulation.operations.rollout import Rollout
from bookdelivery.simulation.operations.ward import Ward
from bookdelivery.simulation.recording import Recording

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Host, Pod


class Keeper:
    """Does for a context's pods what Kubernetes' Deployment controller, endpoints and kubelets do.

    Args:
        host: the context's deployment.
        platform: how.
        loop: the world's.
        recording: where it is written down.
    """

    def __init__(self, host: Host, platform: Platform, loop: asyncio.AbstractEventLoop, recording: Recording) -> None:
        self.platform = platform
        self.wanted = len(host.pods)
        """How many pods there are to be."""
        self.endpoints: list[Pod] = []
        """The pods that get requests."""
        self._host = host
        self._loop = loop
        self._version: Rollout | None = None
        self._wards = {pod: self._ward(pod) for pod in host.pods}
        self._made = len(host.pods)
        self._progress = Progress(host.name, platform.progress_deadline_s, loop, recording.rollouts)

    def was_there_before(self) -> None:
        """Take the pods for ones that had been serving for long when the simulation began."""
        for ward in self._wards.values():
            ward.was_there_before()
            self.endpoints.append(ward.pod)

    @property
    def wards(self) -> list[Ward]:
        """The pods that are there and not told to go, the oldest first."""
        return [ward for ward in self._wards.values() if not ward.is_ending]

    @property
    def healthy(self) -> int:
        """How many pods are ready and not told to go."""
        return sum(ward.is_ready for ward in self.wards)

    @property
    def is_rolling(self) -> bool:
        """Whether a new version is being rolled out, and there is hope for it."""
        return self._progress.is_under_way

    # --- what the pods tell -------------------------------------------------------------------------------------------

    def process_started(self, pod: Pod) -> None:
        """Take note that a pod's process was started."""
        self._wards[pod].process_started()

    def process_ended(self, pod: Pod) -> None:
        """Take note that a pod's process has ended; one that was to go is gone by that."""
        ward = self._wards.get(pod)
        if ward is None:
            return
        ward.process_ended()
        if ward.is_ending:
            self._gone(pod)

    def answers_changed(self, pod: Pod) -> None:
        """Take note that a pod's probes may be answered otherwise from now on."""
        self._wards[pod].answers_changed()

    def restart_wait_s(self, pod: Pod) -> float | None:
        """Give the seconds until a pod, whose process has just ended, is started again; None: it is not."""
        ward = self._wards.get(pod)
        return None if ward is None else ward.wait_s()

    def service_factor(self, pod: Pod) -> float:
        """Say what the pod's version multiplies service times by."""
        ward = self._wards.get(pod)
        return 1.0 if ward is None or ward.version is None else ward.version.service_factor

    def start_up_factor(self, pod: Pod) -> float:
        """Say what the pod's version multiplies its start-up time by."""
        version = self._wards[pod].version
        return 1.0 if version is None else version.start_up_factor

    # --- what is asked of it ------------------------------------------------------------------------------------------

    def scale(self, wanted: int) -> None:
        """Have so many pods from now on."""
        self.wanted = wanted
        self.reconcile()

    def roll_out(self, version: Rollout) -> None:
        """Have all pods run this version from now on."""
        self._version = version
        self._progress.begin(version)
        self.reconcile()

    def reconcile(self) -> None:
        """Add pods and take pods away until all is as it should be, or has to wait."""
        while True:
            new, old = self._counts()
            add, remove = next_step(self.platform.update, self.wanted, new, old)
            if (add, remove) == (0, 0):
                break
            for _ in range(add):
                self._make()
            for ward in (*self._ranked(is_old=False)[: max(0, -add)], *self._ranked(is_old=True)[:remove]):
                self.end(ward.pod)
        self._progress.seen(self.wanted, *self._counts())

    def evict(self, pod: Pod) -> None:
        """Tell a pod to go, and have another in its place."""
        self.end(pod)
        self.reconcile()

    def end(self, pod: Pod) -> None:
        """Tell a pod to go: no more requests, its `preStop` hook, SIGTERM, and SIGKILL when its grace is over."""
        ward = self._wards[pod]
        ward.is_ending = True
        pod.note("ending")
        self._after_lag(self._unlist, pod)
        if not pod.is_up:
            if not ward.is_running:
                pod.note("ended")
            pod.kill("ended")
            return
        platform = self.platform
        self._loop.call_later(min(platform.pre_stop_s, platform.termination_grace_period_s), self._stop, pod)
        self._loop.call_later(platform.termination_grace_period_s, self._kill, pod)

    def _stop(self, pod: Pod) -> None:
        if pod.is_up and pod in self._wards:
            pod.is_draining = True
            pod.loop.create_task(self._drained(pod), name=f"{pod.name} drains")

    async def _drained(self, pod: Pod) -> None:
        await drain(pod)
        self._loop.call_soon(self._left, pod)

    def _left(self, pod: Pod) -> None:
        if pod in self._wards:
            pod.kill("ended")

    def _kill(self, pod: Pod) -> None:
        if pod in self._wards:
            pod.kill()

    def _gone(self, pod: Pod) -> None:
        del self._wards[pod]
        # A new list, as somebody may be going through the old one.
        self._host.pods = [other for other in self._host.pods if other is not pod]

    # --- the parts ----------------------------------------------------------------------------------------------------

    def _ward(self, pod: Pod) -> Ward:
        return Ward(pod, self.platform, self._version, self._loop, self._turned)

    def _make(self) -> None:
        self._made += 1
        pod = self._host.new_pod(self._made)
        self._wards[pod] = self._ward(pod)
        if not self._host.outages:
            pod.start(self._host.start_up_s())

    def _counts(self) -> tuple[Count, Count]:
        now_s = self._loop.time()
        new = [ward for ward in self.wards if ward.version is self._version]
        old = [ward for ward in self.wards if ward.version is not self._version]
        return (
            Count(pods=len(new), available=sum(ward.is_available(now_s) for ward in new)),
            Count(pods=len(old), available=sum(ward.is_available(now_s) for ward in old)),
        )

    def _ranked(self, *, is_old: bool) -> list[Ward]:
        """Sort pods by who is to go first, as a ReplicaSet does: unready, ready for a short time, often restarted."""
        wards = [ward for ward in reversed(self.wards) if (ward.version is not self._version) is is_old]
        return sorted(wards, key=lambda ward: (ward.is_ready, -ward.ready_changed_s, -ward.restarts))

    def _turned(self, ward: Ward) -> None:
        if not ward.is_ending:
            ward.pod.note("ready" if ward.is_ready else "unready")
        if ward.is_ready:
            self._after_lag(self._list, ward.pod)
            self._loop.call_later(self.platform.min_ready_s, self.reconcile)
        else:
            self._after_lag(self._unlist, ward.pod)
            self._loop.call_soon(self.reconcile)

    def _after_lag(self, change: Callable[[Pod], None], pod: Pod) -> None:
        if self.platform.endpoint_lag_s:
            self._loop.call_later(self.platform.endpoint_lag_s, change, pod)
        else:
            change(pod)

    def _list(self, pod: Pod) -> None:
        ward = self._wards.get(pod)
        if ward is not None and ward.is_ready and not ward.is_ending and pod not in self.endpoints:
            self.endpoints.append(pod)

    def _unlist(self, pod: Pod) -> None:
        ward = self._wards.get(pod)
        if pod in self.endpoints and (ward is None or ward.is_ending or not ward.is_ready):
            self.endpoints.remove(pod)
