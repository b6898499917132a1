"""Small charts as SVG: lines, steps, points and bars, with words that say what they show.

They are written by hand rather than by a plotting library, so that the same figures give the same bytes on every
machine, text stays text, and the page's reader chooses light or dark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import log10

import attrs

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 76, 18, 58, 52
COLOURS = ("a", "b", "c", "d")
"""Classes of the style below; Okabe and Ito's colours, told apart by the colour-blind as well."""

STYLE = """
text{font:13px system-ui,"Noto Sans KR",sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}
.ground{fill:#fff}.grid{stroke:#d0d7de}.a{stroke:#0072b2;fill:#0072b2}.b{stroke:#d55e00;fill:#d55e00}
.c{stroke:#009e73;fill:#009e73}.d{stroke:#cc79a7;fill:#cc79a7}.line{fill:none;stroke-width:2.2}.bar{stroke:none}
.dash{stroke-dasharray:7 4}.shade{fill:#8c959f;opacity:.22;stroke:none}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#161b22}.grid{stroke:#3d444d}
.a{stroke:#56b4e9;fill:#56b4e9}.line{fill:none}}
""".strip().replace("\n", "")

Points = Sequence[tuple[float, float]]


@attrs.frozen(kw_only=True)
class Series:
    """One line, or one group of points, with its name.

    Attributes:
        name: what it shows.
        points: in the chart's own units, from left to right.
        steps: whether the value holds until the next point.
        dots: whether points stand alone, without a line.
        dashed: whether the line is dashed.
    """

    name: str
    points: Points
    steps: bool = False
    dots: bool = False
    dashed: bool = False


@attrs.frozen(kw_only=True)
class Chart:
    """A chart.

    Attributes:
        title: what it shows, as a sentence.
        across: the name of the horizontal axis, with its unit.
        up: the name of the vertical axis, with its unit.
        series: what is drawn.
        shades: from where to where the ground is darker, and why.
        least: the bottom of the vertical axis.
        most: the top of the vertical axis; None: as high as there are points.
        log: whether the vertical axis is logarithmic, from 10 ** `log[0]` to 10 ** `log[1]`.
    """

    title: str
    across: str
    up: str
    series: Sequence[Series]
    shades: Sequence[tuple[float, float, str]] = ()
    least: float = 0
    most: float | None = None
    log: tuple[int, int] | None = None

    def to_svg(self) -> str:
        """Draw it."""
        xs = [x for one in self.series for x, _ in one.points]
        ys = [y for one in self.series for _, y in one.points]
        marks_x = _marks(max(xs))
        x = _scale(0, marks_x[-1], LEFT, WIDTH - RIGHT)
        if self.log is None:
            marks_y = [mark for mark in _marks(self.most or max(ys)) if mark >= self.least]
            y = _scale(self.least, marks_y[-1], HEIGHT - BOTTOM, TOP)
        else:
            low, high = self.log
            marks_y = [10.0**power for power in range(low, high + 1)]
            y = _log_scale(low, high, HEIGHT - BOTTOM, TOP)
        parts = _frame(self.title, self.across, self.up)
        for begin, end, why in self.shades:
            parts.append(f'<rect class="shade" x="{x(begin):.1f}" y="{TOP}" width="{x(end) - x(begin):.1f}" ')
            parts.append(f'height="{HEIGHT - BOTTOM - TOP}"/>{_text(x(begin) + 4, TOP + 16, why)}')
        for mark in marks_y:
            parts.append(f'<path class="grid" d="M{LEFT} {y(mark):.1f}H{WIDTH - RIGHT}"/>')
            parts.append(_text(LEFT - 8, y(mark) + 4, f"{mark:g}", "end"))
        parts += [_text(x(mark), HEIGHT - BOTTOM + 20, f"{mark:g}", "middle") for mark in marks_x]
        for colour, one in zip(COLOURS, self.series, strict=False):
            parts.append(_drawn(one, colour, x, y))
        parts.append(_legend([(one.name, colour) for colour, one in zip(COLOURS, self.series, strict=False)]))
        return "".join(parts) + "</svg>\n"


