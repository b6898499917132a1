"""Money, and the checks that fields share."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.values import LARGEST_ID, Won, business_id, duration_s, optional, quantity, text, won

AMOUNTS = st.integers(min_value=0, max_value=2**40)


@attrs.frozen
class Sample:
    id: Any = attrs.field(default=1, validator=business_id)
    qty: Any = attrs.field(default=1, validator=quantity)
    name: Any = attrs.field(default="x", validator=text)
    lasts_s: Any = attrs.field(default=1.0, validator=duration_s)
    maybe: Any = attrs.field(default=None, validator=optional(business_id))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", [1, LARGEST_ID]),
        ("qty", [1, 1_000_000]),
        ("name", ["책", " x ", "x" * 1000]),
        ("lasts_s", [1, 0.001, 1e9]),
        ("maybe", [None, 1]),
    ],
)
def test_what_is_allowed_is_taken_as_it_is(field: str, values: list[Any]) -> None:
    for value in values:
        assert getattr(Sample(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "allowed", "values"),
    [
        ("id", "an integer from 1 to 9007199254740991", [0, -1, LARGEST_ID + 1, 1.0, True, "1", None, math.nan]),
        ("qty", "an integer from 1 to 1000000", [0, -3, 1_000_001, 2.0, False, "2", None, []]),
        ("name", "a text that is not blank, of at most 1000 characters", ["", "  ", "\n\t", "x" * 1001, 1, None, b"x"]),
        ("name", "a text of whole Unicode characters, without lone surrogates", ["\ud800", "책\udc00"]),
        ("lasts_s", "a positive number of seconds", [0, -1, math.inf, math.nan, True, "1", None]),
        ("maybe", "an integer from 1 to 9007199254740991", [0, "1", 1.5, True]),
    ],
)
def test_what_is_not_allowed_is_refused_by_field_value_and_what_would_do(
    field: str, allowed: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(InvalidField) as refusal:
            Sample(**{field: value})
        assert refusal.value.owner == "Sample"
        assert refusal.value.field == field
        assert refusal.value.value is value
        assert refusal.value.allowed == allowed
        assert f"Sample.{field} is " in str(refusal.value)
        assert isinstance(refusal.value, ValueError)


def test_a_long_value_is_shortened_in_the_error() -> None:
    with pytest.raises(InvalidField) as refusal:
        Sample(name="x" * 100_000)
    assert len(str(refusal.value)) < 200


@given(AMOUNTS, AMOUNTS, st.integers(min_value=1, max_value=1000))
def test_money_adds_subtracts_multiplies_and_compares_as_its_amounts_do(a: int, b: int, times: int) -> None:
    assert Won(a) + Won(b) == Won(a + b)
    assert Won(a + b) - Won(b) == Won(a)
    assert Won(a) * times == Won(a * times)
    assert (Won(a) < Won(b)) is (a < b)
    assert int(Won(a)) == a


@pytest.mark.parametrize("amount", [-1, 1.0, 0.5, True, "100", None, math.nan, LARGEST_ID + 1, Won(1)])
def test_money_is_whole_won_and_nothing_else(amount: Any) -> None:
    with pytest.raises(InvalidField, match=r"Won\.amount is .*, but must be a whole number of won, 0 or more"):
        Won(amount)


def test_no_amount_of_money_is_negative_not_even_a_difference() -> None:
    with pytest.raises(InvalidField):
        Won(1) - Won(2)


def test_money_reads_as_people_write_it() -> None:
    assert str(Won(25_000)) == "25,000 won"
    assert won(25_000) == Won(25_000)
    assert won(Won(3)) == Won(3)
