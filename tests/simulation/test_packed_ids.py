"""Packed ids: they come back as the texts they were, and are found where they lie."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.simulation import packed_ids
from bookdelivery.simulation.packed_ids import PackedIds

IDS = st.uuids(allow_nil=False).map(str)


@pytest.fixture(scope="module", autouse=True)
def pages_of_three() -> object:
    """So small that a few ids need several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed_ids, "_PAGE", 3)
        yield


def packed(*parts: list[str | None]) -> PackedIds:
    ids = PackedIds()
    for part in parts:
        ids.extend(part)
    return ids


@given(st.lists(st.lists(st.none() | IDS, max_size=8)))
def test_they_come_back_as_they_were_however_they_were_added(parts: list[list[str | None]]) -> None:
    ids, expected = packed(*parts), [id or "" for part in parts for id in part]
    assert len(ids) == len(expected)
    assert ids.texts().tolist() == expected
    backwards = np.arange(len(expected))[::-1]
    assert ids.texts(backwards).tolist() == expected[::-1]


@given(st.lists(IDS, unique=True, max_size=12), IDS)
def test_each_is_found_where_it_lies_and_no_other_is(given: list[str], other: str) -> None:
    ids = packed(list(given))
    assert [ids.find(id) for id in given] == list(range(len(given)))
    assert ids.find(other) == (given.index(other) if other in given else -1)


def test_one_that_lies_across_two_others_is_not_taken_for_one() -> None:
    first, second, third = (uuid.UUID(int=number * 0x0123456789ABCDEF0123456789ABCD) for number in (1, 2, 3))
    ids = packed([str(first), str(second), str(third)])
    across = uuid.UUID(bytes=first.bytes[8:] + second.bytes[:8])
    assert ids.find(str(across)) == -1
    ids.extend([None, str(across)])
    assert ids.find(str(across)) == 4