@attrs.frozen(kw_only=True)
class Bars:
    """Bars in groups.

    Attributes:
        title: what they show, as a sentence.
        up: the name of the vertical axis.
        groups: for each group its name and one value for each kind.
        kinds: the names of the kinds.
    """

    title: str
    up: str
    groups: Sequence[tuple[str, Sequence[float]]]
    kinds: Sequence[str]

    def to_svg(self) -> str:
        """Draw them."""
        marks = _marks(max(value for _, values in self.groups for value in values))
        y = _scale(0, marks[-1], HEIGHT - BOTTOM, TOP)
        room = (WIDTH - LEFT - RIGHT) / len(self.groups)
        wide = room * 0.7 / len(self.kinds)
        parts = _frame(self.title, "", self.up)
        for mark in marks:
            parts.append(f'<path class="grid" d="M{LEFT} {y(mark):.1f}H{WIDTH - RIGHT}"/>')
            parts.append(_text(LEFT - 8, y(mark) + 4, f"{mark:g}", "end"))
        for place, (name, values) in enumerate(self.groups):
            left = LEFT + room * (place + 0.15)
            for number, value in enumerate(values):
                at, colour = left + wide * number, COLOURS[number]
                parts.append(f'<rect class="bar {colour}" x="{at:.1f}" y="{y(value):.1f}" width="{wide - 3:.1f}" ')
                parts.append(f'height="{HEIGHT - BOTTOM - y(value):.1f}"/>')
                parts.append(_text(at + wide / 2, y(value) - 5, f"{value:g}", "middle"))
            parts.append(_text(LEFT + room * (place + 0.5), HEIGHT - BOTTOM + 20, name, "middle"))
        parts.append(_legend(list(zip(self.kinds, COLOURS, strict=False))))
        return "".join(parts) + "</svg>\n"


def _scale(low: float, high: float, begin: float, end: float) -> Callable[[float], float]:
    return lambda value: begin + (value - low) / (high - low) * (end - begin)


def _log_scale(low: int, high: int, begin: float, end: float) -> Callable[[float], float]:
    along = _scale(low, high, begin, end)
    return lambda value: along(log10(value))


def _marks(most: float) -> list[float]:
    """Give round numbers from 0 to at least the most, about six."""
    rough = max(most, 1e-9) / 5
    power = 10.0 ** int(f"{rough:e}".partition("e")[2])
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    count = int(-(-most // step))
    return [round(step * number, 10) for number in range(count + 1)]


def _frame(title: str, across: str, up: str) -> list[str]:
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img"><title>{escape(title)}</title><style>{STYLE}</style>'
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="14" y="24">{escape(title)}</text>',
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, "middle"),
        f'<text transform="translate(16 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _drawn(one: Series, colour: str, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    if one.dots:
        return "".join(
            f'<circle class="{colour}" cx="{x(at):.1f}" cy="{y(value):.1f}" r="4"/>' for at, value in one.points
        )
    path, before = [], 0.0
    for number, (at, value) in enumerate(one.points):
        if one.steps and number:
            path.append(f"L{x(at):.1f} {before:.1f}")
        before = y(value)
        path.append(f"{'L' if number else 'M'}{x(at):.1f} {before:.1f}")
    return f'<path class="line {colour}{" dash" if one.dashed else ""}" d="{"".join(path)}"/>'


def _legend(names: Sequence[tuple[str, str]]) -> str:
    parts, at = [], float(LEFT)
    for name, colour in names:
        parts.append(f'<rect class="{colour}" x="{at:.1f}" y="36" width="11" height="11"/>{_text(at + 17, 46, name)}')
        # A Korean letter is about as wide as two Latin ones.
        at += 40 + sum(13.5 if letter > "\u1100" else 7.2 for letter in name)
    return "".join(parts)
