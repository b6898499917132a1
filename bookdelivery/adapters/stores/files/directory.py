"""The directory that file stores share: it is ours, or empty, or it is left as it is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import orjson

from bookdelivery.adapters.stores.files.disk import directory_to_disk, to_disk, translating, write_all
from bookdelivery.kernel.errors import InvalidField, UnusableStore

FORMAT = "bookdelivery files"
FORMAT_VERSION = 1
"""The version of everything in the directory; a release refuses what a newer one wrote."""

_MARK = "bookdelivery.json"


def look(path: Path) -> None:
    """See that stores of ours are or can be in this directory, and leave everything as it is.

    Raises:
        UnusableStore: there is something else, or it cannot be read and written.
    """
    where = str(path)
    if path.is_symlink() and not path.exists():
        raise UnusableStore(where, "it is a link to nowhere")
    if not path.exists():
        if not path.parent.is_dir():
            raise UnusableStore(where, f"the directory {path.parent} does not exist")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise UnusableStore(where, f"the directory {path.parent} is not writable")
        return
    if not path.is_dir():
        raise UnusableStore(where, "it is no directory")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise UnusableStore(where, "the directory is not readable and writable")
    with translating(path):
        _check_owner(path)


def prepare(path: Path) -> None:
    """See that this directory is there and is ours; create it if need be.

    Raises:
        UnusableStore: there is something else, or it cannot be read and written.
    """
    look(path)
    with translating(path):
        if not path.exists():
            path.mkdir(exist_ok=True)
            directory_to_disk(path.parent)
        if not (path / _MARK).exists():
            text = orjson.dumps({"format": FORMAT, "version": FORMAT_VERSION})
            _replace(path / _MARK, text + b"\n")


def context_directory(path: Path, context: str) -> Path:
    """Give the directory of one context's store, made if it is not there.

    Raises:
        InvalidField: the name is not one a context may have.
        UnusableStore: it cannot be made.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", context):
        raise InvalidField("FileStore", "context", context, "lower-case letters, digits and _, a letter first")
    own = path / context
    with translating(own):
        if not own.is_dir():
            own.mkdir(exist_ok=True)
            directory_to_disk(path)
    return own


def _check_owner(path: Path) -> None:
    try:
        text = (path / _MARK).read_bytes()
    except FileNotFoundError:
        others = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith(_MARK))
        if others:
            problem = f"it holds other files ({', '.join(others[:3])}{', ...' if len(others) > 3 else ''})"
            raise UnusableStore(str(path), f"{problem}; choose an empty directory or a new one") from None
        return
    try:
        mark = orjson.loads(text)
    except orjson.JSONDecodeError:
        mark = None
    if not isinstance(mark, dict) or mark.get("format") != FORMAT or type(mark.get("version")) is not int:
        raise UnusableStore(str(path / _MARK), "it was not written by this library; choose another directory")
    if mark["version"] > FORMAT_VERSION:
        problem = f"its version is {mark['version']}, written by a newer release; this one knows {FORMAT_VERSION}"
        raise UnusableStore(str(path / _MARK), problem)


def _replace(path: Path, data: bytes) -> None:
    # Several processes may create the directory's mark at once, each through a file of its own.
    passing = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        write_all(fd, data)
        to_disk(fd)
    finally:
        os.close(fd)
    passing.replace(path)
    directory_to_disk(path.parent)
