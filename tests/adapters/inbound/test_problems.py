"""What is told of an error, whichever way the request came in."""

from __future__ import annotations

import pytest

from bookdelivery.adapters.inbound.problems import Kind, Problem, problem_of
from bookdelivery.kernel.errors import InvalidField, NotAnswered, Overloaded, Refused, Unavailable, UnusableStore


def test_a_refusal_says_what_would_be_allowed() -> None:
    told = problem_of(Refused("PackOrder of 1", "it is cancelled", ["nothing but waiting"]))
    assert told.kind is Kind.REFUSED
    assert told.members == {"what": "PackOrder of 1", "why": "it is cancelled", "allowed": ["nothing but waiting"]}
    assert told.type == "urn:bookdelivery:problem:refused"


def test_what_may_be_otherwise_later_says_when_to_ask_again() -> None:
    assert problem_of(Overloaded("Pay", 2.5)).retry_after_s == 2.5
    assert problem_of(NotAnswered("Pay: no answer")).retry_after_s == 1.0
    assert problem_of(InvalidField("an order", "qty", 0, "1 or more")).retry_after_s is None


@pytest.mark.parametrize("error", [Unavailable("db.internal:5432 refused"), UnusableStore("/srv/secret", "is full")])
def test_where_a_store_is_and_what_its_driver_says_stays_here(error: Exception) -> None:
    told = problem_of(error)
    assert told.kind is Kind.UNAVAILABLE
    assert told.detail == "Not available just now; please ask again."


def test_the_text_of_an_error_that_nobody_foresaw_stays_here(caplog: pytest.LogCaptureFixture) -> None:
    assert problem_of(RuntimeError("password=hunter2")) == Problem(
        Kind.UNFORESEEN, "Something went wrong here; it was written down."
    )
    assert "hunter2" in caplog.text
