"""The context map: contexts inside core, supporting and general, and how each depends on the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice, permutations
from math import ceil, sqrt

import attrs

from bookdelivery.design.drawing.board_frame import heading, legend, uptime_of
from bookdelivery.design.drawing.drawing import Drawing
from bookdelivery.design.drawing.faults import count_crossings
from bookdelivery.design.drawing.geometry import Point, Rect
from bookdelivery.design.drawing.mermaid import Arrow, Box, Flowchart
from bookdelivery.design.drawing.nearness import exchanged, near_each_other
from bookdelivery.design.drawing.overlay import NOTHING, Overlay
from bookdelivery.design.drawing.relations import Relation, Style, relations_of
from bookdelivery.design.drawing.routing import Link as Wanted
from bookdelivery.design.drawing.routing import Port, Routed, Spacing, Table, route, snapped, total_length
from bookdelivery.design.drawing.scene import Note, Region, Scene, Text, Wire
from bookdelivery.design.drawing.stickies import Link, Part, moved, relative_link, sticky
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel

MARGIN = 16.0
CARD = 212.0
CARD_AND_GAP = CARD + 60.0
PAD = 8.0
ROW_GAP = 4.0

LEVELS = 8.0
"""The distance of the levels that lines leave and enter on, in pixels."""
SECTION_PAD = 10.0
SECTION_HEAD = 22.0
OUTSIDE = "outside"
SECTIONS = ("core", "supporting", "general", OUTSIDE)

FEWEST_IN_A_ROW = 3
MOST_IN_A_ROW = 4
EVERY_ORDER_OF = 4

FEW = 8
"""Up to so many cards, orders are compared by their lines alone."""

EFFORT = 2000
"""How many lines are led in search of a better order, all tries together."""

LEAST_TRIES = 10
"""A search that could try no more orders than these is not begun."""

A_CROSSING_IS_WORTH = 1500.0

_LINES = {Style.PUB_SUB: ("pubsub", True), Style.REQUEST: ("request", False)}


def context_map(
    model: DesignModel, *, overlay: Overlay = NOTHING, language: str = "en", link: Link = relative_link
) -> Drawing:
    """Draw the context map of a system.

    On each context stands on whom it depends: whose events it listens to (Pub/Sub, dashed lines from the publisher) and
    who asks it and waits for the answer (request and response, solid lines from the caller), with the relationship of
    the two teams.

    Args:
        model: the system's design.
        overlay: contexts to shade or light up.
        language: of the labels: `en`, or `ko` where Korean names are known.
        link: makes the address of a place in the source.

    Raises:
        InvalidField: the language is neither.
    """
    return _ContextMap(model, overlay, Words.of(model, language), link).drawing()


@attrs.define
class _Card:
    """One context, or one external system, with a row for everybody it is joined to."""

    node: Node
    head: Note
    rows: list[tuple[float, Note]]
    height: float


class _ContextMap:
    def __init__(self, model: DesignModel, overlay: Overlay, words: Words, link: Link) -> None:
        self._model, self._overlay, self._words, self._link = model, overlay, words, link
        self._relations = relations_of(model)
        self._nodes = {node.id: node for node in (*model.contexts(), *model.nodes(NodeKind.EXTERNAL))}
        self._sections: dict[str, list[str]] = {section: [] for section in SECTIONS}
        for node in self._nodes.values():
            section = node.facts.get("subdomain", OUTSIDE)
            self._sections[section if section in self._sections else OUTSIDE].append(node.id)
        self._across = self._best_across()
        self._cards = {id: self._card(node) for id, node in self._nodes.items()}
        self._places = self._placed(self._sections)

    def drawing(self) -> Drawing:
        """Put it together."""
        self._gather()
        self._untangle()
        words = self._words
        table, routed = self._routed(self._places)
        width = max(routed.right + MARGIN, 640.0)
        title = f"{self._model.name}: {words('context map')}"
        head = heading(title, self._overlay, width, MARGIN)
        called = {Style.PUB_SUB: "Pub/Sub", Style.REQUEST: words("request and response")}
        styles = {relation.style for relation in self._relations}
        lines = [(kind, called[style], dashed) for style, (kind, dashed) in _LINES.items() if style in styles]
        items = [(section, words(section)) for section in SECTIONS[:3] if self._sections[section]]
        items += [("external", words("external"))] if self._sections[OUTSIDE] else []
        key = legend(items, lines, width, MARGIN).moved(0.0, head.height)
        down = head.height + key.height
        notes: list[Note] = []
        for id, (row, column) in self._places.items():
            card, x, y = self._cards[id], routed.xs[column], routed.ys[row] + down
            tone = self._overlay.note(id)
            notes.append(attrs.evolve(moved(card.head, x, y), tone=tone))
            notes += [attrs.evolve(moved(note, x, y + offset), tone=tone) for offset, note in card.rows]
        scene = Scene(
            name="context-map",
            title=title,
            desc=f"contexts: {len(self._model.contexts())}, relations: {len(self._relations)}",
            width=ceil(width),
            height=ceil(routed.bottom + down + MARGIN / 2),
            regions=self._regions(table, routed, down),
            wires=(*key.wires, *self._wires(routed, down)),
            notes=(*key.notes, *notes),
            labels=(*head.labels, *key.labels, *self._section_labels(routed, down)),
            language=words.language,
        )
        return Drawing(scene, self._chart())

    # --- cards --------------------------------------------------------------------------------------------------------

    def _card(self, node: Node) -> _Card:
        words, facts = self._words, node.facts
        outside = node.kind is NodeKind.EXTERNAL
        kind = "external" if outside else str(facts.get("subdomain"))
        parts = [
            Part(words.name(node), 13.0, bold=True),
            Part(words.code_name(node) or node.korean, 9.5, role="note-soft"),
            Part(uptime_of(node, words), 9.5, role="note-soft"),
            Part(
                words("deployed {}").format(words(facts["cadence"])) if facts.get("cadence") else "",
                9.5,
                role="note-soft",
            ),
            Part(words.team(facts["team"]) if facts.get("team") else "", 9.5, role="note-soft"),
        ]
        head = sticky(
            node.id,
            kind,
            tuple(parts),
            width=CARD,
            icon=kind,
            shape="card",
            title=words.title(node),
            desc=node.summary,
            href=self._link(node.file, node.line),
        )
        y = head.rect.height
        rows = []
        for relation in self._relations:
            if relation.target.id == node.id:
                note = self._row(relation)
                rows.append((y, note))
                y += note.rect.height + ROW_GAP
        height = y + PAD - ROW_GAP if rows else y
        head = attrs.evolve(head, rect=Rect(0.0, 0.0, CARD, height), holds=True)
        return _Card(node, head, rows, height)

    def _row(self, relation: Relation) -> Note:
        words = self._words
        names = ", ".join(words.name(message) for message in relation.messages) or relation.port
        verb = "{} asks" if relation.style is Style.REQUEST else "listens to {}"
        who = words(verb).format(words.name(relation.source))
        return sticky(
            _row_id(relation),
            "row",
            (
                Part(who, 10.0, bold=True),
                Part(names, 9.0, role="note-soft"),
                Part(words(relation.pattern), 9.0, role="note-soft", italic=True),
            ),
            width=CARD,
            icon="asks" if relation.style is Style.REQUEST else "listens",
            title=f"{who}: {names}",
            desc=f"{relation.style}, {relation.pattern}",
        )

    # --- places -------------------------------------------------------------------------------------------------------

    def _placed(self, sections: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
        """Give each card its row and column: sections side by side where they fit, else below one another."""
        places: dict[str, tuple[int, int]] = {}
        row, column = 0, 0
        for ids in sections.values():
            if column and column + len(ids) > self._across:
                row, column = row + 1, 0
            for index, id in enumerate(ids):
                places[id] = (row + (column + index) // self._across, (column + index) % self._across)
            if ids:
                row, column = places[ids[-1]]
                column += 1
        return places

    def _best_across(self) -> int:
        """Find how many cards stand side by side: as few as need no more rows than the most that a page holds would."""
        most = max(MOST_IN_A_ROW, ceil(sqrt(len(self._nodes))))

        def rows(across: int) -> int:
            self._across = across
            return max((row for row, _ in self._placed(self._sections).values()), default=0)

        return min(range(FEWEST_IN_A_ROW, most + 1), key=rows)

    def _gather(self) -> None:
        """Put cards that are joined near one another; where they are few, every order is tried instead."""
        if len(self._nodes) <= FEW:
            return
        tall = sum(card.height for card in self._cards.values()) / len(self._cards)
        spots = {id: (column * CARD_AND_GAP, row * tall) for id, (row, column) in self._places.items()}
        ties = Counter((one.source.id, one.target.id) for one in self._relations)
        orders = near_each_other(list(self._sections.values()), spots, ties)
        self._sections = dict(zip(self._sections, orders, strict=True))
        self._places = self._placed(self._sections)

    def _untangle(self) -> None:
        """Try other orders within each section, and keep the one whose lines cross least."""
        tries = EFFORT // (len(self._relations) + 1)
        if tries < LEAST_TRIES:
            return
        least = self._cost(self._places)
        for section, ids in self._sections.items():
            orders = permutations(ids) if len(ids) <= EVERY_ORDER_OF else iter(exchanged(ids))
            for order in islice(orders, tries):
                tries -= 1
                places = self._placed({**self._sections, section: order})
                cost = self._cost(places)
                if cost < least:
                    least, self._places = cost, places
                    self._sections[section] = list(order)

    def _cost(self, places: Mapping[str, tuple[int, int]]) -> float:
        _, routed = self._routed(places)
        nets = [_net(relation, places) for relation in self._relations]
        crossings = count_crossings(zip(nets, routed.points, strict=True))
        return crossings + total_length(routed.points) / A_CROSSING_IS_WORTH

    def _sort_rows(self, places: Mapping[str, tuple[int, int]]) -> None:
        """Put the rows of each card in the order in which those they are about stand, so that lines cross less."""
        for id, card in self._cards.items():
            about = [(places[one.source.id], _row_id(one)) for one in self._relations if one.target.id == id]
            by_id = {note.id: note for _, note in card.rows}
            notes = [by_id[row] for _, row in sorted(about)]
            y = card.rows[0][0] if card.rows else 0.0
            card.rows = []
            for note in notes:
                card.rows.append((y, note))
                y += note.rect.height + ROW_GAP

    def _routed(self, places: Mapping[str, tuple[int, int]]) -> tuple[Table, Routed]:
        self._sort_rows(places)
        rows = max((row for row, _ in places.values()), default=0) + 1
        columns = max((column for _, column in places.values()), default=0) + 1
        heights = [0.0] * rows
        for id, (row, _) in places.items():
            heights[row] = max(heights[row], self._cards[id].height)
        table = Table(
            column_widths=[CARD] * columns,
            row_heights=heights,
            above=[SECTION_HEAD + 4] * rows,
            below=[SECTION_PAD] * rows,
            taken=frozenset(places.values()),
            blocked=frozenset(),
            left=MARGIN,
            top=0.0,
            spacing=Spacing(column_gap=40.0, row_gap=14.0, margin=SECTION_PAD + 8, track=9.0),
        )
        return table, route(table, self._links(places))

    def _links(self, places: Mapping[str, tuple[int, int]]) -> list[Wanted]:
        nets = [_net(relation, places) for relation in self._relations]
        leaving: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for relation, net in zip(self._relations, nets, strict=True):
            side = relation.source.id, _leaves_right(relation, places)
            if net not in leaving[side]:
                leaving[side].append(net)
        links = []
        for relation, net in zip(self._relations, nets, strict=True):
            source, target = relation.source.id, relation.target.id
            right = _leaves_right(relation, places)
            (_, column), (_, into_column) = places[source], places[target]
            # What leaves to the left does so between what leaves to the right.
            down = (16.0 if right else 24.0) + 16.0 * sorted(leaving[source, right]).index(net)
            offset, note = next(row for row in self._cards[target].rows if row[1].id == _row_id(relation))
            middle = snapped(offset + note.rect.height / 2, into_column, LEVELS)
            into = Port(*places[target], middle, right=_enters_right(relation, places))
            links.append(Wanted(Port(*places[source], snapped(down, column, LEVELS), right=right), into, net))
        return links

    def _wires(self, routed: Routed, down: float) -> list[Wire]:
        wires = []
        for relation, points in zip(self._relations, routed.points, strict=True):
            kind, dashed = _LINES[relation.style]
            wires.append(
                Wire(
                    source=relation.source.id,
                    target=_row_id(relation),
                    kind=kind,
                    points=tuple(Point(x, y + down) for x, y in points),
                    dashed=dashed,
                    title=f"{relation.source.name} → {relation.target.name} ({relation.pattern})",
                    tone=self._overlay.wire(relation.source.id, relation.target.id),
                    net=_net(relation, self._places),
                )
            )
        return wires

    # --- sections -----------------------------------------------------------------------------------------------------

    def _regions(self, table: Table, routed: Routed, down: float) -> tuple[Region, ...]:
        regions = []
        for section, row, first, last in self._strips():
            left = routed.xs[first] - SECTION_PAD
            top = routed.ys[row] - SECTION_HEAD + down
            right = routed.xs[last] + CARD + SECTION_PAD
            bottom = routed.ys[row] + table.row_heights[row] + SECTION_PAD + down
            rect = Rect(left, top, right - left, bottom - top)
            regions.append(Region(id=f"{section}:{row}", kind=f"{section}", rect=rect, title=section))
        return tuple(regions)

    def _section_labels(self, routed: Routed, down: float) -> list[Text]:
        return [
            Text(
                text=self._words(section),
                x=routed.xs[first],
                y=routed.ys[row] - 7 + down,
                size=11,
                bold=True,
                role="muted",
            )
            for section, row, first, _ in self._strips()
        ]

    def _strips(self) -> list[tuple[str, int, int, int]]:
        """Give each section's row, first column and last column; one that is broken into rows has several."""
        strips: list[tuple[str, int, int, int]] = []
        for section, ids in self._sections.items():
            rows: dict[int, list[int]] = defaultdict(list)
            for id in ids:
                row, column = self._places[id]
                rows[row].append(column)
            strips += [(section, row, min(columns), max(columns)) for row, columns in rows.items()]
        return strips

    def _chart(self) -> Flowchart:
        words = self._words
        boxes = [
            Box(id, "external" if section == OUTSIDE else section, words.name(self._nodes[id]), section)
            for section, ids in self._sections.items()
            for id in ids
        ]
        arrows = [
            Arrow(
                relation.source.id,
                relation.target.id,
                ", ".join(words.name(message) for message in relation.messages),
                relation.style is Style.PUB_SUB,
            )
            for relation in self._relations
        ]
        groups = {section: words(section) for section, ids in self._sections.items() if ids}
        return Flowchart(tuple(boxes), tuple(arrows), groups)


def _row_id(relation: Relation) -> str:
    return f"{relation.style}:{relation.source.name}>{relation.target.name}"


def _net(relation: Relation, places: Mapping[str, tuple[int, int]]) -> str:
    """Name the lines that run together: all that one publishes, or asks for, on one side of its card."""
    return f"{relation.style}:{relation.source.id}:{_leaves_right(relation, places)}"


def _leaves_right(relation: Relation, places: Mapping[str, tuple[int, int]]) -> bool:
    return places[relation.source.id][1] <= places[relation.target.id][1]


def _enters_right(relation: Relation, places: Mapping[str, tuple[int, int]]) -> bool:
    return places[relation.source.id][1] >= places[relation.target.id][1]
