"""One `serve all` for the data of one directory: two would start everything twice."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.services.stores import path_of


class ServedAlready(BookdeliveryError, FileExistsError):
    """Another process serves these data.

    Attributes:
        where: the file or directory they are in.
    """

    def __init__(self, where: Path, process: str) -> None:
        other = f"process {process}" if process else "another process"
        super().__init__(f"{where} is served already, by {other}; stop that one, or choose another --url")
        self.where = where


@contextlib.contextmanager
def alone(urls: Iterable[str]) -> Iterator[None]:
    """Keep other processes from doing the same within this; the system frees it when this process dies.

    Args:
        urls: where the data are. Those on servers are left out: several computers may serve them.

    Raises:
        ServedAlready: one of them is being served.
    """
    with contextlib.ExitStack() as held:
        for path in sorted({path.absolute() for url in urls if (path := _place(url)) is not None}):
            held.enter_context(_held(path))
        yield


def _place(url: str) -> Path | None:
    return path_of(url, "url") if urlsplit(url).scheme in ("sqlite", "file") else None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    lock = path.with_name(f"{path.name}.served")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise ServedAlready(path, file.read().strip()) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
