"""The docs' page of the built-in scenarios, each with its picture: written from the stories themselves."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

import attrs
import matplotlib as mpl

from bookdelivery.requirements.requirement import Criterion, Measure
from bookdelivery.requirements.stories import STORIES, Story
from bookdelivery.simulation import Scenario, simulate
from bookdelivery.simulation.scenarios import load_scenario

PAGE = Path("explanation") / "scenarios.md"
PICTURES = Path("assets") / "scenarios"
"""Both below the directory of the docs."""

LANGUAGES = '<p class="languages" markdown>English · [한국어](../ko/explanation/scenarios.md)</p>'

COMMAND = "python -m bookdelivery.requirements.stories docs"

EXERCISE = """
## Exercise

In `rolling-update` a pod takes eight seconds to start, and its readiness probe first asks after ten. A colleague lets
it ask after eight. How much sooner does the new pod serve, and what else would have to change?

<details markdown>
<summary>Solution</summary>

Not a second sooner. A probe asks at full periods since the pod was created, as the kubelet does, and with a period of
five seconds the first of them after eight is the tenth second, as before. With `{initial_delay_s = 8, period_s = 1}` it
serves after eight seconds; the price is a question a second to every pod, for as long as it lives.

</details>
"""


def page() -> str:
    """Write the page, as Markdown."""
    lines = [
        "# The built-in scenarios",
        "",
        LANGUAGES,
        "",
        "Ten stories that a bookstore can get into, each a TOML file in the package. `bookdelivery simulate siege`",
        "runs one and draws it; `bookdelivery verify` runs each several times with other chance, most of them once",
        "more with one thing changed, and judges what is listed here as expected. Every run simulates the whole",
        "bookstore: the handlers, relays, consumers and breakers are the ones that serve for real.",
        "",
        f"This page and its pictures are made by `{COMMAND}`, from the scenarios' own seeds.",
    ]
    for name, story in STORIES.items():
        scenario = load_scenario(name)
        lines += [
            "",
            f"## `{name}`",
            "",
            f"**{scenario.title}.**",
            " ".join(scenario.story.split()),
            "",
            f"![{scenario.title}]({_up(PICTURES / f'{name}.svg')})",
            "",
        ]
        if story.twist is not None:
            told = f"The same {story.twist.name}"
            lines += [f"{told}:", "", f"![{told}]({_up(PICTURES / f'{name}-twist.svg')})", ""]
        lines += [
            f"Required: {story.text}",
            "",
            "| expected | bound |",
            "| --- | --- |",
        ]
        lines += [f"| {claim.metric} | {_bound(claim)} |" for claim in story.requirement.criteria]
    return "\n".join(lines) + "\n" + EXERCISE


def _up(path: Path) -> str:
    return f"../{path.as_posix()}"


def _bound(criterion: Criterion) -> str:
    if criterion.measure is Measure.COUNTEREXAMPLES:
        return "none"
    if criterion.measure is Measure.SHARE:
        return f"{criterion.sense} {criterion.bound:.0%}"
    return f"{criterion.sense} {criterion.bound:g} {criterion.unit}".rstrip()


def write_page(docs: Path) -> None:
    """Write the page into the directory of the docs."""
    (docs / PAGE).parent.mkdir(parents=True, exist_ok=True)
    (docs / PAGE).write_text(page(), encoding="utf-8")


def draw_pictures(docs: Path, stories: Iterable[Story] = tuple(STORIES.values())) -> None:
    """Run the scenarios once, and once with their twists, with their own seeds, and draw each.

    It comes to the same bytes each time on the same machine.
    """
    (docs / PICTURES).mkdir(parents=True, exist_ok=True)
    for story in stories:
        scenario = load_scenario(story.scenario)
        told = {story.scenario: scenario}
        if story.twist is not None:
            told[f"{story.scenario}-twist"] = story.twist.of(
                attrs.evolve(scenario, title=f"The same {story.twist.name}")
            )
        for name, each in told.items():
            (docs / PICTURES / f"{name}.svg").write_text(_drawn(each), encoding="utf-8")


def _drawn(scenario: Scenario) -> str:
    figure = simulate(scenario).plot()
    # Letters stay letters: the picture is small, and can be searched.
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return _numbered(buffer.getvalue())


def _numbered(svg: str) -> str:
    """Name shapes by their order: matplotlib names some of them by where they happen to lie in memory."""
    names = dict.fromkeys(re.findall(r'id="([a-z][0-9a-f]{10})"', svg))
    for number, name in enumerate(names):
        svg = svg.replace(name, f"shape{number}")
    return svg
