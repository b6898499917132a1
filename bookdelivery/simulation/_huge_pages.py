"""The memory of a large world on huge pages, where the system offers them.

A world of a hundred thousand open orders takes 2 GB, of which each order touches a little here and there. On pages of
4 kB the processor then looks up most addresses in tables that are themselves not in its caches; on pages of 2 MB it
rarely has to. numpy asks for them for its arrays, Python for its objects does not.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from mmap import PAGESIZE
from pathlib import Path
from typing import Self

_SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_MAPPINGS = Path("/proc/self/maps")
_SIZES = "/proc/self/statm"

_HUGE = 1 << 21
"""Bytes of a huge page, on all that Linux runs Python on with pages of 4 kB."""

_AT_LEAST = 16 << 20
"""Bytes of a mapping that is worth it; the stacks of threads, which are mostly empty, are smaller."""

_GROWTH = 64 << 20
"""By how many bytes the process has to have grown for the next look at its mappings."""

_MADV_HUGEPAGE, _MADV_COLLAPSE = 14, 25
"""See madvise(2): give huge pages from now on; put what is there on huge pages at once (Linux 6.1)."""


class HugePages:
    """Asks the system to put this process's objects on huge pages while it grows.

    It does so only where the administrator lets programs ask (`madvise`) or wants them for all (`always`). A system
    that cannot, or has no such page left, changes nothing but the speed.
    """

    def __init__(self) -> None:
        self._is_offered = are_offered()
        self._seen = 0

    def __enter__(self) -> Self:
        """Begin."""
        if self._is_offered:
            # Kept open, as a world looks thousands of times, and to open it takes ten times as long as to read it.
            self._sizes = os.open(_SIZES, os.O_RDONLY)
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        if self._is_offered:
            os.close(self._sizes)

    def look(self) -> None:
        """Ask for what has come since, if that is much."""
        if not self._is_offered:
            return
        resident = int(os.pread(self._sizes, 64, 0).split()[1]) * PAGESIZE
        if resident >= self._seen + _GROWTH:
            self._seen = resident
            _ask()


def are_offered() -> bool:
    """Say whether this system has them, and lets programs ask for them."""
    return sys.platform == "linux" and _SETTING.exists() and "[never]" not in _SETTING.read_text()


def _ask() -> None:
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for begin, size in _mappings():
        # What either comes to is no matter: without them it is as it was.
        madvise(begin, size, _MADV_HUGEPAGE)
        madvise(begin, size, _MADV_COLLAPSE)


def _mappings() -> Iterator[tuple[int, int]]:
    """Give where large parts of the memory for objects begin, on a huge page's border, and how many bytes they have."""
    for line in _MAPPINGS.read_text().splitlines():
        addresses, permissions, _, _, inode, *path = line.split()
        if permissions == "rw-p" and inode == "0" and path in ([], ["[heap]"]):
            begin, end = (int(address, 16) for address in addresses.split("-"))
            if end - begin >= _AT_LEAST:
                begin = -(-begin // _HUGE) * _HUGE
                yield begin, end // _HUGE * _HUGE - begin
