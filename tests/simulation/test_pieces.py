"""Columns in pieces: what is in them is what a list would hold, wherever a piece ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.simulation import pieces
from bookdelivery.simulation.pieces import Pieces

NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=11)


@pytest.fixture(scope="module", autouse=True)
def pieces_of_four() -> object:
    """So small that a few numbers need several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_PIECE", 4)
        yield


@given(st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), NUMBERS)), st.data())
def test_it_holds_what_was_added_one_by_one_or_many_at_once(added: list[int | list[int]], data: st.DataObject) -> None:
    column, expected = Pieces("q"), list[int]()
    for numbers in added:
        if isinstance(numbers, int):
            column.append(numbers)
            expected.append(numbers)
        else:
            column.extend(np.array(numbers, dtype="q"))
            expected += numbers
    assert len(column) == len(expected)
    assert column.all().tolist() == expected
    places = data.draw(st.lists(st.integers(0, len(expected) - 1))) if expected else []
    assert column.at(np.array(places, dtype="q")).tolist() == [expected[place] for place in places]
    assert [column[place] for place in places] == [expected[place] for place in places]


def test_a_number_is_replaced_where_it_stands() -> None:
    column = Pieces("d")
    column.extend(np.arange(10.0))
    column[5] = 0.5
    column[9] = 0.9
    assert column.all().tolist() == [0, 1, 2, 3, 4, 0.5, 6, 7, 8, 0.9]


def test_what_was_given_stays_as_it_was_while_the_column_grows() -> None:
    column = Pieces("i")
    column.extend(np.array([1, 2], dtype="i"))
    before, some = column.all(), column.at(np.array([1]))
    column.append(3)
    column[1] = 7
    assert (before.tolist(), some.tolist(), column.all().tolist()) == ([1, 2], [2], [1, 7, 3])


def test_numbers_that_are_kept_never_move() -> None:
    column = Pieces("d")
    column.extend(np.arange(4.0))
    place = column._pieces[0].buffer_info()
    column.extend(np.arange(1000.0))
    assert column._pieces[0].buffer_info() == place
