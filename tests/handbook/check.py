"""Checks a built site: it works offline, its links lead somewhere, and no page is too big for a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

MOST_BYTES = 300 * 1024
"""The most that a page may weigh, beyond what pages share; and the most for each picture."""

LOADED = {"img": ("src",), "script": ("src",), "link": ("href",), "source": ("src",), "iframe": ("src",)}
"""What a browser fetches without being asked to, by element."""


class _Reader(HTMLParser):
    """Takes from a page what it loads, where it leads, and where one can get to in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value for name, value in attrs if value is not None}
        self.places |= {had[name] for name in ("id", "name") if name in had}
        if tag == "a" and "href" in had:
            self.leads.append(had["href"])
        # A link to another address of the same page loads nothing.
        elif tag in LOADED and had.get("rel") not in ("canonical", "next", "prev"):
            self.loads += [had[name] for name in LOADED[tag] if name in had]


@cache
def _read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def problems(site: Path) -> Iterator[str]:
    """Say what is wrong with a site, in sentences.

    Args:
        site: the directory that it was built into.
    """
    _read.cache_clear()
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        name = page.relative_to(site).as_posix()
        reader = _read(page)
        for address in reader.loads:
            if urlsplit(address).netloc:
                yield f"{name} loads {address} from outside"
            elif not urlsplit(address).scheme and _target(site, page, address) is None:
                yield f"{name} loads {address}, which is not there"
        yield from (f"{name} leads to {address}, {why}" for address, why in _lost(site, page, reader).items())
    for file in (*pages, *sorted(site.rglob("*.svg")), *sorted(site.rglob("*.png"))):
        if (weight := file.stat().st_size) > MOST_BYTES:
            name = file.relative_to(site).as_posix()
            yield f"{name} weighs {weight // 1024} KB, and must not weigh more than {MOST_BYTES // 1024} KB"
    for sheet in sorted(site.rglob("*.css")):
        for address in re.findall(r"url\(['\"]?((?:https?:)?//[^)'\"]+)", sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site).as_posix()} loads {address} from outside"


def _lost(site: Path, page: Path, reader: _Reader) -> Mapping[str, str]:
    lost = {}
    for address in reader.leads:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = page if not parts.path else _target(site, page, address)
        if target is None:
            lost[address] = "which is not there"
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in _read(target).places:
            lost[address] = "which has no such place"
    return lost


def _target(site: Path, page: Path, address: str) -> Path | None:
    path = unquote(urlsplit(address).path)
    base = site if path.startswith("/") else page.parent
    target = (base / path.lstrip("/")).resolve()
    target = target / "index.html" if target.is_dir() else target
    return target if target.is_file() else None
