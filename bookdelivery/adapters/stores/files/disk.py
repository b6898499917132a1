"""What a file store asks of the file system, and what goes wrong there in the library's own words."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bookdelivery.kernel.errors import Unavailable, UnusableStore

_PROBLEMS = {
    errno.ENOSPC: "the disk is full; nothing of this was written",
    errno.EDQUOT: "the disk quota is used up; nothing of this was written",
    errno.EFBIG: "the file is too large for this file system; nothing of this was written",
    errno.EIO: "the disk failed",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "access is denied",
    errno.EPERM: "access is denied",
    errno.ENOTDIR: "it is no directory",
    errno.ENOLCK: "its file system does not support locks",
}

_LOOK_AGAIN_S = 0.0005
"""Seconds between two looks whether another process has let go of the lock."""


@contextmanager
def translating(where: Path) -> Iterator[None]:
    """Raise what the operating system reports within as an error of ours that names the place.

    Raises:
        Unavailable: the process has no file descriptor left; an end of other work may free some.
        UnusableStore: anything else that the operating system refuses.
    """
    try:
        yield
    except (Unavailable, UnusableStore):
        raise
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise Unavailable(f"{where}: too many files are open ({error})") from error
        problem = _PROBLEMS.get(error.errno or 0, "the operating system refuses")
        raise UnusableStore(str(where), f"{problem} ({error})") from error


def write_all(fd: int, data: bytes) -> None:
    """Write all of it; the operating system may take it in pieces."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def to_disk(fd: int) -> None:
    """Return once what was written to this file, or the names in this directory, will survive a power cut."""
    if sys.platform == "darwin":  # pragma: no cover - fsync leaves the data in the drive's cache there
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)


def directory_to_disk(path: Path) -> None:
    """Return once the names in a directory will survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        to_disk(fd)
    finally:
        os.close(fd)


def everything_to_disk(path: Path) -> None:
    """Return once all that was written to the file system of a directory will survive a power cut.

    One call for thousands of documents (syncfs(2)); where there is none, sync(2) takes its place.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):  # pragma: no cover - only Linux has it
        os.sync()
        return
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(fd):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(fd)


class FileLock:
    """A lock that one process, or one object within a process, holds at a time; the system frees it if its holder dies.

    flock(2) belongs to the opened file, so two objects of one process exclude each other as well.

    Args:
        path: the file that is locked; created if it is not there. Nothing is ever written to it.
        timeout_s: seconds to wait for the lock.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        A wait within the kernel could not be given up after a time, so this looks again and again; often, as a process
        that commits without a pause leaves the lock free for a moment only.

        Raises:
            Unavailable: another process held it for longer than the timeout.
        """
        give_up = time.monotonic() + self._timeout_s
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= give_up:
                    raise Unavailable(f"{self._path} is locked by another process for longer than we wait") from error
            time.sleep(_LOOK_AGAIN_S)
        try:
            yield
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)
