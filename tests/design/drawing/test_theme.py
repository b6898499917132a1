"""Colours can be told apart and read, and nothing is told by colour alone."""

import pytest

from bookdelivery.design.drawing.icons import ICONS
from bookdelivery.design.drawing.svg import REPEATED
from bookdelivery.design.drawing.theme import INK, SOFT_INK, STICKY, THEMES, Theme, paler


def luminance(colour: str) -> float:
    """As WCAG 2.2 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", sorted(set(STICKY) - {"dot"}))
def test_ink_can_be_read_on_every_note(kind: str) -> None:
    assert contrast(INK, STICKY[kind]) >= 4.5
    assert contrast(INK, paler(STICKY[kind])) >= 4.5


@pytest.mark.parametrize("kind", ["event", "command", "policy", "aggregate", "view", "external", *REPEATED])
def test_small_print_can_be_read_too(kind: str) -> None:
    assert contrast(SOFT_INK, STICKY[kind]) >= 3.0


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_text_and_lines_can_be_told_from_their_ground(theme: Theme) -> None:
    for ground in (theme.page, theme.lane, theme.band):
        for text in (theme.ink, theme.muted, theme.good, theme.bad, theme.lit):
            assert contrast(text, ground) >= 4.5
        for line in (theme.pubsub, theme.request, theme.prompts, theme.plain):
            assert contrast(line, ground) >= 3.0


def test_every_kind_of_sticky_has_a_sign_of_its_own() -> None:
    kinds = ("event", "command", "policy", "aggregate", "actor", "view", "external", "hotspot", "rejected")
    signs = [(ICONS[kind].filled, ICONS[kind].stroked) for kind in kinds]
    assert len(set(signs)) == len(kinds)


def test_the_stickies_have_the_colours_that_readers_know() -> None:
    known = {"event": "#F1A746", "command": "#5099F7", "policy": "#BB94BF", "aggregate": "#F8D454", "actor": "#F8D454"}
    assert known | {"view": "#5FC08B", "external": "#ED73B6"} == {
        kind: STICKY[kind] for kind in (*known, "view", "external")
    }
