"""Marks of messages handled long ago are packed, and nobody but the memory notices."""

import random

import pytest

from bookdelivery.adapters.stores.marks import Marks
from bookdelivery.kernel.ids import MessageIds
from bookdelivery.simulation import packed_marks
from bookdelivery.simulation.packed_marks import PackingMarks


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two marks are packed at once."""
    monkeypatch.setattr(packed_marks, "_AT_ONCE", 2)


def ids(number: int, seed: int = 1) -> list[str]:
    seconds = iter(range(10 * number))
    new_id = MessageIds(lambda: next(seconds) / 100, random.Random(seed))
    return [new_id() for _ in range(number)]


def test_what_was_handled_long_ago_is_still_known_and_nothing_else_is() -> None:
    marks = PackingMarks()
    handled, others = ids(100)[::2], ids(100)[1::2]
    for message_id in handled:
        marks[message_id] = 1.0
    assert len(marks) < 5, "all but the latest are packed"
    assert 0 < marks.blocks < 8, "of blocks there are few"
    assert all(message_id in marks for message_id in handled)
    assert not any(message_id in marks for message_id in others)


def test_whatever_is_done_to_them_packing_marks_are_like_plain_ones() -> None:
    rng = random.Random(7)
    for seed in range(20):
        packing, plain = PackingMarks(), Marks()
        known = ids(80, seed)
        rng.shuffle(known)
        for at, message_id in enumerate(known):
            assert (message_id in packing) is (message_id in plain)
            if rng.random() < 0.7:
                packing[message_id] = plain[message_id] = float(at)
            again = rng.choice(known)
            assert (again in packing) is (again in plain)
            if rng.random() < 0.1:
                before = at - rng.uniform(0.0, 20.0)
                assert packing.purge(before) == plain.purge(before)
        assert [each in packing for each in known] == [each in plain for each in known]


def test_an_id_that_is_no_uuid_is_kept_as_it_is() -> None:
    marks = PackingMarks()
    strange = [f"{partition}:{offset}" for partition in "fa0" for offset in range(5)]
    for message_id in (*strange, *ids(20)):
        marks[message_id] = 1.0
    assert all(message_id in marks for message_id in strange)
    assert "7:7" not in marks
    assert "0:99" not in marks
