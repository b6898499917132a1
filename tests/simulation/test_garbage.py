"""Cyclic garbage is sought rarely where there is none, and soon where there is some."""

import gc
from collections.abc import Iterator

import pytest

from bookdelivery.simulation import _garbage
from bookdelivery.simulation._garbage import rarely_sought


class Ring:
    """Refers to itself, so that only the collector finds it."""

    def __init__(self) -> None:
        self.itself = self
        self.number = 0


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Search after hundreds of objects instead of ten thousands; leave the interpreter as it was."""
    monkeypatch.setattr(_garbage, "FIRST", 1_000)
    monkeypatch.setattr(_garbage, "LAST", 64_000)
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def searches(objects: Iterator[object]) -> int:
    """Count the searches while these objects are made and kept."""
    found = []
    gc.callbacks.append(lambda phase, info: found.append(info) if phase == "start" else None)
    try:
        kept = list(objects)
    finally:
        gc.callbacks.pop()
    assert kept
    return len(found)


def test_a_world_without_cycles_is_looked_through_ever_more_rarely() -> None:
    gc.collect()
    with rarely_sought():
        assert searches([] for _ in range(60_000)) == 3


def test_cycles_are_sought_as_often_as_at_first() -> None:
    with rarely_sought():
        for _ in range(60_000):
            Ring()
            assert gc.get_threshold()[0] <= 4_000
    with rarely_sought():
        gc.collect()
        assert searches([Ring().number] for _ in range(60_000)) > 20


def test_afterwards_all_is_as_it_was() -> None:
    before, callbacks = gc.get_threshold(), list(gc.callbacks)
    with pytest.raises(RuntimeError), rarely_sought():
        raise RuntimeError
    assert (gc.get_threshold(), gc.callbacks) == (before, callbacks)
