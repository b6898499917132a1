"""What is not ours is refused with the reason and left as it was."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.stores.files import FileStore
from bookdelivery.adapters.stores.files.directory import FORMAT_VERSION, look
from bookdelivery.adapters.stores.files.disk import FileLock
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Unit

NOBODY = 65_534


def contents(path: Path) -> dict[str, bytes | None]:
    """Read everything below a directory."""
    return {str(one.relative_to(path)): one.read_bytes() if one.is_file() else None for one in sorted(path.rglob("*"))}


def refused(path: Path, where: Path | None = None) -> str:
    """Give the reason a directory is refused with, having been left as it was."""
    before = contents(path) if path.is_dir() else None
    with pytest.raises(UnusableStore, match=re.escape(str(where or path))) as refusal:
        FileStore(path, "notes", CODEC)
    assert (contents(path) if path.is_dir() else None) == before
    return str(refusal.value)


async def written(path: Path) -> None:
    """Make a store with something in it."""
    store = FileStore(path, "notes", CODEC, synchronous="NORMAL")
    await store.commit([Unit((note(1), note(2)), (envelope(1),))])
    await store.close()


def test_a_file_a_missing_parent_and_a_link_to_nowhere_are_refused(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear customer")
    assert "it is no directory" in refused(letter)
    assert letter.read_text() == "Dear customer"
    assert f"the directory {tmp_path / 'nowhere'} does not exist" in refused(tmp_path / "nowhere" / "shop")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert "it is a link to nowhere" in refused(link)
    assert not (tmp_path / "nowhere").exists()


def test_a_directory_with_other_files_is_refused(tmp_path: Path) -> None:
    for name in ("holiday.jpg", "diary.txt", "b", "c"):
        (tmp_path / name).touch()
    assert "it holds other files (b, c, diary.txt, ...); choose an empty directory or a new one" in refused(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": "photos", "version": 1}', '{"format": "bookdelivery files"}']
)
def test_a_mark_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bookdelivery.json").write_text(text)
    assert "not written by this library" in refused(tmp_path)


def test_a_newer_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    asyncio.run(written(tmp_path / "shop"))
    (tmp_path / "shop" / "bookdelivery.json").write_text('{"format": "bookdelivery files", "version": 7}')
    reason = refused(tmp_path / "shop")
    assert "its version is 7, written by a newer release" in reason
    assert f"this one knows {FORMAT_VERSION}" in reason


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'{"kind": "Note", "key"', "it is damaged"),
        (b'{"kind": "Note", "key": 2}', "it is no document of the Note 1"),
        (b"[]", "it is no document of the Note 1"),
        (b'{"kind": "Note", "key": 1}', "something in it cannot be read: a document cannot be read: it has no 'state'"),
        (
            b'{"kind":"Note","key":1,"id":1,"version":1,"owner":null,"wakeAt":null,"state":{}}',
            "something in it cannot be read: Note cannot be read",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path, text: bytes, problem: str) -> None:
    asyncio.run(written(tmp_path / "shop"))
    path = tmp_path / "shop" / "notes" / "records" / "Note" / "1.json"
    path.write_bytes(text)
    assert problem in refused(tmp_path / "shop", path)


def test_a_damaged_ledger_is_refused_with_its_place(tmp_path: Path) -> None:
    asyncio.run(written(tmp_path / "shop"))
    (ledger,) = (tmp_path / "shop" / "notes").glob("ledger-*.jsonl")
    ledger.write_bytes(ledger.read_bytes()[:-5])
    assert "it is damaged at byte" in refused(tmp_path / "shop", ledger)


def test_a_journal_that_became_shorter_under_an_open_store_is_said(tmp_path: Path) -> None:
    async def body() -> None:
        store = FileStore(tmp_path, "notes", CODEC, synchronous="NORMAL")
        await store.commit([Unit((note(1),))])
        (tmp_path / "notes" / "journal-0.jsonl").write_bytes(b"")
        with pytest.raises(UnusableStore, match=r"journal-0\.jsonl: it was \d+ bytes long and is 0 now"):
            await store.get("Note", 1)
        assert await store.get("Note", 1) is None, "from then on it goes by what the files say"
        await store.close()

    asyncio.run(body())


def test_a_lock_held_for_too_long_is_said_and_later_work_goes_on(tmp_path: Path) -> None:
    async def body() -> None:
        store = FileStore(tmp_path, "notes", CODEC, synchronous="NORMAL", lock_timeout_s=0.01)
        with FileLock(tmp_path / "notes" / "lock", 0.0).held():
            with pytest.raises(Unavailable, match="is locked by another process for longer than we wait"):
                await store.commit([Unit((note(1),))])
            with pytest.raises(Unavailable, match="is locked"):
                FileStore(tmp_path, "notes", CODEC, lock_timeout_s=0.0)
            assert await store.get("Note", 1) is None, "reading what is known needs no lock"
        await store.commit([Unit((note(1),))])
        assert await store.get("Note", 1) == note(1)
        await store.close()

    asyncio.run(body())


OPEN_AS_NOBODY = """
import os, sys
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.adapters.stores.files import FileStore
from bookdelivery.kernel.errors import UnusableStore
if os.getuid() == 0:
    os.setuid(int(sys.argv[2]))
try:
    FileStore(sys.argv[1], "notes", CODEC)
except UnusableStore as error:
    print(error)
"""


@pytest.fixture
def open_path() -> Iterator[Path]:
    """Make a directory that any user can reach, which those of pytest are not."""
    path = Path("/tmp") / f"bookdelivery-files-{os.getpid()}"  # noqa: S108 - removed again below
    path.mkdir(mode=0o555)
    try:
        yield path
    finally:
        path.rmdir()


def test_a_read_only_directory_is_refused_and_nothing_is_made_in_it(open_path: Path) -> None:
    def to_nobody(path: Path) -> str:
        command = [sys.executable, "-c", OPEN_AS_NOBODY, str(path), str(NOBODY)]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=240).stdout.strip()

    assert to_nobody(open_path) == f"{open_path}: the directory is not readable and writable"
    below = open_path / "shop"
    assert to_nobody(below) == f"{below}: the directory {open_path} is not writable"
    assert list(open_path.iterdir()) == []


def test_looking_makes_nothing(tmp_path: Path) -> None:
    look(tmp_path / "shop")
    look(tmp_path)
    assert list(tmp_path.iterdir()) == []
