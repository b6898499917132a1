"""The files of one context's store, by generation, and how one generation follows on another.

A generation is a ledger (what was at its beginning, but for the documents) and a journal (what was done since). The
ledger with the highest number counts; whoever finds older files removes them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from bookdelivery.adapters.stores.files.disk import directory_to_disk, everything_to_disk, write_all
from bookdelivery.adapters.stores.files.lines import line, read
from bookdelivery.kernel.errors import UnusableStore

_LEDGER = re.compile(r"ledger-(\d+)\.jsonl")
_GENERATED = re.compile(r"(?:ledger|journal)-(\d+)\.jsonl")
_DOCUMENT = re.compile(r"(\d+)\.json")
_NEW = ".new"


class Generations:
    """Finds, reads and replaces the files in one context's directory. Hold its lock while using this.

    Args:
        path: the directory.
        durable: whether files have to be on the disk before the next ones depend on them.
    """

    def __init__(self, path: Path, durable: bool) -> None:
        self._path = path
        self._durable = durable

    def latest(self) -> int:
        """Give the number of the generation that counts; 0 has no ledger."""
        numbers = (int(found[1]) for entry in self._path.iterdir() if (found := _LEDGER.fullmatch(entry.name)))
        return max(numbers, default=0)

    def journal(self, generation: int) -> Path:
        """Give the path of a generation's journal."""
        return self._path / f"journal-{generation}.jsonl"

    def tidy(self, generation: int) -> None:
        """Remove what earlier generations left behind, and ledgers that were never finished."""
        for entry in self._path.iterdir():
            found = _GENERATED.fullmatch(entry.name.removesuffix(_NEW))
            if found and (int(found[1]) < generation or entry.name.endswith(_NEW)):
                entry.unlink(missing_ok=True)

    def tidy_documents(self) -> None:
        """Remove documents that were never finished."""
        for path in (self._path / "records").glob(f"*/*{_NEW}"):
            path.unlink(missing_ok=True)

    # --- reading ------------------------------------------------------------------------------------------------------

    def documents(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Read every document; each has to be where its kind and key belong.

        Raises:
            UnusableStore: there is something else where a document has to be.
        """
        records = self._path / "records"
        for folder in sorted(records.iterdir()) if records.is_dir() else ():
            for path in sorted(folder.iterdir()):
                found = _DOCUMENT.fullmatch(path.name)
                if found is None:
                    continue
                try:
                    document = orjson.loads(path.read_bytes())
                except orjson.JSONDecodeError as error:
                    raise UnusableStore(str(path), f"it is damaged: {error}") from error
                if not isinstance(document, dict) or [document.get("kind"), document.get("key")] != [
                    folder.name,
                    int(found[1]),
                ]:
                    raise UnusableStore(str(path), f"it is no document of the {folder.name} {found[1]}")
                yield path, document

    def ledger(self, generation: int) -> list[bytes]:
        """Read the lines of a generation's ledger.

        Raises:
            UnusableStore: it is damaged.
        """
        if generation == 0:
            return []
        path = self._ledger(generation)
        data = path.read_bytes()
        lines = read(data, path)
        if lines.length < len(data):
            raise UnusableStore(str(path), f"it is damaged at byte {lines.length}")
        return list(lines.payloads)

    # --- replacing ----------------------------------------------------------------------------------------------------

    def begin(
        self,
        generation: int,
        documents: Iterator[tuple[str, int, bytes]],
        forgotten: Iterator[tuple[str, set[int]]],
        ledger: Iterator[bytes],
    ) -> None:
        """Begin a generation. Until its ledger has its name, all of it can be done again from the one before.

        Args:
            generation: its number.
            documents: kind, key and text of those that changed.
            forgotten: kinds some of whose documents are to go, each with the keys that stay.
            ledger: the payloads of its lines.
        """
        renamed = self._write_documents(documents)
        for path in renamed:
            path.with_name(path.name + _NEW).replace(path)
        for kind, keys in forgotten:
            self._remove(kind, keys)
        path = self._ledger(generation)
        passing = path.with_name(path.name + _NEW)
        with passing.open("wb") as file:
            for payload in ledger:
                file.write(line(payload))
        self._settle()
        passing.replace(path)
        if self._durable:
            directory_to_disk(self._path)

    def _write_documents(self, documents: Iterator[tuple[str, int, bytes]]) -> list[Path]:
        """Write documents under passing names; all of them, or on a full disk none."""
        written: list[Path] = []
        try:
            for kind, key, text in documents:
                written.append(self._document(kind, key))
                self._write_document(written[-1], text)
            if written:
                self._settle()
        except OSError:
            for path in written:
                path.with_name(path.name + _NEW).unlink(missing_ok=True)
            raise
        return written

    def _write_document(self, path: Path, text: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        passing = f"{path}{_NEW}"
        try:
            fd = os.open(passing, flags, 0o644)
        except FileNotFoundError:
            path.parent.mkdir(parents=True)
            fd = os.open(passing, flags, 0o644)
        try:
            write_all(fd, text + b"\n")
        finally:
            os.close(fd)

    def _remove(self, kind: str, keys: set[int]) -> None:
        folder = self._path / "records" / kind
        for path in list(folder.iterdir()) if folder.is_dir() else ():
            found = _DOCUMENT.fullmatch(path.name)
            if found and int(found[1]) not in keys:
                path.unlink()

    def _settle(self) -> None:
        if self._durable:
            everything_to_disk(self._path)

    def _document(self, kind: str, key: int) -> Path:
        return self._path / "records" / kind / f"{key}.json"

    def _ledger(self, generation: int) -> Path:
        return self._path / f"ledger-{generation}.jsonl"
