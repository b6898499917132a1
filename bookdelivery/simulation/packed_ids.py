"""Ids of messages by the million, 16 bytes each instead of a text's 85."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.simulation.pieces import Places, by_piece
from bookdelivery.simulation.tables import text

_ID = 16
"""Bytes of an id."""

_PAGE = 4096
"""Ids that lie together; a page never moves."""

_UNPACKED_AT_ONCE = 65_536


class PackedIds:
    """Ids (UUIDs in text form; None for none) in the order in which they came."""

    __slots__ = ("_pages",)

    def __init__(self) -> None:
        self._pages: list[bytearray] = [bytearray()]

    def __len__(self) -> int:
        return (len(self._pages) - 1) * _PAGE + len(self._pages[-1]) // _ID

    def extend(self, ids: Sequence[str | None]) -> None:
        """Add ids."""
        packed = _packed(ids)
        while packed:
            last = self._pages[-1]
            room = _PAGE * _ID - len(last)
            last += packed[:room]
            packed = packed[room:]
            if len(last) == _PAGE * _ID:
                self._pages.append(bytearray())

    def find(self, id: str) -> int:
        """Give the first place of an id, -1 if it is not there. It takes long: all of them are looked through."""
        wanted = _packed([id])
        for number, page in enumerate(self._pages):
            at = page.find(wanted)
            while at >= 0 and at % _ID:
                at = page.find(wanted, at + 1)
            if at >= 0:
                return number * _PAGE + at // _ID
        return -1

    def texts(self, places: Places | None = None) -> pd.Series:
        """Give all of them, or those at some places, as text; "" for none."""
        if places is None:
            ids = _bytes(b"".join(self._pages))
        else:
            ids = np.empty((len(places), _ID), dtype="uint8")
            for page, here, within in by_piece(places, _PAGE):
                ids[here] = _bytes(self._pages[page])[within]
        # As Python's own texts they take several times the memory of a column, so not all are that at once.
        parts = [_texts(ids[first : first + _UNPACKED_AT_ONCE]) for first in range(0, len(ids), _UNPACKED_AT_ONCE)]
        return pd.concat(parts, ignore_index=True) if parts else text([])


def _packed(ids: Sequence[str | None]) -> bytes:
    return bytes.fromhex("".join(["0" * 32 if id is None else id for id in ids]).replace("-", ""))


def _bytes(page: bytes | bytearray) -> npt.NDArray[np.uint8]:
    return np.frombuffer(page, dtype="uint8").reshape(-1, _ID)


def _texts(ids: npt.NDArray[np.uint8]) -> pd.Series:
    digits = np.frombuffer(ids.tobytes().hex().encode(), dtype="uint8").reshape(-1, 2 * _ID)
    letters = np.full((len(digits), 36), ord("-"), dtype="uint8")
    begin = 0
    for at, length in ((0, 8), (9, 4), (14, 4), (19, 4), (24, 12)):
        letters[:, at : at + length] = digits[:, begin : begin + length]
        begin += length
    letters[(digits == ord("0")).all(axis=1)] = 0
    return text(letters.reshape(-1).view("S36").astype("U36").tolist())
