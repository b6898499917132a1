"""What a simulated context knows at the end, read from its store when somebody asks."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, overload

from bookdelivery.kernel.ports import Store

T = TypeVar("T")

_PAGE = 4096
"""Records read at a time."""


class States(Sequence[Any]):
    """The states of all records of one kind, by ascending key; they are not all in memory at the same time.

    Args:
        store: where they are; one in memory, that nobody writes to any more.
        kind: which.
    """

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind

    def __iter__(self) -> Iterator[Any]:
        after = 0
        while page := at_once(self._store.list(self._kind, after=after, limit=_PAGE)):
            for record in page:
                yield record.state
            after = page[-1].key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return list(self)[place]
        for state in islice(self, place if place >= 0 else len(self) + place, None):
            return state
        raise IndexError(f"there are {len(self)} records of {self._kind}, none has place {place}")

    def __repr__(self) -> str:
        return f"<States of {len(self)} records of {self._kind}>"


def at_once(answer: Coroutine[Any, Any, T]) -> T:
    """Give the answer of a coroutine that waits for nothing, as those of a store in memory are.

    Raises:
        RuntimeError: it waits for something.
    """
    try:
        answer.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a store in memory waited for something")
