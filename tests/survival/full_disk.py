"""Disks that are full: one pretended by SQLite itself, and a real one where this user may mount it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import attrs
import pytest

ROOM = 1_000_000
"""Pages that no test comes near."""


class Disk(Protocol):
    """A place for files that can be made full."""

    path: Path

    def fill(self) -> None:
        """Leave no room."""
        ...

    def make_room(self) -> None:
        """Leave plenty of room again."""
        ...


@attrs.define
class CrampedDisk:
    """SQLite is told that no database file may grow (`PRAGMA max_page_count`), and reports a full disk.

    What was written to the log (WAL) is on the disk already, so this is what a disk looks like on which others wrote.
    """

    path: Path
    full: bool = False

    def fill(self) -> None:
        """Leave no room, from the next transaction on."""
        self.full = True

    def make_room(self) -> None:
        """Let files grow again, from the next transaction on."""
        self.full = False

    @contextmanager
    def mounted(self) -> Iterator[CrampedDisk]:
        """Have all connections that are opened within obey."""
        factory = partial(_Cramped, disk=self)
        with patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=factory)):
            yield self


class _Cramped(sqlite3.Connection):
    def __init__(self, database: Any, *args: Any, disk: CrampedDisk, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self._disk = disk

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql.startswith("BEGIN"):
            # A limit below the present size is taken for the present size.
            super().execute(f"PRAGMA max_page_count = {1 if self._disk.full else ROOM}")
        return super().execute(sql, parameters)


@attrs.define
class SmallDisk:
    """A file system in memory of a few megabytes, with ballast on it."""

    path: Path

    def fill(self) -> None:
        """Write ballast until nothing more goes in."""
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            size = 65_536
            while size:
                try:
                    ballast.write(b"\0" * size)
                except OSError:
                    size //= 2

    def make_room(self) -> None:
        """Throw the ballast out."""
        (self.path / "ballast").unlink()

    @classmethod
    @contextmanager
    def mounted(cls, path: Path, kilobytes: int) -> Iterator[SmallDisk]:
        """Mount one; skips the test where that is not permitted."""
        if os.name != "posix" or shutil.which("mount") is None:
            pytest.skip("there is no mount command here")
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("this user may not mount a file system")
        try:
            yield cls(path)
        finally:
            subprocess.run(["umount", "--lazy", str(path)], check=True)
