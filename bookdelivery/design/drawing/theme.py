"""Colours, in light and dark.

The sticky notes keep the colours that readers of MSAEz boards know, with the same dark ink in both themes, as paper
does. Nothing is told by colour alone: every kind of note also has its own icon, every kind of line its own dash or
label.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

STICKY: Mapping[str, str] = {
    "event": "#F1A746",
    "command": "#5099F7",
    "policy": "#BB94BF",
    "aggregate": "#F8D454",
    "actor": "#F8D454",
    "view": "#5FC08B",
    "external": "#ED73B6",
    "hotspot": "#FF9C8A",
    "rejected": "#E9D9C3",
    "store": "#C9D3DE",
    "topic": "#C9D3DE",
    "port": "#E4E9EF",
    "adapter": "#D8E4F2",
    "state": "#E6EBF1",
    "final": "#C3E3CF",
    "trigger": "#FFFFFF",
    "dot": "#57606A",
    "core": "#F6C7B6",
    "supporting": "#CBE3F5",
    "general": "#DDDDE6",
    "row": "#FFFFFF",
    "stops": "#FF8A80",
    "waits": "#FFD54F",
    "stale": "#B0BEC5",
    "good": "#8FD6A8",
    "bad": "#FFB0A8",
}
"""The fill of each kind of note; kinds that no event storming has are pale."""


def paler(colour: str, share: float = 0.6) -> str:
    """Mix a colour with white, as `#RRGGBB`."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * share):02X}" for part in parts)


INK = "#14181D"
"""Text on a note."""

SOFT_INK = "#39424E"
"""Lesser text on a note."""


SECTIONS = ("core", "supporting", "general", "outside")
"""The parts of a context map."""


@attrs.frozen(kw_only=True)
class Theme:
    """The colours of everything that is no note.

    Attributes:
        page: the ground.
        ink: text on the ground.
        muted: lesser text on the ground.
        lane, lane_edge: a swim lane or panel.
        band, band_edge: the ground of an aggregate.
        pubsub, request, prompts, plain: lines by kind.
        lit: what is on the path that is shown.
        bad: what should not be: stops, seen but not declared.
        good: a tick.
        note_edge: around a note.
    """

    page: str
    ink: str
    muted: str
    lane: str
    lane_edge: str
    band: str
    band_edge: str
    pubsub: str
    request: str
    prompts: str
    plain: str
    lit: str
    bad: str
    good: str
    note_edge: str


LIGHT = Theme(
    page="#FFFFFF",
    ink="#1B1F24",
    muted="#57606A",
    lane="#F5F7F9",
    lane_edge="#D3DAE1",
    band="#FFFAE6",
    band_edge="#EADFA8",
    pubsub="#7A4B93",
    request="#1A56B0",
    prompts="#9A5B0A",
    plain="#6B7682",
    lit="#0B6B57",
    bad="#B3261E",
    good="#1A7F37",
    note_edge="#00000026",
)

DARK = Theme(
    page="#0D1117",
    ink="#E6EDF3",
    muted="#A0ABB7",
    lane="#151B23",
    lane_edge="#303A46",
    band="#1F1D14",
    band_edge="#4A4426",
    pubsub="#D0A6E6",
    request="#82B6FF",
    prompts="#F0B465",
    plain="#8E99A5",
    lit="#4CD9B5",
    bad="#FF8A80",
    good="#56D364",
    note_edge="#FFFFFF26",
)

THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def rules(theme: Theme, scope: str) -> str:
    """Write the rules of a theme, each held to one drawing, so that several can stand in one page.

    Args:
        theme: the colours.
        scope: a selector of the drawing's root.
    """
    lines = [
        f"{scope} .{name}{{{declarations}}}"
        for name, declarations in (
            ("page", f"fill:{theme.page}"),
            ("ink", f"fill:{theme.ink}"),
            ("muted", f"fill:{theme.muted}"),
            ("good", f"fill:{theme.good}"),
            ("bad", f"fill:{theme.bad}"),
            ("lit-ink", f"fill:{theme.lit}"),
            ("r-lane", f"fill:{theme.lane};stroke:{theme.lane_edge}"),
            ("r-band", f"fill:{theme.band};stroke:{theme.band_edge}"),
            ("r-panel", f"fill:none;stroke:{theme.lane_edge};stroke-dasharray:4 3"),
            *((f"r-{section}", f"fill:{theme.lane};stroke:{theme.lane_edge}") for section in SECTIONS),
            ("r-hexagon", f"fill:{theme.lane};stroke:{theme.plain};stroke-width:1.6"),
            ("r-heart", f"fill:{theme.band};stroke:{theme.band_edge};stroke-width:1.6"),
            *((f"w-{kind}", f"stroke:{colour}") for kind, colour in _wires(theme).items()),
            *((f"a-{kind}", f"fill:{colour}") for kind, colour in _wires(theme).items()),
            ("edge", f"stroke:{theme.note_edge}"),
            ("hollow", f"fill:{theme.page};stroke:{theme.muted}"),
            ("lit", f"stroke:{theme.lit};stroke-width:2.6"),
            ("stops", f"stroke:{theme.bad};stroke-width:2.4"),
            ("stale", f"stroke:{theme.muted};stroke-width:1.8;stroke-dasharray:2 2"),
        )
    ]
    return "\n".join(lines)


def _wires(theme: Theme) -> dict[str, str]:
    return {
        "pubsub": theme.pubsub,
        "request": theme.request,
        "plain": theme.plain,
        "prompts": theme.prompts,
        "lit": theme.lit,
        "bad": theme.bad,
    }
