"""How wide text is, without a font engine, and how it breaks into lines.

A reader's browser chooses the font, so no width is exact. The tables hold, for each printable ASCII character, the
widest advance among DejaVu Sans, Liberation Sans (Arial's metrics) and Noto Sans CJK KR: text set in any of them is no
wider than said here. Hangul and other full-width characters are taken as one em, as is everything unknown.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_REGULAR = (
    "318 401 474 838 637 951 780 278 391 391 500 838 318 361 318 392 637 637 637 637 637 637 637 637 637 637 337 "
    "337 838 838 838 557 1016 685 687 723 771 667 611 778 752 295 535 667 558 863 749 788 667 788 723 667 611 732 "
    "685 989 686 667 686 391 392 391 838 559 606 613 635 550 635 616 353 635 634 278 278 580 284 975 634 612 635 "
    "635 412 521 393 634 592 818 592 592 525 637 337 637 838"
)
_BOLD = (
    "349 457 574 838 696 1002 873 325 458 458 523 838 380 416 380 387 696 696 696 696 696 696 696 696 696 696 400 "
    "400 838 838 838 611 1007 774 763 734 831 684 684 821 837 373 568 775 638 996 837 851 733 851 771 721 683 813 "
    "774 1104 771 725 726 458 387 458 838 567 626 675 716 593 716 679 436 716 712 343 343 666 343 1042 712 688 "
    "716 716 494 596 479 712 652 924 646 652 583 712 366 712 838"
)
_FIRST = 32
_WIDTHS = {bold: tuple(int(width) for width in table.split()) for bold, table in ((False, _REGULAR), (True, _BOLD))}

LINE_HEIGHT = 1.25
"""The distance of two lines of text, as a multiple of the font size."""

ASCENT = 0.8
"""How far letters rise above the baseline, as a multiple of the font size; what is below is the rest of the line."""

# A name may break before a capital, after an underscore, dot, slash or hyphen, and between digits and letters.
_BREAKS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[_./\-])(?=\w)")


@lru_cache(maxsize=65536)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Give the width that a line of text will not exceed, in the unit of `size`.

    Args:
        text: one line.
        size: of the font, in pixels.
        bold: whether it is set in bold.
    """
    widths = _WIDTHS[bold]
    ems = 0
    for character in text:
        index = ord(character) - _FIRST
        if 0 <= index < len(widths):
            ems += widths[index]
        elif not unicodedata.combining(character):
            ems += 1000
    return ems * size / 1000


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break text into lines that are no wider than given.

    Lines break at spaces, else within names before a capital letter or after `_`, `.`, `/` and `-`, else (Hangul words
    and names that are simply too long) between any two characters. Nothing is ever cut off.

    Args:
        text: words; line ends in it are kept.
        width: in pixels.
        size: of the font, in pixels.
        bold: whether it is set in bold.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            joined = f"{line} {word}" if line else word
            if text_width(joined, size, bold=bold) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *full, line = _broken(word, width, size, bold=bold)
            lines.extend(full)
        lines.append(line)
    return tuple(lines)


def _broken(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    """Break one word into parts that fit, evenly where two lines are enough."""
    if text_width(word, size, bold=bold) <= width:
        return [word]
    lines: list[str] = []
    line = ""
    for part in _BREAKS.split(word):
        if text_width(line + part, size, bold=bold) <= width:
            line += part
            continue
        if line:
            lines.append(line)
        line = ""
        for character in part:
            if line and text_width(line + character, size, bold=bold) > width:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line]


def block_height(lines: int, size: float) -> float:
    """Give the height of some lines of text, in the unit of `size`."""
    return lines * size * LINE_HEIGHT


def fitting_size(text: str, width: float, size: float, *, bold: bool = False, least: float = 9.0) -> float:
    """Give the largest font size, in steps of half a pixel, at which no word breaks where it should not; else `least`.

    Args:
        text: words.
        width: in pixels.
        size: the largest allowed, in pixels.
        bold: whether it is set in bold.
        least: the smallest allowed, in pixels.
    """
    parts = [part for word in text.split() for part in _BREAKS.split(word)]
    while size > least and any(text_width(part, size, bold=bold) > width for part in parts):
        size -= 0.5
    return max(size, least)
