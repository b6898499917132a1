"""The states of a circuit breaker and the moves between them, declared once."""

from enum import StrEnum

from bookdelivery.kernel.lifecycle import Lifecycle, to


class BreakerState(StrEnum):
    """What a breaker does with a call that asks to be let in.

    Attributes:
        CLOSED: Lets every call in, records how it went, and opens when too many go wrong.
        OPEN: Lets none in until its wait is over.
        HALF_OPEN: Lets a few in as probes and judges by them.
        DISABLED: Lets every call in and records nothing.
        FORCED_OPEN: Lets none in until somebody says otherwise.
        METRICS_ONLY: Lets every call in and records how it went, but never opens.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    DISABLED = "disabled"
    FORCED_OPEN = "forced-open"
    METRICS_ONLY = "metrics-only"


_ANY = tuple(state.value for state in BreakerState)

BREAKER_LIFECYCLE = Lifecycle(
    name="circuit breaker",
    states=BreakerState,
    initial=BreakerState.CLOSED,
    transitions=[
        to("open", "trip", "closed", "half-open"),
        to("half-open", "probe", "open"),
        to("closed", "recover", "half-open"),
        to("closed", "reset", *_ANY),
        to("disabled", "disable", *_ANY),
        to("forced-open", "force_open", *_ANY),
        to("metrics-only", "measure_only", *_ANY),
    ],
)
"""Every legal move; a breaker looks it up when it changes its state, never for a call."""
