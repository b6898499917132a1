"""Who works on what: teams that each have one layer of everything, and teams that each have contexts of their own.

By Conway's law ("How do committees invent?", 1968) a system's parts follow the teams that build them: where every
context is cut across by layers, a change to one needs them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from bookdelivery.design.drawing.board_frame import heading
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.geometry import Rect
from bookdelivery.design.drawing.mermaid import Box, Flowchart
from bookdelivery.design.drawing.metrics import text_width
from bookdelivery.design.drawing.overlay import NOTHING
from bookdelivery.design.drawing.scene import Note, Region, Scene, Text
from bookdelivery.design.drawing.stickies import Link, Part, moved, relative_link, sticky
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Node
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.errors import InvalidField

MARGIN = 16.0
NOTE = 124.0
WIDEST = 240.0
BESIDE = 32.0
"""Room on a note beside its name, for the icon and the edges."""
GAP = 14.0
ROW = 58.0
TEAM_GAP = 18.0
PAD = 9.0
HEAD = 24.0

VIEWS = ("as-is", "to-be")


def organisation(
    model: DesignModel, view: str = "to-be", *, language: str = "en", link: Link = relative_link
) -> Drawing:
    """Draw who works on what.

    Every context is a column, every layer a row. As it was, a team has a row: one layer of all contexts. As it is to
    be, a team has columns: its contexts, with all their layers. Below stands how many teams a change of each needs.

    Args:
        model: the system's design.
        view: `as-is` for the former horizontal teams, `to-be` for the vertical ones.
        language: of the labels: `en` or `ko`.
        link: makes the address of a place in the source.

    Raises:
        InvalidField: there is no such view, or the language is neither.
    """
    if view not in VIEWS:
        raise InvalidField("organisation", "view", view, " or ".join(VIEWS))
    return _Organisation(model, view, Words.of(model, language), link).drawing()


class _Organisation:
    def __init__(self, model: DesignModel, view: str, words: Words, link: Link) -> None:
        self._model, self._words, self._link = model, words, link
        self._vertical = view == "to-be"
        self._view = view
        teams = dict.fromkeys(_team(context) for context in model.contexts())
        rank = {team: index for index, team in enumerate(teams)}
        self._contexts = sorted(model.contexts(), key=lambda context: rank[_team(context)])
        layers = dict.fromkeys(layer for context in self._contexts for layer in _layers(context))
        self._layers = list(layers) or [""]
        names = (text_width(words.name(context), 12.0, bold=True) for context in self._contexts)
        self._wide = min(max([NOTE, *(name + BESIDE for name in names)]), WIDEST)

    def drawing(self) -> Drawing:
        """Put it together."""
        words = self._words
        title = f"{self._model.name}: {words('organisation')} {words(self._view)}"
        label_width = max((text_width(words(layer), 11, bold=True) for layer in self._layers), default=0.0)
        left = MARGIN + PAD + label_width + GAP
        xs = self._columns(left)
        width = max(xs[-1] + self._wide + PAD + MARGIN if xs else 0.0, 420.0)
        head = heading(title, NOTHING, width, MARGIN)
        top = head.height + HEAD + PAD
        ys = [top + index * (ROW + GAP) for index in range(len(self._layers))]
        end = ys[-1] + ROW + PAD
        labels = list(head.labels)
        for layer, y in zip(self._layers, ys, strict=True):
            labels.append(Text(text=words(layer), x=MARGIN + PAD, y=y + ROW / 2 + 4, size=11, bold=True, role="muted"))
        notes: list[Note] = []
        for context, x in zip(self._contexts, xs, strict=True):
            for layer, y in zip(self._layers, ys, strict=True):
                if layer in (_layers(context) or [""]):
                    notes.append(moved(self._note(context, layer), x, y))
            text, role = self._effort(context)
            labels.append(
                Text(text=text, x=x + self._wide / 2, y=end + 20, size=9.5, role=role, bold=True, anchor="middle")
            )
        regions, names = self._teams(xs, ys, width)
        scene = Scene(
            name="organisation",
            title=title,
            desc=f"teams: {len(regions)}",
            width=ceil(width),
            height=ceil(end + 30 + MARGIN / 2),
            regions=tuple(regions),
            notes=tuple(notes),
            labels=(*labels, *names),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    def _effort(self, context: Node) -> tuple[str, str]:
        """Say how many teams a change of a context needs, and in which ink."""
        needed = 1 if self._vertical else len(_layers(context))
        if not needed:
            return self._words("was not there yet" if self._layers != [""] else "no teams declared"), "muted"
        words = self._words("a change needs 1 team" if needed == 1 else "a change needs {} teams")
        return words.format(needed), "good" if needed == 1 else "bad"

    def _columns(self, left: float) -> list[float]:
        """Give the x of each context; between teams there is more room."""
        xs: list[float] = []
        x = left
        for index, context in enumerate(self._contexts):
            if index:
                apart = _team(context) != _team(self._contexts[index - 1])
                x += self._wide + GAP + (TEAM_GAP if apart else 0.0)
            xs.append(x)
        return xs

    def _note(self, context: Node, layer: str) -> Note:
        words = self._words
        return sticky(
            f"{context.id}/{layer}",
            str(context.facts.get("subdomain")),
            (Part(words.name(context), 12.0, bold=True), Part(words(layer), 9.0, role="note-soft")),
            width=self._wide,
            least_height=ROW,
            icon=str(context.facts.get("subdomain")),
            shape="card",
            title=f"{words.title(context)}: {words(layer)}",
            desc=context.summary,
            href=self._link(context.file, context.line),
        )

    def _teams(self, xs: Sequence[float], ys: Sequence[float], width: float) -> tuple[list[Region], list[Text]]:
        words = self._words
        regions: list[Region] = []
        names: list[Text] = []
        if not self._vertical:
            for layer, y in zip(self._layers, ys, strict=True):
                rect = Rect(MARGIN, y - GAP / 2 + 1, width - 2 * MARGIN, ROW + GAP - 2)
                regions.append(Region(id=f"team:{layer}", kind="lane", rect=rect, title=layer))
            return regions, names
        for team in dict.fromkeys(map(_team, self._contexts)):
            own = [x for x, context in zip(xs, self._contexts, strict=True) if _team(context) == team]
            rect = Rect(
                own[0] - PAD, ys[0] - HEAD, own[-1] + self._wide + 2 * PAD - own[0], ys[-1] + ROW + PAD + HEAD - ys[0]
            )
            regions.append(Region(id=f"team:{team}", kind="lane", rect=rect, title=team))
            name = words.team(team)
            names.append(Text(text=name, x=own[0], y=ys[0] - 8, size=11, bold=True, role="muted"))
        return regions, names

    def _chart(self) -> Flowchart:
        words = self._words
        boxes = []
        for context in self._contexts:
            for layer in _layers(context) or [""]:
                group = _team(context) if self._vertical else layer
                label = f"{words.name(context)}: {words(layer)}" if layer else words.name(context)
                boxes.append(Box(f"{context.id}/{layer}", str(context.facts.get("subdomain")), label, group))
        return Flowchart(tuple(boxes), (), {box.group: words(box.group) for box in boxes})


def _team(context: Node) -> str:
    return str(context.facts.get("team") or context.name)


def _layers(context: Node) -> list[str]:
    return list(context.facts.get("former_teams", ()))
