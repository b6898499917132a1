"""The budget gives, at every step, what all calls and retries of the window leave when they are counted one by one."""

from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import ClockWentBackwards, RetryBudget, RetryBudgetConfig


@attrs.define
class CountedOneByOne:
    """Finagle's rule the slow way: everything is kept, and counted anew each time."""

    share: Fraction
    min_per_second: Fraction
    window_s: Fraction
    calls: list[Fraction] = attrs.field(factory=list)
    retries: list[Fraction] = attrs.field(factory=list)

    def balance(self, now: Fraction) -> Fraction:
        oldest = now // (self.window_s / 10) - 9
        calls, retries = (
            sum(at // (self.window_s / 10) >= oldest for at in made) for made in (self.calls, self.retries)
        )
        return self.share * calls + self.min_per_second * self.window_s - retries


STEPS = st.tuples(
    st.sampled_from(["0", "0", "0.125", "0.25", "1", "2.25", "12"]), st.sampled_from(["call", "call", "retry", "back"])
)


@given(
    st.sampled_from(["0", "0.1", "0.2", "0.5", "1", "2.5"]),
    st.sampled_from(["0", "0.1", "0.5", "1"]),
    st.sampled_from(["2.5", "10", "20"]),
    st.lists(STEPS, max_size=80),
)
def test_a_budget_is_what_the_calls_and_retries_of_its_window_leave(
    share: str, min_per_second: str, window_s: str, steps: list[tuple[str, str]]
) -> None:
    if share == "0" and Fraction(min_per_second) * Fraction(window_s) < 1:
        min_per_second = "1"
    config = RetryBudgetConfig(share=float(share), min_per_second=float(min_per_second), window_s=float(window_s))
    budget = RetryBudget(config)
    model = CountedOneByOne(Fraction(share), Fraction(min_per_second), Fraction(window_s))
    now = Fraction(0)
    drawn: list[tuple[float, Fraction]] = []
    denied = 0
    for after_s, what in steps:
        now += Fraction(after_s)
        if what == "call":
            budget.deposit(float(now))
            model.calls.append(now)
        elif what == "retry":
            allowed = model.balance(now) >= 1
            withdrawn = budget.withdraw(float(now))
            assert (withdrawn is not None) is allowed
            if withdrawn is not None:
                model.retries.append(now)
                drawn.append((withdrawn, now))
            else:
                denied += 1
        elif drawn:
            withdrawn, at = drawn.pop(0)
            budget.give_back(withdrawn, float(now))
            model.retries.remove(at)
        assert budget.balance(float(now)) == pytest.approx(float(model.balance(now)), abs=1e-6)
        assert budget.denied == denied


def test_by_default_one_call_in_five_may_be_retried_and_ten_a_second_on_top() -> None:
    budget = RetryBudget()
    for _ in range(1000):
        budget.deposit(0.0)
    assert sum(budget.withdraw(9.0) is not None for _ in range(1000)) == 200 + 100


def test_what_is_older_than_the_window_is_forgotten() -> None:
    budget = RetryBudget(RetryBudgetConfig(share=1.0, min_per_second=0.0))
    budget.deposit(0.5)
    assert budget.balance(9.9) == pytest.approx(1.0)
    assert budget.balance(10.0) == pytest.approx(0.0)
    assert budget.withdraw(10.0) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("share", -0.1),
        ("share", float("nan")),
        ("min_per_second", -1),
        ("min_per_second", float("inf")),
        ("window_s", 0),
        ("window_s", "10"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_by_the_name_of_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"RetryBudgetConfig\.{field} is .*, but must be "):
        RetryBudgetConfig(**{field: value})


def test_a_budget_that_never_allows_anything_is_refused() -> None:
    with pytest.raises(InvalidField, match="at least one retry"):
        RetryBudgetConfig(share=0.0, min_per_second=0.05)


def test_a_clock_that_goes_backwards_is_found_out() -> None:
    budget = RetryBudget()
    budget.deposit(5.0)
    with pytest.raises(ClockWentBackwards):
        budget.withdraw(4.0)
