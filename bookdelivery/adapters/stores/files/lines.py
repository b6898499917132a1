"""Lines that say of themselves whether they are whole: a checksum, a space, JSON, the end of the line."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import attrs

from bookdelivery.kernel.errors import UnusableStore

_HEAD = 9


def line(payload: bytes) -> bytes:
    """Make a line of JSON, which never has a line break of its own."""
    return b"%08x %b\n" % (zlib.crc32(payload), payload)


@attrs.frozen
class Read:
    """What stands in a file of lines.

    Attributes:
        payloads: the JSON of each whole line.
        length: how many bytes the whole lines take; what comes after them was never finished.
    """

    payloads: Sequence[bytes]
    length: int


def read(data: bytes, path: Path, start: int = 0) -> Read:
    """Read lines up to the first that is not whole.

    A line is written in one piece and reaches the disk before the next one is begun, so only the last can be torn: by
    the death of its writer or a power cut.

    Args:
        data: the bytes from `start` on.
        path: the file, for error messages.
        start: where in the file they begin.

    Raises:
        UnusableStore: whole lines come after a broken one, so the file was damaged later on.
    """
    payloads: list[bytes] = []
    position = 0
    while (end := data.find(b"\n", position)) >= 0 and _is_whole(data, position, end):
        payloads.append(data[position + _HEAD : end])
        position = end + 1
    if end >= 0:
        _check_rest(data, end + 1, path, start + position)
    return Read(payloads, position)


def _is_whole(data: bytes, start: int, end: int) -> bool:
    try:
        checksum = int(data[start : start + _HEAD - 1], 16)
    except ValueError:
        return False
    return data[start + _HEAD - 1 : start + _HEAD] == b" " and zlib.crc32(data[start + _HEAD : end]) == checksum


def _check_rest(data: bytes, position: int, path: Path, broken_at: int) -> None:
    while (end := data.find(b"\n", position)) >= 0:
        if _is_whole(data, position, end):
            raise UnusableStore(str(path), f"it is damaged at byte {broken_at}; whole lines follow there")
        position = end + 1
