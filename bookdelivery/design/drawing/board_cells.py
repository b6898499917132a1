"""The notes of one cell of a board: a command and what is stuck to it, from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from bookdelivery.design.drawing.board_plan import BoardPlan, Cell
from bookdelivery.design.drawing.scene import Note
from bookdelivery.design.drawing.stickies import Link, Part, sticky, sticky_of
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import EdgeKind, Node, NodeKind

NOTE = 110.0
"""The width of a note, in pixels."""

SNUG = 3.0
ARROW_GAP = 9.0


@attrs.define
class Placed:
    """A note of a cell.

    Attributes:
        down: how far below the cell's top it begins, in pixels.
        note: at (0, 0).
        arrow: whether an arrow leads to it from the note above.
    """

    down: float
    note: Note
    arrow: bool


@attrs.define
class Stack:
    """The notes of one cell.

    Attributes:
        cell: whose they are.
        notes: from top to bottom.
        height: of all together, in pixels.
    """

    cell: Cell
    notes: list[Placed] = attrs.field(factory=list)
    height: float = 0.0

    def add(self, note: Note, gap: float, *, arrow: bool = False) -> None:
        """Put a note below the others."""
        down = self.height + gap if self.notes else 0.0
        self.notes.append(Placed(down, note, arrow and bool(self.notes)))
        self.height = down + note.rect.height


class CellMaker:
    """Makes the notes of cells.

    Args:
        plan: of the board.
        words: names things.
        link: makes the address of a place in the source.
    """

    def __init__(self, plan: BoardPlan, words: Words, link: Link) -> None:
        self._plan, self._words, self._link = plan, words, link
        self._made: dict[str, Note] = {}
        self._questions = {
            (context.name, asked): question
            for context in plan.model.contexts()
            for asked, question in context.facts.get("open_questions", {}).items()
        }

    def stack(self, cell: Cell) -> Stack:
        """Make the notes of a cell."""
        stack = Stack(cell)
        for node in (*cell.actors, *cell.policies):
            # The same person stands beside each of their commands, so an actor's note is one of several.
            id = again(node, cell) if node.kind is NodeKind.ACTOR else node.id
            stack.add(attrs.evolve(self._sticky(node, small=True), id=id), SNUG)
        stack.add(self._sticky(cell.heart, note=self._remark(cell.heart)), ARROW_GAP, arrow=True)
        for index, event in enumerate(cell.events):
            stack.add(self._at_home(event, cell), SNUG if index else ARROW_GAP, arrow=not index)
            views = self._plan.shown_in.get(event.id, ())
            if views and self._plan.homes[event.id] == cell.heart.id:
                stack.add(self._tab(event, views), 0.0)
        for external in cell.externals:
            stack.add(self._at_home(external, cell), SNUG if cell.events else ARROW_GAP)
        for node in cell.nodes:
            asked = self._questions.get((cell.heart.context or "", node.name))
            if asked and self._plan.homes.get(node.id, cell.heart.id) == cell.heart.id:
                stack.add(self._hot_spot(node, asked), SNUG)
        return stack

    def aggregate(self, node: Node, width: float) -> Note:
        """Make the note of an aggregate."""
        return sticky_of(node, self._words, self._link, width=width)

    def _sticky(self, node: Node, *, small: bool = False, note: str = "") -> Note:
        # A board is laid out several times over in search of a better order; its notes stay as they are.
        if node.id not in self._made:
            self._made[node.id] = sticky_of(node, self._words, self._link, width=NOTE, small=small, note=note)
        return self._made[node.id]

    def _at_home(self, node: Node, cell: Cell) -> Note:
        """Make the note of an event or external system; a paler one where its home is another cell."""
        note = self._sticky(node)
        if self._plan.homes[node.id] == cell.heart.id:
            return note
        return attrs.evolve(note, id=again(node, cell), shape="again")

    def _remark(self, node: Node) -> str:
        if node.kind is not NodeKind.VIEW:
            return ""
        count = len(self._plan.model.incoming(node.id, EdgeKind.PROJECTS))
        return self._words("folds {} events").format(count)

    def _tab(self, event: Node, views: Sequence[Node]) -> Note:
        names = ", ".join(dict.fromkeys(self._words.name(view) for view in views))
        return sticky(
            f"tab:{event.id}",
            "view",
            (Part(names, 8.5),),
            width=NOTE,
            icon="view",
            title=f"{self._words(str(NodeKind.VIEW))}: {names}",
            desc=f"{event.name} is shown in {names}",
        )

    def _hot_spot(self, about: Node, question: str) -> Note:
        question = self._words.instead(f"about {about.name}", question)
        return sticky(
            f"hotspot:{about.id}",
            "hotspot",
            (Part(question, 9.0),),
            width=NOTE,
            icon="hotspot",
            title=self._words("hot spot"),
            desc=question,
        )


def again(node: Node, cell: Cell) -> str:
    """Give the id of a note that repeats another one in this cell."""
    return f"{node.id}>{cell.heart.name}"


def meant(note: Note) -> str:
    """Give the id of the thing that a note stands for, repeats or belongs to."""
    return note.id.removeprefix("tab:").removeprefix("hotspot:").split(">")[0]
