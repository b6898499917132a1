"""A font for Korean words, where one is installed."""

from __future__ import annotations

from functools import cache

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
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((font for font in _HANGUL_FONTS if font in installed), None)


def families() -> list[str]:
    """Name the fonts to draw with: the one that comes with matplotlib, and what has Hangul."""
    hangul = hangul_font()
    return ["DejaVu Sans", *([hangul] if hangul else [])]


def label(english: str, korean: str) -> str:
    """Give a label in both languages where Hangul can be drawn, else in English."""
    return f"{english} {korean}" if hangul_font() else english
