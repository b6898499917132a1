"""Errors say what was wrong, and are caught as the nearest built-in."""

import pickle

import pytest

from bookdelivery.kernel import errors
from bookdelivery.kernel.errors import (
    BookdeliveryError,
    HeldOff,
    InvalidField,
    InvalidMessage,
    NotFound,
    NotRunning,
    Overloaded,
    Refused,
    Unavailable,
    UnknownCommand,
    UnusableStore,
    WronglyDeclared,
)

OURS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BookdeliveryError)]


@pytest.mark.parametrize("kind", OURS)
def test_every_error_of_ours_is_caught_by_the_common_base_and_by_a_builtin(kind: type[Exception]) -> None:
    if kind is not BookdeliveryError:
        builtins = [base for base in kind.__mro__ if base.__module__ == "builtins"]
        assert builtins[0] not in (Exception, BaseException, object)


def test_a_refusal_says_what_would_be_allowed() -> None:
    refusal = Refused("CancelOrder for order 7", "the order is delivered", ["PlaceOrder", "nothing else"])
    assert str(refusal) == (
        "CancelOrder for order 7 is refused: the order is delivered; allowed: PlaceOrder, nothing else"
    )
    assert refusal.allowed == ("PlaceOrder", "nothing else")


def test_a_refusal_says_so_when_nothing_is_allowed_any_more() -> None:
    assert str(Refused("X", "it is over")).endswith("; nothing is allowed any more")


def test_what_is_not_found_is_a_refusal_and_a_lookup_error() -> None:
    refusal = NotFound("TakeOrder", "Ordermgmt", 7)
    assert isinstance(refusal, Refused)
    assert isinstance(refusal, LookupError)
    assert "no Ordermgmt is known for the key 7" in str(refusal)


@pytest.mark.parametrize("refusal", [Refused("a", "b", ("c",)), NotFound("a", "b", 1)])
def test_a_refusal_crosses_process_boundaries_whole(refusal: Refused) -> None:
    copy = pickle.loads(pickle.dumps(refusal))  # noqa: S301
    assert type(copy) is type(refusal)
    assert (copy.what, copy.why, copy.allowed, str(copy)) == (
        refusal.what,
        refusal.why,
        refusal.allowed,
        str(refusal),
    )


@pytest.mark.parametrize(
    "error",
    [
        InvalidField("PlaceOrder", "qty", -1, "1 or more"),
        InvalidMessage("PlaceOrder", ["qty is missing"]),
        UnknownCommand("Foo", ["PlaceOrder"]),
        UnusableStore("shop.db", "no space is left"),
        HeldOff("Pay", 3.5),
        Overloaded("Pay", 3.5, "its bulkhead is full"),
        NotRunning(),
        WronglyDeclared("order", "two handlers"),
    ],
)
def test_any_error_of_ours_crosses_process_boundaries_whole(error: BookdeliveryError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_an_unreadable_message_names_every_problem() -> None:
    error = InvalidMessage("PlaceOrder", ["qty is missing", "itemPrice is 'x'"])
    assert error.problems == ("qty is missing", "itemPrice is 'x'")
    assert str(error) == "PlaceOrder cannot be read: qty is missing; itemPrice is 'x'"


def test_an_unknown_command_is_told_the_known_ones_in_order() -> None:
    assert str(UnknownCommand("Foo", ["PlaceOrder", "CancelOrder"])).endswith("CancelOrder, PlaceOrder")


def test_the_other_errors_name_their_place() -> None:
    assert "shop.db" in str(UnusableStore("shop.db", "no database"))
    assert "context order" in str(WronglyDeclared("context order", "two have this name"))
    assert HeldOff("Pay", 4.25).retry_after_s == 4.25


def test_who_is_overloaded_is_met_both_as_held_off_and_as_unavailable_and_says_when_to_come_back() -> None:
    error = Overloaded("PlaceOrder", 4.25, "its bulkhead is full")
    assert isinstance(error, HeldOff)
    assert isinstance(error, Unavailable)
    assert isinstance(error, ConnectionRefusedError)
    assert (error.what, error.retry_after_s, error.why) == ("PlaceOrder", 4.25, "its bulkhead is full")
    assert str(error) == "PlaceOrder is held off for another 4.2 s: its bulkhead is full"
