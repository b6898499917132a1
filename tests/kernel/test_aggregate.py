"""Changing what is frozen: a new one with some fields changed, the old one as it was."""

from typing import Any

import attrs
import pytest

from bookdelivery.kernel.aggregate import Decision, Given, Stored, changed


@attrs.frozen(slots=False)
class Roomy(Stored):
    correlation_key = "case"
    case: int
    note: str = ""

    @property
    def doubled(self) -> int:
        return 2 * self.case


@attrs.frozen
class Slotted(Stored):
    correlation_key = "case"
    case: int
    note: str = ""


KINDS = pytest.mark.parametrize("kind", [Roomy, Slotted])


@KINDS
def test_a_changed_one_differs_in_what_was_changed_and_in_nothing_else(kind: Any) -> None:
    old = kind(1, "old")
    new = changed(old, note="new")
    assert new == kind(1, "new") == attrs.evolve(old, note="new")
    assert old == kind(1, "old")
    assert type(new) is kind
    assert hash(new) == hash(kind(1, "new"))


@KINDS
def test_a_changed_one_is_as_frozen_as_the_old_one(kind: Any) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        changed(kind(1), note="new").note = "newer"


@KINDS
def test_a_field_there_is_not_cannot_be_changed(kind: Any) -> None:
    with pytest.raises((AttributeError, TypeError), match="notes"):
        changed(kind(1), notes="new")


def test_a_property_is_no_field() -> None:
    with pytest.raises(AttributeError, match="Roomy has no field doubled"):
        changed(Roomy(1), doubled=4)


def test_a_decision_that_leaves_everything_as_it_is_publishes_nothing() -> None:
    state: Any = Roomy(1)
    assert Decision(state) == Decision(state, ())


def test_what_is_given_to_a_decision_says_when_and_under_which_id_and_terms() -> None:
    given = Given(7.0)
    assert (given.now, given.new_id, given.terms) == (7.0, 0, None)
