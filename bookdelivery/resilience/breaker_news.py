"""How a listener hears of what happened to a breaker: in order, once the breaker is done changing."""

from collections import deque

from bookdelivery.resilience.breaker_events import BreakerEvent, BreakerListener


class News:
    """What a listener has not been told yet.

    A breaker notes what happens while it changes and tells it afterwards. So the listener always meets a
    whole breaker: it may use it, and an error it raises loses no other event and leaves nothing half-done.

    Args:
        listener: Told of everything.
    """

    __slots__ = ("_listener", "_untold")

    def __init__(self, listener: BreakerListener) -> None:
        self._listener = listener
        self._untold: deque[BreakerEvent] = deque()

    def note(self, event: BreakerEvent) -> None:
        """Keep the event until it is told."""
        self._untold.append(event)

    def tell(self) -> None:
        """Tell all there is in order, also what the listener brings about itself by using the breaker."""
        while self._untold:
            self._listener(self._untold.popleft())
