"""Writing a drawing as PNG, by the resvg renderer; needs `bookdelivery[design]`."""

from __future__ import annotations

from functools import lru_cache

from bookdelivery.design.drawing.scene import Scene
from bookdelivery.design.drawing.svg import FONTS, to_svg
from bookdelivery.kernel.errors import BookdeliveryError

NAMESPACE = "http://www.w3.org/2000/svg"

_PROBES = {"Latin": ("A", "B"), "Hangul": ("한", "글")}

_LAST_RESORT = "DejaVu Sans"
"""What stands for "sans-serif": what a bare Debian has. The renderer knows no such font by itself."""


class NoFont(BookdeliveryError, RuntimeError):
    """No installed font has the letters of a drawing.

    Attributes:
        script: the letters that are missing: `Latin` or `Hangul`.
    """

    def __init__(self, script: str) -> None:
        super().__init__(
            f"no installed font has {script} letters, so no PNG can be drawn; install one (such as Noto Sans CJK KR,"
            " Debian's fonts-noto-cjk) or name it with font_files, or save the drawing as SVG"
        )
        self.script = script


def to_png(
    scene: Scene, *, theme: str = "light", width_px: int | None = None, font_files: tuple[str, ...] = ()
) -> bytes:
    """Draw it.

    Args:
        scene: the drawing.
        theme: `light` or `dark`; a picture cannot follow its reader's setting, so `auto` is light.
        width_px: of the picture; by default the drawing's own width.
        font_files: fonts to use besides the installed ones.

    Raises:
        InvalidField: there is no such theme.
        NoFont: the drawing has letters that no font has.
    """
    from resvg_py import svg_to_bytes  # noqa: PLC0415 - an extra's, and only pictures need it

    svg = to_svg(scene, "light" if theme == "auto" else theme)
    letters = "".join(text.text for text in scene.texts)
    for script, present in (("Latin", letters.isascii() or letters), ("Hangul", _has_hangul(letters))):
        if present and not _can_draw(script, font_files):
            raise NoFont(script)
    return svg_to_bytes(
        svg_string=svg, width=width_px, font_files=list(font_files) or None, sans_serif_family=_LAST_RESORT
    )


def _has_hangul(letters: str) -> bool:
    return any("\uac00" <= letter <= "\ud7a3" for letter in letters)


@lru_cache(maxsize=16)
def _can_draw(script: str, font_files: tuple[str, ...]) -> bool:
    """Tell whether two letters come out differently; without a font both are blank, or the same empty box."""
    from resvg_py import svg_to_bytes  # noqa: PLC0415

    pictures = {
        svg_to_bytes(
            svg_string=f'<svg xmlns="{NAMESPACE}" width="20" height="20" font-family="{FONTS}">'
            f'<text y="16">{letter}</text></svg>',
            font_files=list(font_files) or None,
            sans_serif_family=_LAST_RESORT,
        )
        for letter in _PROBES[script]
    }
    return len(pictures) > 1
