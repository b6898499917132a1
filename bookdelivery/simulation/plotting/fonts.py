"""A font for Korean words, where one is installed."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from matplotlib import font_manager

log = logging.getLogger(__name__)

_HANGUL_FONTS = {
    "Noto Sans CJK KR": "NotoSansCJK",
    "Noto Sans CJK JP": "NotoSansCJK",
    "Noto Sans KR": "NotoSansKR",
    "NanumGothic": "NanumGothic",
    "Malgun Gothic": "malgun",
    "Apple SD Gothic Neo": "AppleSDGothicNeo",
    "UnDotum": "UnDotum",
}
"""Fonts that have Hangul, the best first, and how the names of their files begin."""


@cache
def hangul_font() -> str | None:
    """Name an installed font that has Hangul, None if there is none known."""
    if _listed() is None:
        _list_new_fonts()
    return _listed()


def _listed() -> str | None:
    names = {font.name for font in font_manager.fontManager.ttflist}
    return next((font for font in _HANGUL_FONTS if font in names), None)


def _list_new_fonts() -> None:
    """Show matplotlib such fonts as were installed after it listed them, which it does once and for all."""
    for path in sorted(font_manager.findSystemFonts()):
        if Path(path).name.startswith(tuple(_HANGUL_FONTS.values())):
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError) as error:
                log.info("%s cannot be used as a font: %s", path, error)


def families() -> list[str]:
    """Name the fonts to draw with: the one that comes with matplotlib, and what has Hangul."""
    hangul = hangul_font()
    return ["DejaVu Sans", *([hangul] if hangul else [])]


def label(english: str, korean: str) -> str:
    """Give a label in both languages where Hangul can be drawn, else in English."""
    return f"{english} {korean}" if hangul_font() else english
