"""A font for Korean words, where one is installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import font_manager

_HANGUL_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "UnDotum",
)


@cache
def hangul_font() -> str | None:
    """Name an installed font that has Hangul, None if there is none known."""
    return _known() or (_known() if _learn_of_new_fonts() else None)


def _known() -> str | None:
    names = {font.name for font in font_manager.fontManager.ttflist}
    return next((font for font in _HANGUL_FONTS if font in names), None)


def _learn_of_new_fonts() -> int:
    """Show matplotlib the fonts that were installed after it listed them, which it does once and for all; say how many.

    Only those are looked at whose files are named like one of `_HANGUL_FONTS`.
    """
    listed = {font.fname for font in font_manager.fontManager.ttflist}
    wanted = [_squeezed(font.removesuffix(" KR").removesuffix(" JP")) for font in _HANGUL_FONTS]
    new = [
        path
        for path in sorted(font_manager.findSystemFonts())
        if path not in listed and any(name in _squeezed(Path(path).name) for name in wanted)
    ]
    added = 0
    for path in new:
        try:
            font_manager.fontManager.addfont(path)
        except (OSError, RuntimeError):
            # A file that is no font, or one that FreeType cannot read.
            continue
        added += 1
    return added


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def families() -> list[str]:
    """Name the fonts to draw with: the one that comes with matplotlib, and what has Hangul."""
    hangul = hangul_font()
    return ["DejaVu Sans", *([hangul] if hangul else [])]


def label(english: str, korean: str) -> str:
    """Give a label in both languages where Hangul can be drawn, else in English."""
    return f"{english} {korean}" if hangul_font() else english
