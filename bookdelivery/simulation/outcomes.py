"""What became of a call between contexts, in a word."""

from __future__ import annotations

from bookdelivery.kernel.errors import Overloaded, Refused
from bookdelivery.simulation.workers import TurnedAway


def outcome_of(error: BaseException) -> str:
    """Say what an error means for a call; see `calls` in `bookdelivery.simulation.columns`."""
    if isinstance(error, Refused):
        return "refused"
    return "turned_away" if isinstance(error, TurnedAway | Overloaded) else "unanswered"
