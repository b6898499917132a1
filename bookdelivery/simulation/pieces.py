"""Columns that grow for as long as a simulation runs."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

_PIECE = 8192
"""Numbers in a piece: 64 kB of them, eight bytes each."""

Places = npt.NDArray[np.int64]


class Pieces:
    """Numbers in the order in which they came, in pieces that never move.

    One array that grows leaves its place again and again, and no later one of its kind fits into what it left: a run of
    150,000 orders took 650 MB with such arrays, and 619 MB with pieces.

    Args:
        type: of the numbers, as `array.array` and numpy both name it: "d", "q" or "i".
    """

    __slots__ = ("_pieces", "_type")

    def __init__(self, type: str) -> None:
        self._type = type
        # All are full but the last, which never is.
        self._pieces: list[array[Any]] = [array(type)]

    def append(self, number: float) -> None:
        """Add a number."""
        last = self._pieces[-1]
        last.append(number)
        if len(last) == _PIECE:
            self._pieces.append(array(self._type))

    def extend(self, numbers: npt.NDArray[Any]) -> None:
        """Add numbers, which are of this type."""
        while len(numbers):
            last = self._pieces[-1]
            room = _PIECE - len(last)
            last.frombytes(numbers[:room].tobytes())
            numbers = numbers[room:]
            if len(last) == _PIECE:
                self._pieces.append(array(self._type))

    def __len__(self) -> int:
        return (len(self._pieces) - 1) * _PIECE + len(self._pieces[-1])

    def __getitem__(self, place: int) -> Any:
        piece, place = divmod(place, _PIECE)
        return self._pieces[piece][place]

    def __setitem__(self, place: int, number: float) -> None:
        piece, place = divmod(place, _PIECE)
        self._pieces[piece][place] = number

    def at(self, places: Places) -> npt.NDArray[Any]:
        """Give the numbers at some places."""
        numbers = np.empty(len(places), dtype=self._type)
        for piece, here, within in by_piece(places, _PIECE):
            # An array cannot grow while somebody looks into it, so this view is not kept.
            numbers[here] = np.frombuffer(self._pieces[piece], dtype=self._type)[within]
        return numbers

    def all(self) -> npt.NDArray[Any]:
        """Give all of them, as an array of their own."""
        return np.concatenate([np.frombuffer(piece, dtype=self._type) for piece in self._pieces])


def by_piece(places: Places, size: int) -> Iterator[tuple[int, Places, Places]]:
    """Give for each piece that some places lie in its number, which of the places these are, and where in it they lie.

    Args:
        places: in any order, from 0.
        size: of a piece.
    """
    if not len(places):
        return
    order = np.argsort(places, kind="stable")
    ascending = places[order]
    touched = range(ascending[0] // size, ascending[-1] // size + 1)
    ends = np.searchsorted(ascending, [(piece + 1) * size for piece in touched]).tolist()
    for piece, (begin, end) in zip(touched, pairwise([0, *ends]), strict=True):
        if begin < end:
            yield piece, order[begin:end], ascending[begin:end] - piece * size
