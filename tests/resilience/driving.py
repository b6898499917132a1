"""Short ways to make calls through a breaker."""

from bookdelivery.resilience import Admission, BreakerConfig, BreakerEvent, CallRefused, CircuitBreaker

FAILURE: Exception = ConnectionError("no answer")


def call(breaker: CircuitBreaker, now: float, *, takes_s: float = 0.0, fails: bool = False) -> None:
    """Ask at `now` and end the call `takes_s` seconds later."""
    admission = breaker.admit(now)
    if fails:
        admission.failed(now + takes_s, FAILURE)
    else:
        admission.succeeded(now + takes_s)


def calls(breaker: CircuitBreaker, now: float, fates: str) -> None:
    """Make a call a letter: `+` goes well, `-` fails."""
    for fate in fates:
        call(breaker, now, fails=fate == "-")


def ask(breaker: CircuitBreaker, now: float, times: int) -> list[Admission]:
    """Ask so many times; return the admissions, which may be fewer."""
    admissions = []
    for _ in range(times):
        try:
            admissions.append(breaker.admit(now))
        except CallRefused:
            continue
    return admissions


def opened(config: BreakerConfig, at_s: float, heard: list[BreakerEvent] | None = None) -> CircuitBreaker:
    """Return a breaker that opened at `at_s` because calls failed."""
    breaker = CircuitBreaker(config, name="payment", on_event=None if heard is None else heard.append)
    calls(breaker, at_s, "-" * config.window.fewest_to_judge(config.min_calls))
    return breaker
