"""The pictures that a result offers, drawn when somebody asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookdelivery.simulation.plotting.picture import Picture
    from bookdelivery.simulation.result import Result


class Plots:
    """Draws a result. Call it for the timeline; its methods draw one panel each, with the faults above it.

    Every picture is a matplotlib Figure that notebooks show; `savefig` writes it as PNG, SVG or PDF.

    Args:
        result: of what.
    """

    def __init__(self, result: Result) -> None:
        self._result = result

    def __call__(self) -> Picture:
        """Draw the run as small multiples over one time axis, with the faults named and shaded."""
        # matplotlib takes longer to load than a short run takes, and most runs are never drawn.
        from bookdelivery.simulation.plotting.timeline import timeline  # noqa: PLC0415

        return timeline(self._result)

    def _single(self, name: str) -> Picture:
        from bookdelivery.simulation.plotting.timeline import single  # noqa: PLC0415

        return single(self._result, name)

    def faults(self) -> Picture:
        """Draw when each fault and each change on purpose was."""
        return self._single("faults")

    def traffic(self) -> Picture:
        """Draw the requests a second, by outcome."""
        return self._single("traffic")

    def latency(self) -> Picture:
        """Draw quantiles of the customers' wait for an answer."""
        return self._single("latency")

    def alerts(self) -> Picture:
        """Draw when alerts fired, with their time to detect."""
        return self._single("alerts")

    def breakers(self) -> Picture:
        """Draw the states of the circuit breakers."""
        return self._single("breakers")

    def policies(self) -> Picture:
        """Draw what rate limits, bulkheads and load shedding turned away, and what was tried again."""
        return self._single("policies")

    def lag(self) -> Picture:
        """Draw the messages that wait in the topic, by context."""
        return self._single("lag")

    def queues(self) -> Picture:
        """Draw the operations that wait for a worker, by context."""
        return self._single("queues")

    def pods(self) -> Picture:
        """Draw what each pod did."""
        return self._single("pods")

    def scaling(self) -> Picture:
        """Draw what the autoscalers saw and decided."""
        return self._single("scaling")

    def staleness(self) -> Picture:
        """Draw how long after an event views showed it."""
        return self._single("staleness")
